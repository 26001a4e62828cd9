// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/runtime/activity.hpp"
#include "host/runtime/answer.hpp"
#include "host/runtime/exit_reason.hpp"
#include "host/runtime/mailbox.hpp"
#include "host/runtime/request.hpp"
#include "host/runtime/revocable.hpp"
#include "host/runtime/runtime.hpp"
#include "host/runtime/scheduler.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace baton {

inline constexpr Duration default_call_timeout{5000};  // OTP's

struct ProcessOptions {
  MailboxLimits mailbox;
  Duration block_timeout{5000};  // how long a sender waits for room under Overflow::block, for each message
  std::size_t batch_max = 256;   // messages per callback; 1: OTP's event-by-event order across handlers
  bool own_thread = false;       // `thread: own`: for callbacks that block
  Duration hibernate_after{0};   // idle for so long, it gives its buffers back; 0: never
};

/// A mailbox, a state and one callback at a time: OTP's process. Derived classes are behaviours.
/// Owned by shared_ptr: the registry and the supervisor hold it while it lives, the scheduler while it
/// runs. It ends once, in order, from within (end()); then its name is free, its mailbox closed and its
/// monitors told.
/// Threads: every public function by any, unless it says otherwise.
class Process : public std::enable_shared_from_this<Process> {
 public:
  /// Called once with the reason when the process has ended, on the thread that ended it; must only
  /// post. Called at once when it has ended already.
  using Monitor = std::function<void(const ExitReason&)>;
  using MonitorId = std::uint64_t;

