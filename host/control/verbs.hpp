// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/behaviour/crash_records.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/server_process.hpp"
#include "host/behaviour/supervisor.hpp"
#include "host/control/deployment.hpp"
#include "host/loader/catalog.hpp"
#include "host/loader/library_store.hpp"
#include "host/runtime/runtime.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace baton {

/// Who asks, as the kernel says; for the log.
struct Caller {
  uid_t uid = 0;
  pid_t pid = 0;
};

/// What the host is, apart from its processes. Constant after start.
struct HostFacts {
  std::string name;
  std::string version;
  pid_t pid = 0;
  std::filesystem::path config_file;  // empty: embedded
  std::vector<std::filesystem::path> plugin_directories;
  SteadyTime started;
};

/// What was accepted of a batch; with an error, the rest was not.
struct SendOutcome {
  std::uint64_t accepted = 0;
  std::optional<Error> error;
};

struct ManagerState {
  EventManagerStatus manager;
  bool is_busy = false;  // it did not answer in time: handlers and crashes are unknown
};

struct ServerState {
  ServerStatus server;
  bool is_busy = false;  // as above: calls and casts are unknown
};

struct HostStatus {
  HostFacts facts;
  Duration uptime{};
  std::vector<ManagerState> managers;
  std::vector<ServerState> servers;
  std::vector<std::string> stopped;  // known, but not running
  std::vector<LibraryRecord> libraries;
  std::vector<CatalogEntry> refused_files;
};

/// What to put in the place of a handler or of a server's code.
struct SwapOrder {
  std::string target;  // "manager/id" or a server
  Recipe recipe;       // options that are not given are kept
  std::string new_id;  // of a handler; empty: the same
  SwapMode mode = SwapMode::safe;
  std::string argument;
  std::string extra;
};

/// What can be asked of a running host, whoever asks: the Api, or the program that embeds it.
/// Names that do not exist are `not_found`, with a suggestion in the text. Every change is one record
/// `verb` in the log: what, on which target, by whom, with which result.
/// Owned by Host. Threads: every public function by any; those with a time-out wait at most that long.
class Verbs {
 public:
  /// All outlive the verbs.
  struct Parts {
    Runtime& runtime;
    Supervisor& supervisor;
    Deployment& deployment;
    Catalog& catalog;
    LibraryStore& libraries;
    CrashRecords& crashes;
  };

  /// `stop_host` asks for an orderly end of the host and must not wait for it.
  Verbs(Parts parts, HostFacts facts, std::function<void()> stop_host);

  /// A message of these parts, which are borrowed. Errors: bad_request (the type is too long).
  Result<Message> message(std::string_view type, std::string_view data, std::string_view content_type);

  SendOutcome notify(std::string_view manager, std::span<const Message> events);
  Result<NotifyOutcome> sync_notify(std::string_view manager, std::span<const Message> events,
                                    Duration timeout);
  /// One after the other, each waits until the manager starts on it.
  SendOutcome ack_notify(std::string_view manager, std::span<const Message> events, Duration timeout);
  SendOutcome cast(std::string_view server, std::span<const Message> requests);
  /// `target` is "manager/id" or a server.
  Result<Reply> call(std::string_view target, const Message& request, Duration timeout);
  Result<std::vector<HandlerInfo>> which(std::string_view manager, Duration timeout);

  Result<HandlerInfo> add(const Caller& caller, std::string_view manager, const HandlerOrder& order,
                          Duration timeout);
  Result<Reply> remove(const Caller& caller, std::string_view manager, std::string_view id,
                       std::string argument, Duration timeout);
  Result<SwapReport> swap(const Caller& caller, SwapOrder order, Duration timeout);

  /// Starts a server of the recipe's type. Without a type: what was stopped under that name, as it was;
  /// else a new event manager. Returns "name#instance".
  /// Errors: already_started, the text names the instance; and the factory's.
  Result<std::string> start(const Caller& caller, const std::string& name, const Recipe& recipe,
                            Duration timeout);
  /// Stops a manager, a server, or a supervisor with all below it. It is not started again until somebody
  /// does.
  Result<void> stop(const Caller& caller, const std::string& name, Duration timeout);
  void stop_host(const Caller& caller);

  [[nodiscard]] HostStatus status();
  Result<ManagerState> manager_status(std::string_view manager);
  Result<ServerState> server_status(std::string_view server);
  /// The manager, server or supervisor of that name, for all that its sys() can tell.
  Result<std::shared_ptr<SysProcess>> sys_process(std::string_view name) const;
  /// The names of all of them.
  [[nodiscard]] std::vector<std::string> sys_names() const;
  /// Changes something by its sys(); `what` is for the log: "suspend".
  Result<void> sys_change(const Caller& caller, std::string_view what, std::string_view name,
                          const std::function<Result<void>(Sys)>& change);
  /// Newest first; of one manager or handler, when these are not empty. Errors: not_found, when there is no
  /// such manager and none had crashes.
  Result<std::vector<CrashRecord>> crashes(std::string_view manager, std::string_view handler) const;
  /// Errors: not_found, also when it is not kept any more.
  Result<CrashRecord> crash(std::uint64_t id) const;
  /// A handler that crashed and does not come back is not missed any more.
  /// Errors: as EventManager::forget_missing.
  Result<void> forget_missing(const Caller& caller, std::string_view manager, std::string_view id,
                              Duration timeout);
  /// Rescans the directories.
  [[nodiscard]] std::vector<CatalogEntry> plugins();

  [[nodiscard]] std::vector<LibraryRecord> libraries() { return parts_.libraries.records(); }

  /// "name#instance" of what runs under that name; empty when nothing does.
  [[nodiscard]] std::string running(std::string_view name) const;

  [[nodiscard]] const HostFacts& facts() const { return facts_; }

  [[nodiscard]] AtomTable& atoms() const { return parts_.runtime.atoms; }

 private:
  Result<std::shared_ptr<EventManager>> find_manager(std::string_view name) const;
  Result<std::shared_ptr<ServerProcess>> find_server(std::string_view name) const;
  /// As find_manager, for a change that waits for it without end. Errors also: refused, while suspended.
  Result<std::shared_ptr<EventManager>> find_running_manager(std::string_view name) const;
  /// Errors: refused, while suspended.
  static Result<void> check_running(const Process& process);
  Result<Reply> call_handler(std::string_view manager, std::string_view id, const Message& request,
                             Duration timeout);
  [[nodiscard]] Error unknown_handler(EventManager& manager, std::string_view id) const;
  Result<SwapReport> swap_handler(SwapOrder order, Duration timeout);
  Result<SwapReport> swap_server(SwapOrder order, Duration timeout);
  Result<std::string> start_process(const std::string& name, const Recipe& recipe, Duration timeout);
  /// Whose child it is; the root supervisor when nobody knows it.
  [[nodiscard]] std::shared_ptr<Supervisor> supervisor_of(const std::string& child, Duration timeout);
  [[nodiscard]] std::vector<std::string> stopped_children(SteadyTime deadline);
  [[nodiscard]] ManagerState status_of(EventManager& manager, Duration timeout) const;
  [[nodiscard]] ServerState status_of(ServerProcess& server, Duration timeout) const;
  void log_change(const Caller& caller, std::string_view verb, std::string_view target,
                  const Error* error) const;

  const Parts parts_;
  const HostFacts facts_;
  const std::function<void()> stop_host_;
};

/// The content type as it travels: "text/plain; charset=utf-8", "application/json", ….
[[nodiscard]] std::string content_type_text(const AtomTable& atoms, Atom content_type);

}  // namespace baton
