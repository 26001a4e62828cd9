// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/canary.hpp"
#include "host/behaviour/event_manager_types.hpp"
#include "host/behaviour/event_stream.hpp"
#include "host/behaviour/handler_owner.hpp"
#include "host/behaviour/instance_services.hpp"
#include "host/behaviour/notify_failures.hpp"
#include "host/behaviour/recent_events.hpp"
#include "host/behaviour/swap_in_parts.hpp"
#include "host/behaviour/swap_watch.hpp"
#include "host/behaviour/sys_process.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

using HandlerWatch = WatchOf<HandlerSpec>;

/// An event manager: a process with an ordered list of handlers, all of which get every event.
/// OTP: gen_event. docs/semantics.md has the differences.
///
/// A handler that crashes (throws, fails, returns what its contract does not allow) is terminated with
/// `error`, removed and reported once; the others still get the event, and the manager lives on. Its policy
/// may be to come back (CrashPolicy): until then its id and its place are kept, calls to it are answered
/// `restarting`, the events that it misses are counted, and the manager is degraded.
///
/// What is not the way of an event has files of its own: owners, streams, swaps, calls, crashes, reports.
///
/// Threads: every public function by any. Those that wait are refused with `calling_self` inside a callback
/// of this manager. Unless it says otherwise, each waits for what was sent before it, and fails with
/// `process_ended` when the manager has ended and `timed_out` when `timeout` is over (changes: ask_change).
class EventManager final : public SysProcess {
 public:
  /// Makes and registers a running manager without handlers. Without a name it gets one of its own.
  /// Errors: already_started.
  static Result<std::shared_ptr<EventManager>> start(Runtime& runtime, std::string name,
                                                     EventManagerOptions options);

  /// For start() only.
  EventManager(Runtime& runtime, std::string name, EventManagerOptions options);
  ~EventManager() override;

  /// Sends events to all handlers and does not wait for them. Waits for room only, as the overflow
  /// policy says. Returns how many were accepted. Errors: overloaded, process_ended.
  Result<std::size_t> notify(std::span<const Message> events);

  /// As notify, but returns when every handler has run for each of them, and says which failed.
  Result<NotifyOutcome> sync_notify(std::span<const Message> events, Duration timeout = infinity);

  /// As notify for one event, but returns when the manager starts on it: a sender that does this has at
  /// most one event waiting. OTP: GenEvent.ack_notify/2.
  Result<void> ack_notify(const Message& event, Duration timeout = infinity);

  /// Errors: already_present, also while one of that id waits to be restarted; bad_options (the policy);
  /// state_refused when it does not read spec.state, and the factory's; then nothing changes.
  Result<HandlerInfo> add_handler(HandlerSpec spec, Duration timeout = infinity,
                                  LateAnswer<HandlerInfo> if_late = {});

  /// As add_handler, for a handler that ends with its owner and whose end the owner is told of (see
  /// HandlerOwner). An owner that ends meanwhile leaves no handler behind. Errors: also process_ended when
  /// the owner has ended. OTP: add_sup_handler/3 and GenEvent.add_mon_handler/3; monitored, not linked.
  Result<HandlerInfo> add_sup_handler(HandlerSpec spec, OwnerRef owner, Duration timeout = infinity);

  /// Ends a handler and returns the value of its terminate; an empty one if it waits to be restarted. Errors:
  /// not_found; crashed when terminate failed (the handler is gone all the same).
  Result<Reply> delete_handler(std::string id, std::string argument, Duration timeout = infinity);

  /// Replaces a handler by another, in its place in the order, between two events: no event is seen by
  /// both or by neither. Errors: not_found; already_present when the new id is another handler's;
  /// refused while another swap of it is under way; state_refused, init_failed, bad_options, crashed. In safe
  /// mode the old one then goes on unharmed. The new one has the old one's owner.
  /// In safe mode a state that both can hand over in parts goes over between events, which the old one
  /// handles meanwhile. Errors then, too: timed_out when it changes faster than it goes over.
  /// One that waits to be restarted can be replaced too: by one that has its saved state, if there is one,
  /// and takes its place at once.
  Result<SwapReport> swap_handler(SwapRequest request, Duration timeout = infinity);

  /// As swap_handler, but `owner` owns the new one; the owner of the old one, if any, is told so. Errors:
  /// also process_ended when `owner` has ended.
  Result<SwapReport> swap_sup_handler(SwapRequest request, OwnerRef owner, Duration timeout = infinity);

