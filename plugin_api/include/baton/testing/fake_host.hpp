// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/host.hpp>
#include <baton/message.hpp>
#include <baton/testing/callback_result.hpp>
#include <baton/testing/checked_options.hpp>
#include <baton/testing/fake_memory.hpp>
#include <baton/testing/json_value.hpp>
#include <baton/testing/plugin_file.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// A host for the unit tests of a plugin: no threads, no sleeping, a clock that is moved by hand. It talks
/// to the plugin through the C table only, exactly as the real one does.
///
/// ```cpp
/// baton::testing::FakeHost host;
/// baton::testing::PluginFile file("logger.so");
/// auto logger = host.create(file, "LoggerHandler", {{"print", false}});
/// logger.notify("msg", "Hello World");
/// REQUIRE(logger.call("messages").reply == R"(["Hello World"])");
/// ```
namespace baton::inline v1::testing {

/// What save() wrote.
struct SavedState {
  std::uint32_t version = 0;
  std::string data;
  std::string extra = {};      // for the new instance: what the operator passed to the swap
  FakeMemories memories = {};  // of the old instance, which the new one inherits
  bool is_in_parts = false;    // for the new instance: the data comes through load_part
};

/// What format_status() let be seen: what it wrote, and what it left alone.
struct ShownStatus {
  std::string state;
  std::string message;
  std::string reason;
};

/// create() of the plugin failed; what() is its reason.
class CreateFailed : public std::runtime_error {
 public:
  CreateFailed(baton_status status, const std::string& reason)
      : std::runtime_error(reason), status_(status) {}

  [[nodiscard]] baton_status status() const noexcept { return status_; }

 private:
  baton_status status_;
};

struct LogLine {
  std::int32_t level = 0;  // BATON_LOG_…
  std::string text;
};

/// A notify, a cast or a call by the plugin.
struct Sent {
  enum class Kind : std::uint8_t { notify, cast, call };
  Kind kind = Kind::notify;
  std::string to;
  std::string type;
  std::string data;
  Atom content_type = Atom::text_plain;
  std::string id;
  std::string source;
  std::string traceparent;
};

/// An answer through Host::reply.
struct SentReply {
  std::uint64_t from = 0;
  std::string data;
  Atom content_type = Atom::text_plain;
};

class FakeHost;

/// A handler or server in the fake host. Its callbacks are called here and now, on the caller's thread.
/// Destroyed at the end of its scope, without terminate. Its host and its file outlive it.
class Instance {
 public:
  Instance(Instance&& other) noexcept = default;
  Instance& operator=(Instance&&) = delete;
  ~Instance() = default;

  /// handle_events. One call of the table: what is left behind a refusal is not sent again.
  CallbackResult notify_all(const std::vector<Outgoing>& events);

  CallbackResult notify(const Outgoing& event) { return notify_all({event}); }

  CallbackResult notify(std::string_view type, std::string_view data) { return notify_all({{type, data}}); }

  /// handle_casts.
  CallbackResult cast_all(const std::vector<Outgoing>& requests);

  CallbackResult cast(std::string_view type, std::string_view data = {}) { return cast_all({{type, data}}); }

  /// handle_call. `from` is the number of the caller, which only servers see.
  CallbackResult call(const Outgoing& request, std::uint64_t from = 1);

  CallbackResult call(std::string_view type, std::string_view data = {}) {
    return call(Outgoing{type, data});
  }

  /// handle_info, as if a timer had fired. The instance's own timers fire in FakeHost::advance.
  CallbackResult info(const Outgoing& info);

  /// Servers: what create() or a callback put off. BATON_UNSUPPORTED when the plugin has no handle_continue.
  CallbackResult handle_continue(std::string_view what);

  /// What create() wants to happen next.
  [[nodiscard]] const CallbackResult& created() const { return context_->created; }

  /// What a status or a crash report would show. Throws std::runtime_error with the reason of a failure.
  [[nodiscard]] ShownStatus format_status(std::uint32_t purpose = BATON_STATUS_NORMAL,
                                          std::string_view last_message = {},
                                          std::string_view last_reason = {}) const;

  /// All options anew, as create() was given them: what `settings` leaves out has its default. Checked as the
  /// real host does: a value that is wrong, or a change of an option that is not hot, is
  /// std::invalid_argument, and the plugin is not called. BATON_UNSUPPORTED when it has no change_options.
  /// Once they were refused, the ones before hold.
  CallbackResult change_options(OptionSettings settings);

  CallbackResult terminate(std::uint32_t kind = BATON_TERMINATE_STOP, std::string_view text = {});

  /// Nothing when it has no state to hand over. Throws std::runtime_error with the reason of a failure.
  [[nodiscard]] std::optional<SavedState> save();

  /// Handlers: the state in parts, step by step as a host would take it. The version; BATON_UNSUPPORTED when
  /// the plugin has no such function, here and below.
  CallbackResult begin_parts(std::uint32_t& version);
  /// The part is the result's reply.
  CallbackResult save_part(std::uint64_t& left);
  void end_parts();
  CallbackResult load_part(std::uint32_t version, std::string_view data, bool is_last = false);

 private:
  friend class FakeHost;

  // On the heap, because the plugin keeps the address of the table.
  struct Context {
    Context() = default;
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context();

    FakeHost* host = nullptr;
    std::uint64_t number = 0;
    baton_host table{};
    const baton_handler* handler = nullptr;
    const baton_server* server = nullptr;
    baton_instance* instance = nullptr;
    FakeMemories memories;  // guarded by the host's mutex
    CallbackResult created;
    JsonValue provided;       // what the manifest says of its type
    OptionSettings settings;  // that hold
  };

