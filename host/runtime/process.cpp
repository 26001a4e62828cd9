// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/process.hpp"

#include "host/base/assert.hpp"
#include "host/runtime/registry.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace baton {
namespace {

// Messages and tasks one process may handle before others get their turn.
constexpr std::size_t turn_budget = 1024;

// The process whose callback this thread is in; what makes calling_self detectable. Per thread, and
// restored on return, because a waiting callback may run other processes below it on its stack.
thread_local const Process* current_process = nullptr;

class CurrentProcess {
 public:
  explicit CurrentProcess(const Process* process) : previous_(std::exchange(current_process, process)) {}

  ~CurrentProcess() { current_process = previous_; }

  CurrentProcess(const CurrentProcess&) = delete;
  CurrentProcess& operator=(const CurrentProcess&) = delete;

 private:
  const Process* previous_;
};

}  // namespace

Process::Process(Runtime& runtime, std::string name, ProcessOptions options)
    : runtime_(runtime),
      name_(std::move(name)),
      own_thread_(options.own_thread),
      instance_(runtime.registry.next_instance(name_)),
      activity_(std::make_shared<Activity>(name_)),
      mailbox_(options.mailbox),
      batch_max_(options.batch_max),
      block_timeout_(options.block_timeout),
      hibernate_after_(options.hibernate_after) {
  BATON_ASSERT(options.batch_max > 0);
}

Process::~Process() = default;

bool Process::is_current() const {
  return current_process == this;
}

const Process* Process::exchange_current(const Process* process) {
  return std::exchange(current_process, process);
}

std::string_view Process::current_name() {
  return current_process == nullptr ? std::string_view() : current_process->name_;
}

const Process* Process::current() {
  return current_process;
}

bool Process::has_ended() const {
  return has_ended_.load(std::memory_order_acquire);
}

bool Process::post(Task task) {
  if (!mailbox_.push(task)) {
    return false;
  }
  wake();
  return true;
}

bool Process::post_system(Task task) {
  if (!mailbox_.push(task, true)) {
    return false;
  }
  wake();
  unpark();
  return true;
}

void Process::hold(Task task) {
  scheduled_.store(true);
  (void)mailbox_.push(task);
}

void Process::start_held() {
  runtime_.scheduler.submit(shared_from_this());
}

void Process::wake() {
  // Mostly it runs already, and looking is cheaper than exchanging. Nothing is missed by it: who sends has
  // held the mailbox's lock before this look, and end_turn() takes it after it has said that the process
  // rests.
  if (!scheduled_.load() && !scheduled_.exchange(true)) {
    runtime_.scheduler.submit(shared_from_this());
  }
}

// Suspension. While a process runs, a system task keeps its place among messages and other tasks. While it
// is suspended, it takes system tasks out of their places, first those of the inbox, then those of the
// mailbox, and leaves the rest where it is: the inbox keeps what was drained before the suspension, the
// mailbox keeps counting what comes in against its limits, and after resume() everything is handled in the
// order in which it was sent. One task is taken at a time: behind a resume, the next one has a place again.
//
// A suspended process without a system task is parked: `scheduled_` stays true, so that messages wake nobody
// and sending costs what it always did; only post_system() looks at `is_parked_`.

void Process::park() {
  is_parked_.store(true);
  // One that came before this store found nobody parked, and so did who abandoned it: look again.
  if (mailbox_.has_system_task() || has_ended_.load()) {
    unpark();
  }
}

void Process::unpark() {
  if (is_parked_.exchange(false)) {
    runtime_.scheduler.submit(shared_from_this());
  }
}

Process::MonitorId Process::monitor(Monitor monitor) {
  std::optional<ExitReason> reason;
  {
    const Lock lock(ended_.mutex);
    if (!exit_reason_) {
      monitors_.emplace(++last_monitor_, std::move(monitor));
      return last_monitor_;
    }
    reason = exit_reason_;
  }
  monitor(*reason);
  return 0;
}

void Process::demonitor(MonitorId monitor) {
  Monitor gone;  // destroyed unlocked: it owns what it likes
  const Lock lock(ended_.mutex);
  if (const auto found = monitors_.find(monitor); found != monitors_.end()) {
    gone = std::move(found->second);
    monitors_.erase(found);
  }
}

Result<void> Process::stop(const ExitReason& reason, Duration timeout) {
  if (auto valid = check_timeout(timeout); !valid) {
    return valid;
  }
  if (is_current()) {
    return fail(Errc::calling_self, "`" + name_ + "` cannot wait for its own end");
  }
  if (!exit(reason)) {
    return fail(ended_error());
  }
  if (auto ended = wait_until_ended(timeout); !ended) {
    return ended;
  }
  const Lock lock(ended_.mutex);
  if (*exit_reason_ != reason) {
    return fail(exit_reason_->is_quiet() ? Errc::process_ended : Errc::crashed,
                fmt::format("`{}` ended with another reason: {}", name_, to_string(*exit_reason_)));
  }
  return {};
}