  // A swap of several handlers in three parts (swap_in_parts.hpp), for one over several processes.
  /// Makes the new ones beside the old ones, which are kept as they are. Errors: refused when the manager is
  /// not suspended, or while such a swap is under way; bad_request when a handler is named twice or is to get
  /// another id; and as swap_handler, with the handler in front. Then none is left.
  Result<PreparedSwaps> prepare_swaps(std::vector<SwapRequest> requests, Duration timeout = infinity);
  /// Puts them into their places; the old ones are kept. Errors: refused when the manager went on meanwhile.
  Result<void> cut_over(std::uint64_t ticket, Duration timeout = infinity);
  /// Ends the old ones; or, not `is_kept`, the new ones, and puts the old ones back as they were. Errors:
  /// refused when the manager went on meanwhile, with the others; or they were to be kept and not cut over.
  Result<void> finish_swaps(std::uint64_t ticket, bool is_kept, Duration timeout = infinity);

  /// What a canary of the handler's successor needs: its state and options as they are now, and the last
  /// `count` events of the manager, of which at least so many are kept from now on. Errors: not_found;
  /// crashed when save failed.
  Result<CanaryMaterial> canary_material(std::string id, std::size_t count, Duration timeout = infinity);

  /// Asks one handler. Errors: not_found, restarting, unknown_request (the handler stays), crashed and
  /// bad_return (it is removed, or restarted by its policy).
  Result<Reply> call(std::string id, const Message& request, Duration timeout = default_call_timeout);

  /// As call, but does not wait: the request is asked for the response. Never fails; calling_self and
  /// process_ended are responses. OTP: send_request/3.
  Request<Reply> send_request(std::string id, const Message& request);

  /// Gives a message that is no event to handle_info of every handler, in the order of events, and
  /// returns when all have run. OTP: Manager ! Info, which does not wait.
  Result<void> send_info(const Message& info, Duration timeout = default_call_timeout);

  /// The events from now on, to be taken one by one. Errors: already_present.
  Result<EventStream> stream(StreamOptions options = {}, Duration timeout = infinity);

  /// The installed handlers, newest first.
  Result<std::vector<HandlerInfo>> which_handlers(Duration timeout = default_call_timeout);

  /// Answered while suspended too.
  Result<EventManagerStatus> status(Duration timeout = default_call_timeout);

  /// What a handler was made from, without a state: to make it again. Errors: not_found.
  Result<HandlerSpec> handler_spec(std::string id, Duration timeout = default_call_timeout);

  /// What becomes of a handler when it crashes, and how many of the last events are kept for its canaries,
  /// from now on; the instance goes on. Errors: not_found, restarting, bad_options.
  Result<void> adjust_handler(std::string id, CrashPolicy crash_policy, std::size_t recent_events,
                              Duration timeout = infinity);

  /// New options for a handler that goes on: all of them, between two events. Errors: not_found, restarting;
  /// not_supported when one that differs is not hot; refused by it, or while a swap of it is under way; then
  /// it goes on with the old ones. crashed, bad_return: as of call().
  Result<OptionsReport> change_options(std::string id, Options options, Duration timeout = infinity);

  /// Puts the handlers into this order of adding, between two events; their instances go on. Those that are
  /// not named come behind, in the order that they have. Errors: not_found; then nothing changes.
  Result<void> reorder(std::vector<std::string> ids, Duration timeout = infinity);

  /// Says that a handler ought to be here and is not, so that the status shows it until one of that id is
  /// added. Errors: already_present.
  Result<void> note_missing(MissingHandler missing, Duration timeout = infinity);

  /// A handler that crashed and does not come back is not missed any more. Errors: not_found; bad_request
  /// when it is going to be restarted.
  Result<void> forget_missing(std::string id, Duration timeout = default_call_timeout);

  // event_manager_record.cpp. Both are answered while suspended too.
  /// Keeps so many of its last events whole from now on; without events, only those that canaries want.
  Result<RecordStatus> record(RecordLimits limits, Duration timeout = default_call_timeout);
  /// Some of those that it has kept, oldest first.
  Result<RecordedEvents> recorded(RecordQuery query = {}, Duration timeout = default_call_timeout);

  /// Gives new code, and the state through it, to all handlers of a type, newest first. All or nothing: a
  /// failure leaves every handler with its old code and its old state. Events that wait meet the new
  /// code. OTP: sys:change_code/4. Errors: unknown_request when the manager is not suspended; bad_request
  /// (the factory is of another type); state_refused, init_failed, bad_options, crashed.
  Result<std::vector<SwapReport>> change_code(CodeChange change, Duration timeout = infinity);

