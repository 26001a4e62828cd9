// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/callers.hpp"
#include "host/behaviour/canary.hpp"
#include "host/behaviour/instance_services.hpp"
#include "host/behaviour/recent_requests.hpp"
#include "host/behaviour/recent_times.hpp"
#include "host/behaviour/server.hpp"
#include "host/behaviour/swap_in_parts.hpp"
#include "host/behaviour/swap_record.hpp"
#include "host/behaviour/swap_watch.hpp"
#include "host/behaviour/sys_process.hpp"
#include "host/runtime/timers.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace baton {

struct CameBackWith;

struct ServerSpec {
  std::string name;  // empty: an anonymous server, which gets a name that no config can give: "<Type.1>"
  std::shared_ptr<const ServerFactory> factory;
  Options options;
  ProcessOptions process;
  std::string label = {};           // for people: stands in crash reports. OTP: proc_lib:set_label/1
  std::optional<State> state = {};  // of a swap: to start from instead of what the old one has
  bool keeps_state = false;         // of a swap: the report has the state that was moved, for the way back
  std::size_t recent_requests = 0;  // how many of the last requests are kept for its canaries
};

using ServerWatch = WatchOf<ServerSpec>;

struct ServerSwap {
  ServerSpec replacement;
  std::string extra = {};                   // reaches the new one's create, beside the state
  std::shared_ptr<SwapRecord> record = {};  // notes the steps; null: nobody wants them
  WatchPolicy watch = {};
  std::optional<From<WatchOutcome>> watch_end = {};   // answered when the watch ends
  std::optional<std::string> left_state_advice = {};  // as of SwapRequest
};

struct ServerStatus {
  std::string name;
  std::string type;
  std::string version;
  std::uint64_t instance = 0;
  MailboxCounters mailbox;
  std::uint64_t calls = 0;
  std::uint64_t casts = 0;
  bool is_suspended = false;
  std::string state = {};     // as format_status shows it; empty: it does not
  std::uint64_t library = 0;  // as TypeInfo::library
  bool is_watched = false;    // its code was swapped in and may be swapped back
};

/// A process that runs one Server. OTP: gen_server. docs/semantics.md has the differences.
///
/// A callback that crashes ends the server: one report is logged, terminate(error) runs, the caller gets
/// `crashed` with the reason, and the monitors (its supervisor) are told. The quiet reasons `normal`,
/// `shutdown` and `shutdown: <text>` are no crash; any other reason to stop is reported like one. When
/// terminate fails, that is reported too, and is the exit reason.
///
/// While its code is watched after a swap, a crash does not end the server: the old version comes back
/// (server_process_watch.cpp).
///
/// After each callback the server may want (Then): to be told when nothing comes for a time, to continue
/// before anything that waits, or to hibernate. Any message ends the wait for a timeout; a system message
/// (status, swap) only starts it anew.
///
/// Threads: every public function by any. Those that wait are refused with `calling_self` inside a
/// callback of this server.
class ServerProcess final : public SysProcess {
 public:
  /// Makes and registers the process and runs create in it. When this returns an error the name is free
  /// again, and nothing is left; except after timed_out, when create is still running (a thread cannot be
  /// killed): the server ends as soon as it returns. Errors: already_started, timed_out, bad_request for a
  /// timeout that is none, ignored, and the factory's.
  static Result<std::shared_ptr<ServerProcess>> start(Runtime& runtime, ServerSpec spec,
                                                      Duration timeout = infinity);

  /// As start, and the server ends when `owner` does, with its reason, after terminate. OTP's link, one
  /// way: an owner that wants to know of the server's end monitors it. Errors: also bad_request without one.
  static Result<std::shared_ptr<ServerProcess>> start_link(Runtime& runtime, ServerSpec spec,
                                                           const std::shared_ptr<Process>& owner,
                                                           Duration timeout = infinity);

  /// As start, and `monitor` is told of the end of the server that was started; a start that failed is told
  /// by the error alone.
  static Result<std::shared_ptr<ServerProcess>> start_monitor(Runtime& runtime, ServerSpec spec,
                                                              Monitor monitor, Duration timeout = infinity);

  /// For start() only.
  ServerProcess(Runtime& runtime, ServerSpec spec);
  ~ServerProcess() override;

  /// Asks and waits for the reply. A reply after the time-out is dropped. Errors: unknown_request,
  /// crashed, process_ended, timed_out, calling_self.
  Result<Reply> call(const Message& request, Duration timeout = default_call_timeout);

  /// As call, but does not wait: the request is asked for the response. Never fails; calling_self and
  /// process_ended are responses. OTP: send_request/2.
  Request<Reply> send_request(const Message& request);

  /// Tells and does not wait, except for room as the overflow policy says. Returns how many were
  /// accepted. Errors: overloaded, process_ended.
  Result<std::size_t> cast(std::span<const Message> requests);