  Process(Runtime& runtime, std::string name, ProcessOptions options);
  virtual ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }

  /// `queue#2` is the second process of that name.
  [[nodiscard]] std::uint64_t instance() const { return instance_; }

  [[nodiscard]] ProcessOptions options() const;

  [[nodiscard]] bool has_own_thread() const { return own_thread_; }

  /// New options for a running process, from its next batch on; what waits goes on waiting. All but
  /// `own_thread`, which stays as it is.
  void set_options(const ProcessOptions& options);

  [[nodiscard]] MailboxCounters mailbox_counters() const { return mailbox_.counters(); }

  /// It runs system tasks only, until it is resumed. For showing: it may change at once.
  [[nodiscard]] bool is_suspended() const { return is_suspended_.load(std::memory_order_relaxed); }

  /// The calling thread is inside a callback of this process.
  [[nodiscard]] bool is_current() const;

  /// The name of the process whose callback the calling thread is in; empty outside of processes. Valid as
  /// long as the callback.
  [[nodiscard]] static std::string_view current_name();

  /// The callback that it is in; may outlive it.
  [[nodiscard]] const std::shared_ptr<Activity>& activity() const { return activity_; }

  /// The process whose callback the calling thread is in; null outside of processes. Valid as long as the
  /// callback.
  [[nodiscard]] static const Process* current();

  [[nodiscard]] bool has_ended() const;

  /// It has given back the memory of its buffers and waits for the next message.
  [[nodiscard]] bool is_hibernating() const { return is_hibernating_.load(std::memory_order_relaxed); }

  /// Runs `task` in the process, behind everything that was sent to it before. False: it has ended; the
  /// task is destroyed uncalled. Does not block, and is never refused for want of room.
  bool post(Task task);

  /// As post, for a system task: one that also runs while the process is suspended. OTP: a system message.
  bool post_system(Task task);

  MonitorId monitor(Monitor monitor);

  /// It is not told any more, and gone when this returns, unless it is being told just now. OTP: demonitor/1.
  void demonitor(MonitorId monitor);

  /// Asks the process to end with `reason`, behind everything that was sent to it before, and does not
  /// wait. False: it has ended. OTP: exit/2.
  bool exit(ExitReason reason);

  /// Errors: timed_out, calling_self.
  Result<void> wait_until_ended(Duration timeout);

  /// Why it ended; nothing while it has not.
  [[nodiscard]] std::optional<ExitReason> exit_reason() const;

  /// Gives the process up, as near as a thread comes to OTP's exit(Pid, kill): for everybody it has ended,
  /// with the error `killed`: its name is free, its mailbox closed, its monitors told, terminate is not
  /// run. A callback that is running goes on, which nobody can prevent, and is its last.
  void abandon();

  /// Asks the process to end with `reason` and waits until it has. Messages sent before are handled,
  /// later ones dropped; a suspended process handles none. OTP: stop/3. Errors: timed_out (it goes on
  /// ending), calling_self, bad_request for a timeout that is none, process_ended when it had ended before;
  /// crashed, or process_ended when that is a quiet one, when it ended with another reason than this.
  Result<void> stop(const ExitReason& reason, Duration timeout);

  /// Runs the next turn. For schedulers only, which hold the process meanwhile.
  void run();

  /// Makes `process` the one whose callback this thread is in; returns the one before. Only for schedulers
  /// that give each waiting callback a stack of its own and change stacks on one thread.
  static const Process* exchange_current(const Process* process);

  static constexpr int visits_max = 16;  // of one thread, one from within the other: each needs stack

  /// Whom a thread visits (see Visit); null is nobody. Written by that thread; any other may look as long as
  /// it lives, but only compare what it sees.
  using Visited = std::array<std::atomic<const Process*>, visits_max>;

  /// The calling thread's. For schedulers that replace a thread which is stuck in one of them.
  [[nodiscard]] static const Visited& visited_by_this_thread();

 protected:
  /// Asks a question of this process: runs `question(From<T>)` in it and waits for the answer.
  /// Errors: calling_self from inside its own callback, bad_request for a timeout that is none,
  /// process_ended, timed_out, and the answer's own.
  template <class T, class F>
  Result<T> ask(Duration timeout, F&& question) {
    return ask_by<T>(&Process::post, timeout, std::forward<F>(question));
  }

  /// As ask, but a suspended process answers too.
  template <class T, class F>
  Result<T> ask_system(Duration timeout, F&& question) {
    return ask_by<T>(&Process::post_system, timeout, std::forward<F>(question));
  }

  /// As ask, for a change: whoever gives up waiting for it before it is begun has nothing changed, and what
  /// the question owns is let go of at once. What has been begun goes on, and `if_late` gets its answer. The
  /// text of the error says which of the two it was.
  template <class T, class F>
  Result<T> ask_change(Duration timeout, F question, LateAnswer<T> if_late = {}) {
    return ask_change_by<T>(&Process::post, timeout, std::move(question), std::move(if_late));
  }

  /// As ask_change, but a suspended process does it too.
  template <class T, class F>
  Result<T> ask_system_change(Duration timeout, F question, LateAnswer<T> if_late = {}) {
    return ask_change_by<T>(&Process::post_system, timeout, std::move(question), std::move(if_late));
  }

  /// In the process: from now on only system tasks run, until resume(); what was sent and what comes in
  /// waits in its order. Both change nothing when it is so already.
  void suspend() { is_suspended_.store(true, std::memory_order_relaxed); }

  void resume() { is_suspended_.store(false, std::memory_order_relaxed); }

  /// In the process: a system task has run, which was no message to the behaviour. OTP: a timeout or a
  /// hibernation goes on.
  virtual void after_system_task() {}

  /// Asks as ask() does, but does not wait: the answer is in the request. Its own are the errors that
  /// ask() returns at once: calling_self, process_ended.
  template <class T, class F>
  Request<T> send_question(F&& question) {
    auto [pending, from] = make_question<T>();
    if (is_current()) {
      from.reply(fail(Errc::calling_self, "`" + name_ + "` cannot wait for itself"));
    } else {
      // Refused, the task is dropped, and with it `from`, which answers process_ended.
      post([question = std::forward<F>(question), from = std::move(from)]() mutable {
        question(std::move(from));
      });
    }
    return Request<T>(runtime_, std::move(pending));
  }

  /// Puts messages into the mailbox, in order, as the overflow policy says, and returns how many were
  /// accepted. A message with a type_atom must carry the atom table's own text. `escort`: see
  /// Mailbox::push; messages that find no room at once may go in in several pieces.
  /// Errors, which say how many are in: overloaded, process_ended.
  Result<std::size_t> send(std::span<const Message> messages, Mailbox::Escort* escort = nullptr);

  /// Puts a task in without running it: before the name is known, so that whoever finds the name comes
  /// behind it. Once, before anything else comes in; start_held() lets it run.
  void hold(Task task);
  void start_held();

  /// The calling thread in the process, as a worker in a turn: what it does until the end of the visit is
  /// done between two messages. Who only wants an answer and finds the process at rest saves the way to
  /// another thread and back, a thousand times what most callbacks take. It cannot be called off: only for
  /// callers without a time limit. They are not let go either when the process is abandoned meanwhile, before
  /// the callback returns.
  class [[nodiscard]] Visit {
   public:
    Visit() = default;
    explicit Visit(Process& process);
    Visit(Visit&& other) noexcept;
    Visit& operator=(Visit&&) = delete;
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

    ~Visit() { end(); }

    explicit operator bool() const { return process_ != nullptr; }

    /// Gives the process back, to whatever has come in meanwhile.
    void end();

    /// The same, and `first` runs before that, not here.
    void end_before(Task first);

   private:
    void leave();

    Process* process_ = nullptr;
    const Process* previous_ = nullptr;  // the process that the thread was in before
  };

  /// A visit, if the process is at rest and may be visited; else nothing, and the caller asks as usual. For
  /// callers who hold the process. Does not wait.
  Visit visit(Duration timeout);

  /// In a visit: numbers `count` messages that are handled without having been in the mailbox, and returns
  /// the number of the first. 0: something has come in, and goes first.
  [[nodiscard]] std::uint64_t pass_mailbox(std::size_t count) { return mailbox_.pass(count); }

  /// In the process: handles messages, at most batch_max, never none.
  virtual void handle_messages(std::span<const Message> messages) = 0;

  /// In the process: stop() was called. Must lead to end(), now or later.
  virtual void handle_stop(ExitReason reason) = 0;

  /// In the process, at its very last: it was abandoned, and none of its callbacks is running any more.
  virtual void handle_abandoned() {}

  /// In the process: as soon as nothing waits, it gives back the memory of its buffers until the next
  /// message or task. OTP: hibernate.
  void hibernate() { wants_hibernation_ = true; }

  /// In the process: ends it. Whatever waits in the mailbox is dropped. Without effect when it was
  /// abandoned meanwhile.
  void end(const ExitReason& reason);

  [[nodiscard]] std::size_t batch_max() const { return batch_max_.load(std::memory_order_relaxed); }

  [[nodiscard]] std::optional<SteadyTime> deadline_in(Duration timeout) const;
  [[nodiscard]] Error ended_error() const;

  /// No answer came in time, or whoever asked was called off: as out_of_patience(), and what keeps it from
  /// answering.
  [[nodiscard]] Error late_error() const;

  [[nodiscard]] Runtime& runtime() const { return runtime_; }

 private:
  template <class T, class F>
  Result<T> ask_by(bool (Process::*send_task)(Task), Duration timeout, F&& question) {
    if (auto can = check_wait(timeout); !can) {
      return fail(std::move(can.error()));
    }
    auto [pending, from] = make_question<T>();
    if (!(this->*send_task)([question = std::forward<F>(question), from = std::move(from)]() mutable {
          question(std::move(from));
        })) {
      return fail(ended_error());
    }
    if (!pending.wait_until_answered(runtime_.scheduler, deadline_in(timeout))) {
      return fail(late_error());
    }
    return pending.take();
  }

  template <class T, class F>
  Result<T> ask_change_by(bool (Process::*send_task)(Task), Duration timeout, F question,
                          LateAnswer<T> if_late) {
    if (auto can = check_wait(timeout); !can) {
      return fail(std::move(can.error()));
    }
    auto [pending, from] = make_question<T>();
    auto body = [question = std::move(question), from = std::move(from)]() mutable {
      question(std::move(from));
    };
    const auto change = std::make_shared<Revocable<Task>>(Task(std::move(body)));
    if (!(this->*send_task)([place = RevocablePlace<Task>(change)] {
          if (const auto task = place.take()) {
            (*task)();
          }
        })) {
      return fail(ended_error());
    }
    const auto deadline = deadline_in(timeout);
    if (pending.wait_until_answered(runtime_.scheduler, deadline, {true, Patience::Stage::not_begun})) {
      return pending.take();
    }
    if (change->take()) {
      return fail(not_begun_error());
    }
    // It is under way: mostly it is done soon, and a longer limit may be meant for that.
    if (pending.wait_until_answered(runtime_.scheduler, deadline, {true, Patience::Stage::begun}) ||
        !pending.leave_to(std::move(if_late))) {
      return pending.take();
    }
    return fail(begun_error());
  }

  /// Whether the calling thread may wait for an answer. Errors: bad_request, calling_self.
  [[nodiscard]] Result<void> check_wait(Duration timeout) const;
  [[nodiscard]] Error not_begun_error() const;
  [[nodiscard]] Error begun_error() const;

  void wake();
  void end_turn();
  void park();
  void unpark();
  bool run_turn();
  bool take_messages();
  std::size_t run_next(std::size_t budget);
  void run_task(Task task, bool is_system);
  std::size_t run_next_system_task();
  void begin_work();
  void rest();
  void watch_idleness();
  void check_idleness();
  Result<std::size_t> send_rest(std::span<const Message> messages, Mailbox::PushResult pushed,
                                Mailbox::Escort* escort);
  Result<void> wait_for_room(const Message& message, SteadyTime deadline);
  /// False: it had ended.
  bool conclude(const ExitReason& reason, bool is_abandoned);

  // Constant after construction.
  Runtime& runtime_;
  const std::string name_;
  const bool own_thread_;
  const std::uint64_t instance_;
  const std::shared_ptr<Activity> activity_;

  // What each sender reads and writes. It begins the mailbox, whose end, that few touch, keeps it from what
  // the running thread writes with each message: a line that both want costs more than the message.
  std::atomic<bool> scheduled_{false};  // submitted, running or parked
  Mailbox mailbox_;

  // Have their own synchronisation.
  std::atomic<std::size_t> batch_max_;
  std::atomic<Duration> block_timeout_;
  std::atomic<Duration> hibernate_after_;
  std::atomic<bool> is_parked_{false};     // suspended, and waiting for a system task
  std::atomic<bool> is_suspended_{false};  // written in the process only
  std::atomic<bool> is_hibernating_{false};
  std::atomic<bool> is_abandoned_{false};
  std::atomic<bool> has_ended_{false};  // exit_reason_ is there; read once per batch, so without a lock

  // The running thread's only.
  Inbox inbox_;
  bool wants_hibernation_ = false;
  std::uint64_t work_done_ = 0;  // since the last rest; looking for idleness is no work
  SteadyTime idle_since_{};

  std::atomic<bool> is_idleness_watched_{false};  // a timer runs

  mutable Signal ended_;
  std::optional<ExitReason> exit_reason_ BATON_GUARDED_BY(ended_.mutex);
  std::map<MonitorId, Monitor> monitors_ BATON_GUARDED_BY(ended_.mutex);
  MonitorId last_monitor_ BATON_GUARDED_BY(ended_.mutex) = 0;
};

}  // namespace baton