  /// Suspend, change_code and resume in one: the manager may be suspended, and is as it was afterwards.
  /// OTP: the release instruction `update`. Errors: as change_code.
  Result<std::vector<SwapReport>> update_code(CodeChange change, Duration timeout = infinity);

 private:
  struct Installed;
  struct Changed;
  struct Handover;
  struct Upgrade;
  struct Recovery;
  struct Missing;
  struct CrashSite;

  // All of these run in the process.
  void handle_messages(std::span<const Message> events) override;
  void handle_stop(ExitReason reason) override;
  void handle_abandoned() override;

  /// Gives something to all handlers in their order: `give` says who is to leave (null: nobody), which
  /// happens after all have had it, so that a removal neither skips nor repeats anybody.
  template <class Give>
  void for_each_handler(Give give);
  /// sync_notify on the caller's own thread. Nothing: it cannot be done so.
  std::optional<NotifyOutcome> handle_here(std::span<const Message> events, Duration timeout);
  /// Each gives to one handler. The result: who is to leave; its terminate has been called.
  [[nodiscard]] Installed* deliver(Installed& to, std::span<const Message> events);
  [[nodiscard]] Installed* deliver_info(Installed& to, const Message& info);
  /// The info of a timer, for one instance only.
  void handle_info(const std::string& id, std::uint64_t instance, const Message& info);
  Result<Reply> call_handler(const std::string& id, const Message& request);

  Result<HandlerInfo> install(HandlerSpec spec, OwnerRef owner);
  /// Makes an instance that is not in the list yet. With a state it inherits the memory that belongs to it.
  Result<std::unique_ptr<Installed>> make(HandlerSpec spec, std::optional<State> state,
                                          const InstanceMemory* memories = nullptr);
  [[nodiscard]] Installed* find(std::string_view id) const;
  [[nodiscard]] std::vector<HandlerInfo> infos_newest_first() const;
  [[nodiscard]] Error no_such_handler(std::string_view id) const;

  Result<void> adjust_now(const std::string& id, const CrashPolicy& crash_policy, std::size_t recent_events);
  Result<OptionsReport> change_options_now(const std::string& id, Options options);
  Result<void> reorder_now(const std::vector<std::string>& ids);
  void number_places();

  struct Swap;
  /// Does it, or begins it; `from` is answered when it is done.
  void swap_for(From<SwapReport> from, Swap swap);
  Result<SwapReport> swap(Swap swap);
  /// What is to be replaced. Errors: not_found, already_present, refused.
  Result<Installed*> replaceable(const Swap& swap) const;
  /// Both ids have been checked.
  Result<SwapReport> replace(Installed& old, Swap swap);
  /// What the new one starts from: what was given, or what the old one saves.
  static Result<StateInSwap> state_for(Installed& old, Swap& swap);
  /// A replacement without a crash policy has the old one's.
  static void inherit_policy(HandlerSpec& replacement, const Installed& old);
  Result<SwapReport> swap_safely(Installed& old, Swap swap);
  Result<SwapReport> swap_destructively(Installed& old, Swap swap);
  /// Puts a new handler into the place of `old`, which ends and is what `made` is afterwards. The owner of
  /// `old` is told `last`.
  void change_places(Installed& old, std::unique_ptr<Installed>& made, const OwnerRef& owner,
                     const TerminateReason& why, StepTimer& step, std::optional<State> last);

  // event_manager_upgrade.cpp
  void before_resume() override;
  /// Exchanges the instances of two handlers, and what is the instances' own.
  static void exchange_instances(Installed& left, Installed& right);

  // event_manager_watch.cpp: the time after a swap.
  /// As Handler::handle_events, measured every now and then.
  EventsOutcome give(Installed& handler, std::span<const Message> events);
  void begin_watch(Installed& successor, PlannedWatch<HandlerSpec> planned);
  void end_watch(const std::string& id, std::uint64_t instance);

  /// Who is in the place of a watched handler after the old version has come back, and who of the place is to
  /// leave (null: nobody).
  struct CameBack {
    Installed* place;
    Installed* gone;
  };