  /// Replaces the code of the running server by another version, between two messages, with its state;
  /// any failure leaves the old one in place. Suspended or not. OTP: suspend, sys:change_code/4, resume.
  /// Errors: state_refused, init_failed, bad_options, crashed; refused while a swap in parts is under way.
  /// Given up before it is begun, it does not happen; `if_late`: see Process::ask_change.
  Result<SwapReport> swap_code(ServerSwap request, Duration timeout = infinity,
                               LateAnswer<SwapReport> if_late = {});

  /// As swap_code, and neither noted nor watched.
  Result<SwapReport> swap(ServerSpec replacement, std::string extra, Duration timeout = infinity) {
    return swap_code({std::move(replacement), std::move(extra)}, timeout);
  }

  /// As swap, but for a suspended server only. OTP: sys:change_code/4. Errors: as swap, and
  /// unknown_request when it is not suspended.
  Result<SwapReport> change_code(ServerSpec replacement, std::string extra, Duration timeout = infinity);

  /// New options for the server that runs, which goes on: all of them, between two messages. Suspended or
  /// not. Errors: as those of EventManager::change_options; a crash ends the server.
  Result<OptionsReport> change_options(Options options, Duration timeout = infinity);

  /// What it runs now, without a state: to make it again. Answered while suspended too.
  Result<ServerSpec> spec(Duration timeout = default_call_timeout);

  // As those of EventManager; there is one report.
  Result<PreparedSwaps> prepare_swap(ServerSwap request, Duration timeout = infinity);
  Result<void> cut_over(std::uint64_t ticket, Duration timeout = infinity);
  Result<void> finish_swap(std::uint64_t ticket, bool is_kept, Duration timeout = infinity);

  /// What a canary of its next version needs: its state as it is now, and the last `count` requests, of which
  /// at least so many are kept from now on. Answered while suspended too. Errors: crashed when save failed.
  Result<CanaryMaterial> canary_material(std::size_t count, Duration timeout = infinity);

  /// How many of the last requests are kept for its canaries, from now on; the instance goes on. Answered
  /// while suspended too.
  Result<void> keep_recent(std::size_t requests, Duration timeout = infinity);

  /// Answered while suspended too.
  Result<ServerStatus> status(Duration timeout = default_call_timeout);

 private:
  /// A type, an instance of it and what belongs to it. Destroyed from below: the server goes before its
  /// services.
  struct Running {
    std::shared_ptr<const ServerFactory> factory;
    Options options;
    std::uint64_t instance = 0;
    std::unique_ptr<InstanceServices> services;
    std::unique_ptr<Server> server;
    Then after_init;  // also after change_options: followed behind the system task
    RecentTimes times = {};
    std::unique_ptr<ServerWatch> watch = {};  // null: it is not watched

    [[nodiscard]] const TypeInfo& type() const { return factory->type(); }
  };

  /// Of a swap in three parts. After the cut it is the old one that is in here.
  struct Prepared {
    Running running;
    std::size_t recent_requests = 0;
    std::optional<PlannedWatch<ServerSpec>> watch = {};  // begins when the old one has ended
  };

  /// What the server was doing, for reports.
  struct Occasion {
    std::string_view callback;
    const Message* message = nullptr;
    std::string_view client = {};
  };

  /// A call whose caller has no answer yet.
  struct OpenCall {
    std::uint64_t number = 0;
    const Message& request;
    std::string_view client;
    bool is_visit = false;  // the caller runs it himself, and is held until it returns
  };

  /// For start(): registers the process and has it run init().
  Result<void> make_first(Duration timeout);

  // All of these run in the process.
  /// Makes the first instance; else it has ended.
  Result<void> init();
  void handle_messages(std::span<const Message> requests) override;
  void handle_stop(ExitReason reason) override;
  void handle_abandoned() override;
  void handle_call(const OpenCall& call);
  /// Both give to whoever is in the place. The first returns what the instance said.
  ServerOutcome::Verdict give_call(const OpenCall& call);
  /// What comes behind the answer: what the server continues with; then, with `why`, the old version's
  /// return.
  void go_on(Then then, const std::optional<std::string>& why);
  void give_casts(std::span<const Message> requests);
  /// Runs a callback with a call or casts, measured every now and then.
  template <class Callback>
  ServerOutcome measured(std::size_t count, Callback callback);
  void answer_call(std::uint64_t number, const Message& request, ServerOutcome& outcome);
  void handle_own_info(std::uint64_t instance, const Message& info);
  void handle_info(const Message& info);
  /// With a state it inherits the memory that belongs to it, unless that is not the running one's.
  Result<Running> make(std::shared_ptr<const ServerFactory> factory, Options options,
                       std::optional<State> state, bool inherits_memory = true);
  Result<SwapReport> swap_now(ServerSwap& request);
  Result<StateInSwap> state_for(ServerSwap& request);
  Result<SwapReport> swap_and_log(ServerSwap request);
  Result<OptionsReport> change_options_now(Options options);
  /// Puts a new instance into the place of the old one, which ends.
  void take_over(Running made, const TerminateReason& why = {TerminateReason::Kind::swapped, {}});

