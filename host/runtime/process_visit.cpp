// SPDX-License-Identifier: Apache-2.0
// Process: callers who run it themselves while it is at rest.
// docs/decisions/0008-callers-run-what-is-at-rest.md
#include "host/runtime/process.hpp"

#include <utility>

namespace baton {
namespace {

// How many processes this thread visits, one from within the other, and which.
constinit thread_local int visits_of_this_thread = 0;
constinit thread_local Process::Visited visited{};

std::atomic<const Process*>& visited_at(int depth) {
  return visited[static_cast<std::size_t>(depth)];
}

}  // namespace

const Process::Visited& Process::visited_by_this_thread() {
  return visited;
}

Process::Visit Process::visit(Duration timeout) {
  if (timeout != infinity || own_thread_ || scheduled_.load() || visits_of_this_thread >= visits_max ||
      !runtime_.scheduler.lets_callers_in() || scheduled_.exchange(true)) {
    return {};
  }
  Visit visit(*this);
  // What this thread sent before goes first. Mostly it has been handled; but a worker that is just leaving
  // says so before it looks for the last time (end_turn), and then the end of this visit wakes another one.
  return has_ended() || !mailbox_.empty() ? Visit() : std::move(visit);
}

Process::Visit::Visit(Process& process) : process_(&process), previous_(exchange_current(&process)) {
  visited_at(visits_of_this_thread++).store(&process, std::memory_order_relaxed);
  process.begin_work();
}

Process::Visit::Visit(Visit&& other) noexcept
    : process_(std::exchange(other.process_, nullptr)), previous_(other.previous_) {}

void Process::Visit::end() {
  if (process_ != nullptr) {
    process_->end_turn();
    leave();
  }
}

void Process::Visit::end_before(Task first) {
  process_->inbox_.put_first(std::move(first));
  process_->runtime_.scheduler.submit(process_->shared_from_this());
  leave();
}

void Process::Visit::leave() {
  exchange_current(previous_);
  visited_at(--visits_of_this_thread).store(nullptr, std::memory_order_relaxed);
  process_ = nullptr;
}

}  // namespace baton