  /// What a watched handler did with events may be reason to swap it back; nothing: it stays.
  std::optional<CameBack> judge(Installed& watched, std::span<const Message> events,
                                const EventsOutcome& outcome);
  /// The same when it has crashed elsewhere.
  std::optional<CameBack> swap_back_after(Installed& watched, const CrashSite& crash);
  /// Nothing: the old version cannot be made; the handler stays, and is watched no more.
  std::optional<CameBack> swap_back(Installed& watched, const std::string& why, std::uint64_t at_event,
                                    const CrashSite* crash);
  Result<std::unique_ptr<Installed>> make_former(Installed& watched, const HandlerWatch& watch,
                                                 std::string& state_text);
  /// {swap_handler, …} as a return value: the handler in the place afterwards, which is `old` on failure.
  Installed& swap_on_request(Installed& old, std::string_view type, std::string argument, std::uint64_t at);

  // event_manager_handover.cpp: swaps whose state goes over in parts.
  [[nodiscard]] static bool goes_in_parts(const Installed& old, const Swap& swap);
  void begin_handover(Installed& old, Swap swap, From<SwapReport> from);
  /// Takes the next parts, if the successor has loaded those before; or makes the cut; or gives up.
  void advance(const std::shared_ptr<Handover>& handover, SteadyTime turn_began);
  void advance_handovers();
  Result<void> take_parts(Handover& handover, Installed& old);
  /// Nothing is left, and the turn was short.
  [[nodiscard]] static bool is_time_for_cut(Handover& handover);
  void load_elsewhere(const std::shared_ptr<Handover>& handover);
  Result<void> make_cut(Handover& handover, Installed& old, SteadyTime turn_began);
  void give_up(Handover& handover, Error error);
  void give_up_all_handovers(const Error& error);
  /// Its worker destroys what is left over, answers, and ends.
  void conclude_handover(Handover& handover, Result<SwapReport> answer, std::unique_ptr<Installed> left_over);
  /// Messages waited since then.
  void note_pause(Handover& handover, SteadyTime turn_began) const;
  [[nodiscard]] bool is_handed_over(std::string_view id) const;
  /// An info of an instance that is not in its place yet waits until it is. False: there is no such one.
  bool keep_info(std::uint64_t instance, const Message& info);
  void handover_worker_ended();

  /// Ends all handlers; what stopping does.
  void finish_all(const ExitReason& reason);
  /// Runs terminate, logging its failure, and tells the owner. The handler is still in the list.
  Result<Reply> finish(Installed& handler, const TerminateReason& why, HandlerExit::Kind kind);
  /// Runs terminate and nothing else.
  Result<Reply> terminate(Installed& handler, const TerminateReason& why);
  void remember_ended(const Installed& handler, const TerminateReason& why);
  /// The ends that a callback can lead to, as finish().
  void finish_on_request(Installed& handler);
  void erase(const Installed& handler);

  /// Gives the handler an owner; null: none.
  void attach(Installed& handler, OwnerRef owner);
  void owner_ended(const std::string& id, std::uint64_t instance, const ExitReason& reason);
  /// What the owner is given of the state; nothing when nobody owns the handler.
  [[nodiscard]] std::optional<State> last_state(Installed& handler);

  void report_refusal(Installed& handler, std::span<const Message> refused, const std::string& reason);
  /// Returns the record's id.
  std::uint64_t report_crash(const Installed& handler, const CrashSite& site, std::string_view action);
  void report_swap(const std::string& id, const std::string& new_id, const SwapReport& report);
  void report_failed_swap(const std::string& id, bool is_safe, std::string_view reason);
  [[nodiscard]] RecordStatus record_status() const;
  [[nodiscard]] bool is_missing(std::string_view id) const;
  void forget_old_totals();
  [[nodiscard]] std::vector<HandlerTotal> totals();
  /// Whether such a line was logged so lately that this one is left out; else takes note of this one.
  [[nodiscard]] bool is_repeated(SteadyTime& last_logged) const;

  // event_manager_crash.cpp and event_manager_restart.cpp: what becomes of a handler that crashes.
  /// The end that a failure leads to, as finish(), and what its policy says. The handler is still in the
  /// list. True: it is going to be restarted.
  bool finish_crashed(Installed& handler, const CrashSite& site);
  /// The same for one that fails by itself, and is taken out of the list; or swapped back, when it is
  /// watched. What whoever made it fail is told.
  Error end_crashed(Installed& handler, const CrashSite& site);

  struct CrashVerdict {
    MissingHandler::Why why = MissingHandler::Why::removed;
    std::string action = {};  // for people
    Duration delay{};         // with backing_off
  };