  // server_process_upgrade.cpp
  Result<PreparedSwaps> prepare(ServerSwap request);
  /// If anything is prepared. `is_kept`: what has been cut over stays.
  void end_prepared(bool is_kept);

  void before_resume() override { end_prepared(true); }

  // server_process_watch.cpp: what comes before and after a swap.
  /// Of what runs now, with its state at the cut; nothing when no watch is wanted.
  [[nodiscard]] std::optional<PlannedWatch<ServerSpec>> planned_watch(ServerSwap& request,
                                                                      std::optional<State> state) const;
  void begin_watch(PlannedWatch<ServerSpec> planned);
  void end_watch(std::uint64_t instance);

  /// What a watched version did, when that is reason to swap it back at once.
  struct Failure {
    const Occasion* crash = nullptr;  // null: it was none
    std::string_view reason = {};
    const OpenCall* open = nullptr;  // the call that it was at, if the caller has no answer yet
    Errc code = Errc::crashed;       // that caller's answer, when the call is not given to the old version
  };

  /// Why the watched version has to be swapped back after these messages; nothing: it need not.
  [[nodiscard]] std::optional<std::string> judge(std::span<const Message> requests,
                                                 const ServerOutcome& outcome, std::uint64_t call = 0);
  /// Does so when that cannot wait for what the outcome wants. True: the old version is there, or the server
  /// has ended.
  [[nodiscard]] bool swapped_back_at_once(const std::optional<std::string>& why, const Occasion& occasion,
                                          const ServerOutcome& outcome, const OpenCall* call = nullptr);
  /// The same for a callback that counts only when it crashes.
  [[nodiscard]] bool swapped_back_after(const Occasion& occasion, const ServerOutcome& outcome);
  /// Puts the old version into the place of the watched one, and gives it what is to be given again. False:
  /// it cannot be made, and the new one stays, watched no more.
  bool swap_back(const std::string& why, const Failure& failure);
  Result<Running> make_former(const ServerWatch& watch, CameBackWith& with);
  /// Returns how many.
  std::uint64_t give_again(const ServerWatch& watch, std::vector<KeptMessage> requests,
                           const Failure& failure);
  /// Answers callers whose calls the old version knows nothing of.
  void drop_lost_callers(const std::vector<KeptMessage>& again, const OpenCall* open);
  [[nodiscard]] ServerSpec current_spec() const;
  void keep_recent_requests(std::size_t count);

  // server_process_sys.cpp
  [[nodiscard]] Behaviour behaviour() const override { return {"gen_server", "Status for generic server"}; }

  [[nodiscard]] std::vector<SysInstance> sys_instances() const override;
  std::vector<SysState> sys_states() override;
  Result<void> replace_states(const ReplaceState& replace) override;
  [[nodiscard]] std::string shown_state() const override;
  /// Tells what a handle_call did; only when is_observed().
  void observe_outcome(const ServerOutcome& outcome, std::uint64_t from);

  /// Ends the process when `outcome` says so. True: it goes on.
  [[nodiscard]] bool settle(const Occasion& occasion, ServerOutcome& outcome, std::uint64_t call = 0);
  void report(const Occasion& occasion, std::string_view reason);
  /// Runs terminate; its failure is reported and becomes the reason. Returns the exit reason.
  ExitReason terminate(const TerminateReason& why, ExitReason reason);
  /// Destroys the instance and ends the process.
  void finish(const ExitReason& reason);

  // What happens after a callback, in server_process_then.cpp.
  /// A message has come: what was wanted while none did is over.
  void end_rest();
  /// Continues as long as that is wanted, then rests as it is. False: the server has ended.
  bool follow(Then then);

  /// The same with what a new instance wanted, once.
  bool follow_init() { return follow(std::exchange(running_->after_init, {})); }

  /// Starts what is wanted while nothing comes, from the beginning.
  void rest_again();

  void after_system_task() override;

  void start_timeout();
  void timeout_over(std::uint64_t round);

  ServerSpec spec_;  // of the start; its factory and options are in running_ from then on, and only there
  Callers callers_;  // of its functions, others than the process call reply() only

  // The process's only.
  std::optional<Running> running_;
  SwapInParts in_parts_{*this};
  std::unique_ptr<Prepared> prepared_;  // null, mostly
  Task rest_of_visit_;                  // null, except at the end of some visits: for a worker
  Then then_;                           // a timeout, a hibernation or nothing
  std::uint64_t timeout_round_ = 0;     // tells a timeout from those before it
  TimerId timeout_timer_ = 0;
  std::uint64_t last_seq_ = 0;
  std::uint64_t calls_ = 0;
  std::uint64_t casts_ = 0;
  RecentRequests recent_;
  std::size_t recent_requests_ = 0;     // as the spec says
  std::uint64_t last_call_at_cut_ = 0;  // of the swap that is watched
};

}  // namespace baton
