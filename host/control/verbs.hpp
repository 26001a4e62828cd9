// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/behaviour/crash_records.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/server_process.hpp"
#include "host/behaviour/supervisor.hpp"
#include "host/behaviour/swap_record.hpp"
#include "host/control/deployment.hpp"
#include "host/loader/catalog.hpp"
#include "host/loader/library_store.hpp"
#include "host/runtime/runtime.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <type_traits>
#include <utility>
#include <vector>

namespace baton {

class ConfigControl;
struct UpgradeFailure;

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
  MailboxLimits limits = {};
  std::optional<ActivityNow> activity = {};  // when it is busy: what with, if it is in a callback
};

struct ServerState {
  ServerStatus server;
  bool is_busy = false;  // as above: calls and casts are unknown
  MailboxLimits limits = {};
  std::optional<ActivityNow> activity = {};
};

struct SupervisorState {
  std::string name;
  std::uint64_t restarts = 0;
  std::vector<ChildInfo> children;  // newest first
  bool is_busy = false;             // as above: its children are unknown
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
  std::optional<std::size_t> canary = {};  // absent: as the config of the target says; so with the next one
  std::optional<WatchPolicy> watch = {};   // then the swap is done when the watch has ended
  std::shared_ptr<SwapRecord> record =
      {};  // notes the steps, those of a failure too; null: nobody wants them
};

/// Which plugin is to be the one that all its handlers and servers run.
struct UpgradeOrder {
  std::string plugin;          // its name; may be empty when `file` is given
  std::filesystem::path file;  // empty: the newest one in the plugin directories
  std::string extra;           // reaches each new one beside the state
  std::shared_ptr<SwapRecord> record = {};
  std::optional<std::size_t> canary = {};  // of each; absent: as its config says; so with the next one
  std::optional<WatchPolicy> watch = {};
};

/// A handler or server that an upgrade is about.
struct Upgraded {
  std::string target;
  std::string type;
  SwapReport report;
};

struct UpgradeReport {
  std::string plugin;
  std::string version;
  std::vector<Upgraded> swapped;
  std::vector<std::string> unchanged;  // they run this very file already
  std::chrono::microseconds pause{};   // from the first process suspended to the last one resumed
  std::vector<SwapStep> steps;
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
    ConfigControl* config = nullptr;  // null: the host has no config file
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
  /// With a watch, waits until it has ended; `timeout` is for each of the two. Errors: as
  /// EventManager::swap_handler, and swapped_back. The text of a failure names its step and says what became
  /// of the old one.
  Result<SwapReport> swap(const Caller& caller, SwapOrder order, Duration timeout);
  /// Swaps every handler and server of a plugin, in all managers, for another version: all or none. What they
  /// are sent meanwhile waits. Errors: plugin_not_found, plugin_refused, not_found (nothing of it runs), and
  /// those of the one that could not be made, with its target in front; then all old ones go on unharmed.
  /// With watches, waits until all have ended; one that goes back does so alone, and the error is
  /// swapped_back. There is one upgrade at a time, up to its watches: errors also refused.
  Result<UpgradeReport> upgrade(const Caller& caller, const UpgradeOrder& order, Duration timeout);

  /// To note the steps of a swap or an upgrade in.
  [[nodiscard]] std::shared_ptr<SwapRecord> new_record() const {
    return std::make_shared<SwapRecord>(parts_.runtime.clock);
  }

  /// Whoever waits for a watch to end waits no longer: the host ends.
  void stop_watching() { is_ending_ = true; }

  /// Starts a server of the recipe's type. Without a type: what was stopped under that name, as it was;
  /// else a new event manager. Returns "name#instance".
  /// Errors: already_started, the text names the instance; and the factory's.
  Result<std::string> start(const Caller& caller, const std::string& name, const Recipe& recipe,
                            Duration timeout);
  /// Stops a manager, a server, or a supervisor with all below it. It is not started again until somebody
  /// does.
  Result<void> stop(const Caller& caller, const std::string& name, Duration timeout);
  /// The host ends afterwards, once the callbacks return that are told: they have run for a second or more.
  std::vector<ActivityNow> stop_host(const Caller& caller);

  [[nodiscard]] HostStatus status();
  Result<ManagerState> manager_status(std::string_view manager);
  Result<ServerState> server_status(std::string_view server);
  [[nodiscard]] std::vector<SupervisorState> supervisors();

  // verbs_record.cpp
  /// Has a manager keep its last events from now on; without events, it keeps none. Errors: not_found.
  Result<RecordStatus> record(const Caller& caller, std::string_view manager, const RecordLimits& limits,
                              Duration timeout);
  /// Those that it has kept. Errors: not_found.
  Result<RecordedEvents> recorded(std::string_view manager, const RecordQuery& query, Duration timeout);

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

  /// How many there ever were.
  [[nodiscard]] std::uint64_t crash_count() const { return parts_.crashes.count(); }

  /// Errors: not_found, also when it is not kept any more.
  Result<CrashRecord> crash(std::uint64_t id) const;
  /// A handler that crashed and does not come back is not missed any more.
  /// Errors: as EventManager::forget_missing.
  Result<void> forget_missing(const Caller& caller, std::string_view manager, std::string_view id,
                              Duration timeout);
  /// Rescans the directories.
  [[nodiscard]] std::vector<CatalogEntry> plugins();