  explicit Instance(std::unique_ptr<Context> context) : context_(std::move(context)) {}

  static CallbackResult info(Context& context, const Outgoing& info);

  /// Of a handler, whose table may be older than this header.
  template <class Callback>
  [[nodiscard]] bool has_callback(Callback baton_handler::*callback) const {
    const baton_handler* const table = context_->handler;
    return table != nullptr && detail::has(*table, callback) && table->*callback != nullptr;
  }

  std::unique_ptr<Context> context_;
};

/// Threads: what a plugin may call from any thread is safe from any; the rest is for the test's own.
class FakeHost {
 public:
  FakeHost() = default;
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  /// Makes an instance of a plugin file. Options are checked as the real host checks them: what is wrong
  /// with `settings` is std::invalid_argument. Throws CreateFailed when the plugin refuses.
  Instance create(const PluginFile& file, std::string_view name, OptionSettings settings = {},
                  const std::optional<SavedState>& state = {});

  /// The same for a class that is compiled into the test.
  template <class T>
  Instance create(OptionSettings settings = {}, const std::optional<SavedState>& state = {});

  /// What create() tells the plugin about its place.
  std::string id = "id";
  std::string process = "process";

  /// Moves the clock. Timers that fall due fire in their order, at their time.
  void advance(std::chrono::milliseconds by);

  [[nodiscard]] std::int64_t now_us() const {
    return locked([&] { return now_us_; });
  }

  [[nodiscard]] std::size_t pending_timers() const {
    return locked([&] { return timers_.size(); });
  }

  /// What the plugin did, in order.
  [[nodiscard]] std::vector<LogLine> logs() const {
    return locked([&] { return logs_; });
  }

  [[nodiscard]] std::vector<Sent> sent() const {
    return locked([&] { return sent_; });
  }

  [[nodiscard]] std::vector<SentReply> replies() const {
    return locked([&] { return replies_; });
  }

  void forget() {
    locked([&] { logs_.clear(), sent_.clear(), replies_.clear(); });
  }

  /// The answer to each notify and cast of the plugin; `ok` when not set.
  std::function<Status(const Sent&)> on_send;
  /// The answer to each call of the plugin; `not_found` when not set.
  std::function<CallResult(const Sent&)> on_call;
  /// The answer to extension(); nullptr when not set.
  std::function<const void*(std::string_view)> on_extension;

  /// The same numbers as the plugin sees.
  Atom intern(std::string_view text);
  [[nodiscard]] std::string_view text_of(Atom atom) const;

 private:
  friend class Instance;

  struct PluginName {
    static constexpr std::string_view name = "of_the_test";
    static constexpr std::string_view version = "0";
  };

  struct Timer {
    TimerId id;
    std::int64_t due_us;
    Instance::Context* owner;
    Sent info;
  };

  /// Messages further apart than this header's baton_message, as a newer host would lay them out: a plugin
  /// that ignores the stride fails its tests.
  struct WideMessage {
    baton_message message;
    std::uint64_t of_a_newer_host[2];
  };

  /// The messages of one callback, with what their views point to.
  class Messages {
   public:
    Messages(FakeHost& host, const std::vector<Outgoing>& outgoing, bool are_events);

    [[nodiscard]] const baton_message& first() const { return messages_.front().message; }

    [[nodiscard]] const baton_batch& batch() const { return batch_; }

   private:
    std::vector<baton_attributes> attributes_;
    std::vector<WideMessage> messages_;
    baton_batch batch_{};
  };

  template <class Function>
  std::invoke_result_t<Function&> locked(Function&& function) const {
    const std::lock_guard lock(mutex_);
    return function();
  }

  Instance create(const baton_handler* handler, const baton_server* server, const JsonValue& provided,
                  OptionSettings settings, const std::optional<SavedState>& state);
  static const JsonValue& find_provided(const JsonValue& manifest, std::string_view name);
  static Sent copy(Sent::Kind kind, std::string_view to, const baton_message& message);
  void drop_timers_of(const Instance::Context& owner);
  baton_status send(Sent message);
  [[nodiscard]] baton_host table_for(Instance::Context& context);

  static Instance::Context& of(baton_host_context* opaque) {
    return *reinterpret_cast<Instance::Context*>(opaque);
  }

  static baton_status start_timer(baton_host_context* context, std::uint64_t delay_ms,
                                  const baton_message* info, std::uint64_t* timer) noexcept;
  static baton_status cancel_timer(baton_host_context* context, std::uint64_t timer) noexcept;
  static baton_status call(baton_host_context* context, baton_str to, const baton_message* request,
                           std::uint64_t timeout_ms, baton_sink* reply) noexcept;
  static baton_status reply(baton_host_context* context, std::uint64_t from,
                            const baton_message* message) noexcept;
  static baton_status memory(baton_host_context* context, baton_str name, std::size_t capacity,
                             baton_memory* memory) noexcept;
  static baton_status free_memory(baton_host_context* context, baton_str name) noexcept;

  static constexpr std::size_t max_timers = 1024;  // of an instance

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::deque<std::string> atoms_{"", "text/plain; charset=utf-8", "application/json",
                                 "application/octet-stream"};
  std::int64_t now_us_ = 1'700'000'000'000'000;
  std::uint64_t last_number_ = 0;  // of instances, timers and events alike
  std::vector<Timer> timers_;
  std::vector<LogLine> logs_;
  std::vector<Sent> sent_;
  std::vector<SentReply> replies_;
};

}  // namespace baton::inline v1::testing

#include <baton/testing/fake_host_functions.hpp>
#include <baton/testing/fake_large_state.hpp>
#include <baton/testing/fake_options.hpp>
