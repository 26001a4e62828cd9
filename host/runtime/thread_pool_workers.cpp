// SPDX-License-Identifier: Apache-2.0
// ThreadPool: workers come, are replaced and come back. What the system refuses is done without: a limit of
// threads (pids, memory) that others have used up must not end the host.
#include "host/base/log.hpp"
#include "host/runtime/process.hpp"
#include "host/runtime/thread_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <sched.h>
#include <string>
#include <utility>
#include <vector>

namespace baton {
namespace {

// The log hears of threads that could not be made so often at most.
constexpr std::chrono::seconds tell_time{10};

}  // namespace

/// One that cannot be joined: there is none to be had.
std::thread ThreadPool::new_thread(std::function<void()> work) {
  try {
    std::thread thread = make_thread_(std::move(work));
    refused_.has_news = refused_.has_news && !refused_.told_at;  // what is over is not told late
    return thread;
  } catch (const std::system_error& error) {
    ++refused_.count;
    refused_.why = error.code();
    refused_.has_news = true;
    return {};
  }
}

bool ThreadPool::start_worker() {
  threads_.emplace_back();  // first: a thread that runs could not be let go for want of a place
  threads_.back() = new_thread([this] { worker_loop(); });
  if (!threads_.back().joinable()) {
    threads_.pop_back();
    return false;
  }
  ++active_;
  return true;
}

/// As many workers as there ought to be, as far as there are threads for them.
void ThreadPool::fill_up() {
  bool is_refused = false;
  while (active_ < workers_ && threads_.size() < threads_max && !is_ending_ && !is_refused) {
    is_refused = !start_worker();
  }
  is_short_.store(is_refused, std::memory_order_relaxed);
  if (is_refused) {
    retry_at_ = std::chrono::steady_clock::now() + retry_time;
  }
}

void ThreadPool::fill_up_again() {
  if (is_short_.load(std::memory_order_relaxed) && std::chrono::steady_clock::now() >= retry_at_) {
    fill_up();
  }
}

void ThreadPool::replace_worker() {
  --active_;
  fill_up();
}

void ThreadPool::begin_waiting(Worker& worker) {
  std::vector<std::thread> finished;
  {
    const Lock lock(mutex_);
    worker.is_waiting = true;
    worker.core.store(nowhere, std::memory_order_relaxed);
    if (!worker.is_lost) {
      replace_worker();
    }
    finished.swap(finished_);
  }
  for (std::thread& thread : finished) {
    thread.join();  // it has left its loop: this does not wait for work
  }
}

void ThreadPool::end_waiting(Worker& worker) {
  const Lock lock(mutex_);
  worker.is_waiting = false;
  worker.core.store(sched_getcpu(), std::memory_order_relaxed);
  if (worker.is_lost) {
    return;
  }
  ++active_;
  if (active_ > workers_) {
    wake_one();  // one too many: an idle one goes
  }
}

void ThreadPool::abandon(const Process& process) {
  {
    const Lock lock(mutex_);
    for (Worker* worker : in_loop_) {
      if (worker->is_lost.load() || !worker->is_inside(process)) {
        continue;
      }
      // In this order: what the worker puts there after this look, it finds itself lost for.
      worker->is_lost = true;
      enqueue_next_of(*worker);
      if (!worker->is_waiting) {
        replace_worker();
      }
      // No end here: this one may be on its way out of the process, which another one is in already. Who is
      // taken for lost and is not comes back.
    }
  }
  tell_refused();
}

bool ThreadPool::Worker::is_inside(const Process& of) const {
  return process.load() == &of ||
         std::ranges::any_of(visited, [&of](const auto& visit) { return visit.load() == &of; });
}

/// The log is foreign code, as a rule of an embedding program: no lock is held.
void ThreadPool::tell_refused() {
  if (log_ == nullptr || !refused_.has_news.load(std::memory_order_relaxed)) {
    return;
  }
  std::string why;
  std::string count;
  std::string working;
  {
    const Lock lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (!refused_.has_news || (refused_.told_at && now < *refused_.told_at + tell_time)) {
      return;
    }
    refused_.told_at = now;
    refused_.has_news = false;
    why = refused_.why.message();
    count = fmt::to_string(refused_.count);
    working = fmt::to_string(active_);
  }
  log_->warning(
      "no_thread",
      {{"reason", why}, {"refused", count}, {"workers", working}, {"wanted", fmt::to_string(workers_)}});
}

}  // namespace baton