  [[nodiscard]] CrashVerdict judge_crash(Installed& handler) const;
  /// Whether it may be restarted once more, and when.
  [[nodiscard]] CrashVerdict judge_restart(const CrashPolicy& policy, Recovery& recovery) const;
  void quarantine(std::uint64_t crash);
  /// Before a callback: saves the state when the policy wants one and the last one is old.
  void save_in_time(Installed& handler, std::uint64_t last_event);
  void add_missing(std::unique_ptr<Missing> missing);
  void schedule_restart(Missing& missing, Duration delay);
  void restart(const std::string& id, std::uint64_t attempt);
  /// Something keeps it from being restarted: then it is missing for good, or gone with its owner.
  [[nodiscard]] bool is_barred(Missing& missing);
  void give_up(Missing& missing, MissingHandler::Why why);
  void restart_failed(Missing& missing, const std::string& reason);
  /// The state to begin with, and what there is to say of it.
  [[nodiscard]] static std::optional<State> state_for_restart(const Missing& missing, std::string& told);
  /// Puts an instance into the place of one that was missing.
  Installed& put_in_place(const Missing& missing, std::unique_ptr<Installed> made);
  /// A swap of a handler that is waiting, and its halves: the new one, made from what was saved; the end of
  /// the waiting, with the new one in the place.
  Result<SwapReport> replace_waiting(Missing& waiting, Swap swap);
  Result<Changed> make_for_waiting(const Missing& waiting, SwapRequest request);
  Installed& end_waiting(Missing& waiting, std::unique_ptr<Installed> made, OwnerRef owner);
  /// New code for those that wait, all or nothing.
  [[nodiscard]] Result<void> check_change_of_waiting(const CodeChange& change) const;
  void change_waiting(const CodeChange& change);
  void count_missed(std::size_t events);
  void count_missed(Missing& missing, std::size_t events);
  [[nodiscard]] Missing* find_waiting(std::string_view id) const;
  [[nodiscard]] Error waiting_error(const Missing& waiting, Errc code) const;
  [[nodiscard]] Duration restarts_in(const Missing& waiting) const;
  [[nodiscard]] std::vector<MissingHandler> missing_infos() const;
  void stop_waiting(Missing& missing, std::string_view why);
  void stop_all_waiting(std::string_view why);
  /// Whatever is known of a missing one of that id is of no interest any more.
  void erase_missing(std::string_view id);
  void tell_deed(std::uint64_t crash, std::string text);

  // event_manager_sys.cpp
  [[nodiscard]] Behaviour behaviour() const override { return {"gen_event", "Status for event handler"}; }

  [[nodiscard]] std::vector<SysInstance> sys_instances() const override;
  std::vector<SysState> sys_states() override;
  Result<void> replace_states(const ReplaceState& replace) override;
  Result<void> replace_state_of(Installed& handler, const ReplaceState& replace);
  Result<std::vector<SwapReport>> change_code_now(const CodeChange& change);
  /// A new instance of each handler of the type, not in its place yet; or none is left.
  Result<std::vector<Changed>> make_all_changed(const CodeChange& change);
  Result<Changed> make_changed(Installed& old, const CodeChange& change);
  /// Puts a new instance into a place, which keeps its counts and all else that is not the instance's own,
  /// and ends the old instance.
  void take_over(Installed& place, std::unique_ptr<Installed> made);

  const DispatchOrder order_;
  const std::string label_;
  CrashRecords* const crash_records_;  // null: nobody keeps them

  // The process's only.
  std::vector<std::unique_ptr<Installed>> handlers_;  // in the order of adding
  std::unique_ptr<Upgrade> upgrade_;                  // never null
  NotifyFailures failures_;
  std::uint64_t last_seq_ = 0;  // of the last event handled
  std::uint64_t crashes_ = 0;
  std::vector<std::shared_ptr<Handover>> handovers_;
  std::size_t handover_workers_ = 0;  // that have not ended
  std::optional<ExitReason> ending_;  // it ends as soon as there are none
  std::deque<EndedHandler> ended_;
  RecentEvents recent_;
  HandlerTotals totals_;
  std::vector<std::unique_ptr<Missing>> missing_;  // in the order of crashing
  std::uint64_t last_rank_ = 0;
  std::uint64_t last_attempt_ = 0;
  std::uint64_t restarts_ = 0;
  std::uint64_t missed_ = 0;
  std::uint64_t handled_ = 0;  // events
};

}  // namespace baton