  [[nodiscard]] const Quarantine& quarantine() const { return parts_.catalog.quarantine(); }

  /// Lets what `which` means be tried again; all there is when it is empty. Errors: as Quarantine::select.
  Result<std::vector<QuarantineEntry>> clear_quarantine(const Caller& caller, std::string_view which);

  [[nodiscard]] std::map<std::string, LeftOut> left_out() const { return parts_.deployment.left_out(); }

  [[nodiscard]] std::vector<LibraryRecord> libraries() { return parts_.libraries.records(); }

  /// "name#instance" of what runs under that name; empty when nothing does.
  [[nodiscard]] std::string running(std::string_view name) const;

  /// It is made from a file that somebody named, not from the plugin directories; or nobody knows.
  [[nodiscard]] bool runs_from_own_file(const std::string& target) const;

  /// "in no plugin folder …" of what is made from a file that a config would not find; else empty.
  [[nodiscard]] std::string place_of(const Recipe& recipe) const;

  [[nodiscard]] Log& log() const { return parts_.runtime.log; }

  [[nodiscard]] const Clock& clock() const { return parts_.runtime.clock; }

  [[nodiscard]] const HostFacts& facts() const { return facts_; }

  [[nodiscard]] ConfigControl* config() const { return parts_.config; }

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
  // verbs_hints.cpp
  [[nodiscard]] Error no_casts(std::string_view manager) const;
  /// What the plugin says of the type of that target; empty when that is not to be found. Reads its file.
  [[nodiscard]] std::string description_of(const std::string& target, OfferKind kind) const;
  /// An unknown_request gets what its plugin says that it knows, if it does; other errors stay as they are.
  [[nodiscard]] Error with_known_requests(Error error, std::string_view target, OfferKind kind) const;
  // verbs_swap.cpp
  Result<SwapReport> swap_handler(SwapOrder order, Duration timeout);
  Result<SwapReport> swap_server(SwapOrder order, Duration timeout);
  /// The spec of a replacement, its library loaded; the steps up to that are noted.
  template <class Make>
  auto noted_spec(SwapRecord& record, Make make) -> std::invoke_result_t<Make, bool&>;

  // verbs_trial.cpp: what comes before the cut of a swap and after it.
  struct CanaryWish {
    std::size_t count;         // events or requests
    const std::string& extra;  // reaches its create
  };

  /// What came of the canary of what is to take the place, for people. Errors: those of baton::run_canary,
  /// and of the process's canary_material.
  Result<std::string> run_canary(EventManager& manager, const std::string& id, const HandlerSpec& spec,
                                 const CanaryWish& wish, Duration timeout);
  Result<std::string> run_canary(ServerProcess& server, const ServerSpec& spec, const CanaryWish& wish,
                                 Duration timeout);
  /// Waits for the end of a watch and notes it; the texts begin with `prefix`. Nothing: nobody waits any
  /// more, or it ended early.
  std::optional<WatchOutcome> watched(Pending<WatchOutcome> pending, SwapRecord& record,
                                      const std::string& target, std::string_view prefix, Duration timeout);
  /// The same for one swap. Errors: swapped_back; init_failed when it should have been, and could not.
  Result<void> await_watch(Pending<WatchOutcome> pending, const SwapOrder& order, Duration timeout,
                           SwapReport& report);
  /// Lets go of a version's code, and looks whether its library is gone.
  void unload(SwapRecord& record, std::shared_ptr<const void> code, std::uint64_t library);
  // verbs_upgrade.cpp
  struct Running;
  Result<UpgradeReport> upgrade_all(const UpgradeOrder& order, Duration timeout);
  /// Up to the watches. `running`: what it finds.
  tl::expected<UpgradeReport, UpgradeFailure> upgrade_once(const UpgradeOrder& order, Duration timeout,
                                                           Running& running, StepTimer& step);
  Result<Running> running_of(const CatalogEntry& entry, Duration timeout) const;
  /// Loads what each is to become.
  Result<void> fill(Running& running, const UpgradeOrder& order) const;
  /// The part that cannot be seen half done.
  tl::expected<void, UpgradeFailure> carry_out(Running& running, Duration timeout, UpgradeReport& report,
                                               StepTimer& step);
  /// verbs_upgrade_trial.cpp. What came of the canaries that are wanted, for people; empty: none is.
  Result<std::string> run_canaries(Running& running, const UpgradeOrder& order, Duration timeout);
  /// Waits for all watches, and unloads what is not used any more. Errors: as await_watch, of one or more.
  Result<void> await_watches(Running& running, const UpgradeOrder& order, Duration timeout,
                             UpgradeReport& report);
  [[nodiscard]] Error explained(Error error, const SwapOrder& order);
  [[nodiscard]] std::string occupant_of(const std::string& target);
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
  std::atomic<bool> is_ending_{false};
  std::atomic<bool> is_upgrading_{false};
};

/// "; did you mean "a"?; it has a, b": what to say when a manager has no handler `id`, but these.
[[nodiscard]] std::string handlers_there_are(std::string_view id, const std::vector<std::string>& ids);

/// The content type as it travels: "text/plain; charset=utf-8", "application/json", ….
[[nodiscard]] std::string content_type_text(const AtomTable& atoms, Atom content_type);

}  // namespace baton
