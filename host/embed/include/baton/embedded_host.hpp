// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/log.hpp"
#include "host/base/result.hpp"

#include <baton/abi.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace baton {

/// For programs that have no answer to a failure: the value, or a std::runtime_error with what the error
/// says.
template <class T>
T must(Result<T> result) {
  if (!result) {
    throw std::runtime_error(std::string(errc_name(result.error().code)) + ": " + result.error().text);
  }
  if constexpr (!std::is_void_v<T>) {
    return std::move(*result);
  }
}

/// A host in one's own program: event managers and servers under a supervisor, whose handlers are linked into
/// the program (<baton/plugin.hpp>) or come from plugin files. No config file, no socket, no signal handlers;
/// those are the program `baton`'s. CMake: `find_package(baton COMPONENTS host)`, target `baton::host`.
///
/// What the verbs of `baton` do, functions of the same names do here, by the same names and with the same
/// rules. A target is a server, or a handler: "manager/id".
///
/// Threads: every function by any, also several at once, but for link(): before anything is started. Those
/// that wait fail with `calling_self` inside a callback that they wait for. Text and data are borrowed for
/// the call. Unless it says otherwise each fails with `not_found` for a name that is not there, with
/// `process_ended` when what it asks ends before it answers, and with `timed_out`, where there is a timeout
/// (what was asked for may then still happen).
class EmbeddedHost {
 public:
  using Duration = std::chrono::milliseconds;
  static constexpr Duration infinity = Duration::max();
  static constexpr Duration default_call_timeout{5000};  // OTP's

  struct Settings {
    std::size_t workers = 0;  // threads that all processes share; 0: one per core
    std::vector<std::filesystem::path> plugin_directories = {};
    std::filesystem::path runtime_dir = {};  // private copies of plugin files; empty: a temporary folder
    std::uint32_t max_restarts = 1;  // of all processes within `within`; one more and the host gives up
    Duration within{5000};
    std::function<void()> gave_up =
        {};              // that has happened: everything has been stopped. On any thread, once
    Log* log = nullptr;  // outlives the host; null: warnings and errors go to standard error
  };

  /// An option as a config has it: a text ("250ms", "3", "true"), or a list of them.
  struct Option {
    std::string name;
    std::variant<std::string, std::vector<std::string>> value;
  };

  using Options = std::vector<Option>;

  struct Handler {
    std::string type;  // what was linked or lies in the plugin directories; with a slash, a plugin file
    Options options = {};
    std::string id = {};  // in its manager: up to 64 of A-Z, a-z, 0-9, _-.: ; empty: its type
  };

  struct Event {
    std::string_view type;
    std::string_view data = {};
    std::string_view content_type = "text/plain";
  };

  struct Reply {
    std::string data;
    std::string content_type;
  };

  /// A handler that failed at an event: it refused it (and stays) or crashed on it (and is gone).
  struct Failure {
    std::string handler;
    bool crashed = false;
    std::string reason;
  };

  /// A host without processes. Errors: io_failed (the runtime directory; no threads), bad_options.
  static Result<std::unique_ptr<EmbeddedHost>> start(const Settings& settings);

  static Result<std::unique_ptr<EmbeddedHost>> start() { return start(Settings{}); }

  /// Stops all processes, the newest first: each is through with what was sent to it before. Waits for that.
  ~EmbeddedHost();
  EmbeddedHost(const EmbeddedHost&) = delete;
  EmbeddedHost& operator=(const EmbeddedHost&) = delete;

  /// Makes the handlers and servers of a `baton::LinkedPlugin<…>` known by their names.
  /// Errors: plugin_refused; already_present when one of them is known already.
  template <class Plugin>
  Result<void> link() {
    return link(Plugin::table, Plugin::manifest());
  }

  /// The same of a table in C and the JSON of its manifest, which live as long as the program.
  Result<void> link(const baton_plugin& table, std::string_view manifest);

  // ---- Processes ----

  /// Starts an event manager with these handlers, which it has again when it is started again.
  /// Errors: already_started, and those of add_handler.
  Result<void> start_manager(const std::string& name, std::vector<Handler> handlers = {});

  /// Starts a server, which is started again when it ends. Errors: already_started, ignored;
  /// plugin_not_found, plugin_refused, bad_options (its text has every mistake), init_failed.
  Result<void> start_server(const std::string& name, std::string type, Options options = {});

  /// Stops a server or manager for good.
  Result<void> stop(const std::string& name);

  /// Errors: already_present; plugin_not_found, plugin_refused, bad_options, init_failed.
  Result<void> add_handler(std::string_view manager, const Handler& handler);

  /// What its terminate returns. Errors: crashed, when that failed (the handler is gone all the same).
  Result<Reply> delete_handler(std::string_view target, std::string argument = {});

  /// Other code, or the same with other options, in the place of a handler or server and with its state,
  /// between two messages. Any failure leaves the old one in place. Errors: those of add_handler;
  /// state_refused, crashed.
  Result<void> swap(std::string_view target, const std::string& type, Options options = {});

  // ---- Messages ----

  /// Sends events to all handlers of a manager, waiting for room only. Returns how many were accepted.
  /// Errors: overloaded (none was); bad_request for a type that cannot be used.
  Result<std::size_t> notify(std::string_view manager, std::span<const Event> events);

  Result<void> notify(std::string_view manager, const Event& event) {
    const auto sent = notify(manager, {&event, 1});
    return sent ? Result<void>() : fail(sent.error());
  }

  /// As notify, but returns when every handler has run for each of them, and says which failed. Without a
  /// timeout the caller's own thread runs the handlers of a manager that is at rest.
  Result<std::vector<Failure>> sync_notify(std::string_view manager, std::span<const Event> events,
                                           Duration timeout = infinity);

  Result<std::vector<Failure>> sync_notify(std::string_view manager, const Event& event,
                                           Duration timeout = infinity) {
    return sync_notify(manager, {&event, 1}, timeout);
  }

  /// Tells a server, waiting for room only. Errors: overloaded, bad_request.
  Result<void> cast(std::string_view server, const Event& request);

  /// Asks a handler or server. Errors: unknown_request, refused, crashed, bad_return, bad_request.
  Result<Reply> call(std::string_view target, const Event& request, Duration timeout = default_call_timeout);

  /// The ids of a manager's handlers, newest first.
  Result<std::vector<std::string>> which_handlers(std::string_view manager);

 private:
  class Parts;
  explicit EmbeddedHost(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace baton