bool Process::exit(ExitReason reason) {
  return post_system([this, reason = std::move(reason)]() mutable { handle_stop(std::move(reason)); });
}

Result<void> Process::wait_until_ended(Duration timeout) {
  if (is_current()) {
    return fail(Errc::calling_self, "`" + name_ + "` cannot wait for its own end");
  }
  const auto has_reason = [this]() BATON_REQUIRES(ended_.mutex) {
    return exit_reason_.has_value();
  };
  if (!wait_patiently(runtime_.scheduler, ended_, has_reason, deadline_in(timeout))) {
    return fail(out_of_patience().code,
                fmt::format("`{}` has not ended within the time given; it goes on ending", name_));
  }
  return {};
}

std::optional<ExitReason> Process::exit_reason() const {
  const Lock lock(ended_.mutex);
  return exit_reason_;
}

void Process::end(const ExitReason& reason) {
  const bool is_first = conclude(reason, false);
  BATON_ASSERT(is_first || is_abandoned_.load());
}

void Process::abandon() {
  if (conclude(ExitReason::error("killed"), true)) {
    runtime_.scheduler.abandon(*this);
    wake();  // one last turn, in which it lets go of what it holds
    unpark();
  }
}

bool Process::conclude(const ExitReason& reason, bool is_abandoned) {
  runtime_.registry.remove(*this);
  mailbox_.close();
  std::map<MonitorId, Monitor> monitors;
  {
    const Lock lock(ended_.mutex);
    if (exit_reason_) {
      return false;
    }
    exit_reason_ = reason;
    is_abandoned_.store(is_abandoned);
    has_ended_.store(true);
    monitors.swap(monitors_);
    ended_.changed.notify_all();
  }
  for (const auto& [id, monitor] : monitors) {
    monitor(reason);
  }
  return true;
}

void Process::run() {
  const CurrentProcess current(this);
  if (run_turn()) {
    runtime_.scheduler.resubmit(shared_from_this());
    return;
  }
  end_turn();
}

void Process::end_turn() {
  if (has_ended()) {
    if (is_abandoned_.load()) {
      handle_abandoned();
    }
    runtime_.scheduler.retire(*this);
    return;
  }
  if (is_suspended()) {
    park();
    return;
  }
  rest();
  // Who comes between the last look and this store saw `true` and did not submit: look again.
  scheduled_.store(false);
  if (!mailbox_.empty() || has_ended_.load()) {
    wake();
  }
}

// ---- Turns ----------------------------------------------------------------------------------------

bool Process::run_turn() {
  if (has_ended()) {  // abandoned
    inbox_.clear();
    return false;
  }
  for (std::size_t budget = turn_budget; budget > 0;) {
    const std::size_t done = is_suspended() ? run_next_system_task() : run_next(budget);
    if (has_ended()) {
      inbox_.clear();
      return false;
    }
    if (done == 0 && (is_suspended() || !take_messages())) {
      return false;
    }
    budget -= done;
  }
  return true;
}

bool Process::take_messages() {
  inbox_.clear();
  return mailbox_.drain(inbox_);
}

std::size_t Process::run_next(std::size_t budget) {
  const std::size_t batch_max = std::min(batch_max_.load(std::memory_order_relaxed), budget);
  if (const auto batch = inbox_.next_messages(batch_max); !batch.empty()) {
    begin_work();
    handle_messages(batch);
    return batch.size();
  }
  Inbox::Entry* const entry = inbox_.next_task();
  if (entry == nullptr) {
    return 0;
  }
  if (entry->is_part_of_message) {
    entry->task();
  } else {
    run_task(std::move(entry->task), entry->is_system);
  }
  return 1;
}

void Process::run_task(Task task, bool is_system) {
  begin_work();
  task();
  if (is_system && !has_ended()) {
    after_system_task();
  }
}

std::size_t Process::run_next_system_task() {
  Task task = inbox_.take_system_task();
  if (!task) {
    task = mailbox_.take_system_task();
  }
  if (!task) {
    return 0;
  }
  run_task(std::move(task), true);
  return 1;
}

void Process::begin_work() {
  ++work_done_;
  wants_hibernation_ = false;
  if (is_hibernating()) {
    is_hibernating_.store(false, std::memory_order_relaxed);
  }
}

std::optional<SteadyTime> Process::deadline_in(Duration timeout) const {
  return Deadline(timeout).on(runtime_.clock);
}

Error Process::ended_error() const {
  return {Errc::process_ended, "`" + name_ + "` has ended"};
}

}  // namespace baton
