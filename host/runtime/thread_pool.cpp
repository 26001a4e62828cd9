// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/thread_pool.hpp"

#include "host/base/assert.hpp"
#include "host/runtime/process.hpp"

#include <algorithm>
#include <utility>

namespace baton {
namespace {

bool wait_until_ready(Signal& signal, const std::function<bool()>& ready,
                      std::optional<SteadyTime> deadline) {
  Lock lock(signal.mutex);
  while (!ready()) {
    if (!deadline) {
      signal.changed.wait(lock);
    } else if (!signal.changed.wait_until(lock, *deadline)) {
      return ready();
    }
  }
  return true;
}

}  // namespace

thread_local ThreadPool::Worker* ThreadPool::this_worker_ = nullptr;

ThreadPool::ThreadPool(std::size_t workers)
    : workers_(workers > 0 ? workers : std::max(1U, std::thread::hardware_concurrency())) {
  const Lock lock(mutex_);
  for (std::size_t i = 0; i < workers_; ++i) {
    start_worker();
  }
}

ThreadPool::~ThreadPool() {
  std::vector<std::thread> threads;
  std::vector<std::unique_ptr<OwnThread>> own_threads;
  {
    const Lock lock(mutex_);
    is_ending_ = true;
    work_.notify_all();
    for (auto& [process, own] : own_threads_) {
      own->is_retired = true;
      own->changed.notify_all();
      own_threads.push_back(std::move(own));
    }
    std::move(left_.begin(), left_.end(), std::back_inserter(own_threads));
    threads.swap(threads_);
    std::move(finished_.begin(), finished_.end(), std::back_inserter(threads));
    finished_.clear();
    left_.clear();
    own_threads_.clear();
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const std::unique_ptr<OwnThread>& own : own_threads) {
    own->thread.join();
  }
}

void ThreadPool::start_worker() {
  ++active_;
  threads_.emplace_back([this] { worker_loop(); });
}

void ThreadPool::submit(std::shared_ptr<Process> process) {
  if (process->has_own_thread()) {
    submit_to_own_thread(std::move(process));
    return;
  }
  const Lock lock(mutex_);
  queue_.push_back(std::move(process));
  work_.notify_one();
}

void ThreadPool::worker_loop() {
  Worker self{this};
  this_worker_ = &self;
  Lock lock(mutex_);
  in_loop_.push_back(&self);
  for (;;) {
    while (queue_.empty() && !is_ending_ && active_ <= workers_) {
      work_.wait(lock);
    }
    if (is_ending_ || active_ > workers_) {
      break;
    }
    std::shared_ptr<Process> process = std::move(queue_.front());
    queue_.pop_front();
    self.process = process.get();
    lock.unlock();
    process->run();
    process.reset();
    lock.lock();
    self.process = nullptr;
    if (self.is_lost) {  // it came back after all
      self.is_lost = false;
      ++active_;
    }
  }
  --active_;
  std::erase(in_loop_, &self);
  if (!is_ending_) {
    // A surplus worker, left over from a wait: its thread object is joined by whoever comes next.
    const auto thread = std::find_if(threads_.begin(), threads_.end(), [](const std::thread& other) {
      return other.get_id() == std::this_thread::get_id();
    });
    BATON_ASSERT(thread != threads_.end());
    finished_.push_back(std::move(*thread));
    threads_.erase(thread);
  }
}

bool ThreadPool::wait(Signal& signal, const std::function<bool()>& ready,
                      std::optional<SteadyTime> deadline) {
  if (this_worker_ == nullptr || this_worker_->pool != this) {
    return wait_until_ready(signal, ready, deadline);
  }
  begin_waiting(*this_worker_);
  const bool is_ready = wait_until_ready(signal, ready, deadline);
  end_waiting(*this_worker_);
  return is_ready;
}

void ThreadPool::replace_worker() {
  --active_;
  if (active_ < workers_ && threads_.size() < threads_max && !is_ending_) {
    start_worker();
  }
}

void ThreadPool::begin_waiting(Worker& worker) {
  std::vector<std::thread> finished;
  {
    const Lock lock(mutex_);
    worker.is_waiting = true;
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
  if (worker.is_lost) {
    return;
  }
  ++active_;
  if (active_ > workers_) {
    work_.notify_one();  // one too many: an idle one goes
  }
}

void ThreadPool::abandon(const Process& process) {
  const Lock lock(mutex_);
  for (Worker* worker : in_loop_) {
    if (worker->process != &process || worker->is_lost) {
      continue;
    }
    worker->is_lost = true;
    if (!worker->is_waiting) {
      replace_worker();
    }
    return;
  }
}

void ThreadPool::submit_to_own_thread(std::shared_ptr<Process> process) {
  std::vector<std::unique_ptr<OwnThread>> left;
  {
    const Lock lock(mutex_);
    std::unique_ptr<OwnThread>& own = own_threads_[process.get()];
    if (own) {
      own->next = std::move(process);
      own->changed.notify_one();
      return;
    }
    own = std::make_unique<OwnThread>();
    own->next = std::move(process);
    own->thread = std::thread([this, &own_thread = *own] { own_thread_loop(own_thread); });
    left.swap(left_);
  }
  for (const std::unique_ptr<OwnThread>& own : left) {
    own->thread.join();  // their processes have ended: this does not wait for work
  }
}

void ThreadPool::own_thread_loop(OwnThread& own) {
  Lock lock(mutex_);
  for (;;) {
    while (!own.next && !own.is_retired) {
      own.changed.wait(lock);
    }
    if (own.is_retired) {
      return;
    }
    std::shared_ptr<Process> process = std::move(own.next);
    lock.unlock();
    process->run();
    process.reset();
    lock.lock();
  }
}

void ThreadPool::retire(const Process& process) {
  std::unique_ptr<OwnThread> own;
  {
    const Lock lock(mutex_);
    const auto place = own_threads_.find(&process);
    if (place == own_threads_.end()) {
      return;
    }
    own = std::move(place->second);
    own_threads_.erase(place);
    own->is_retired = true;
    own->changed.notify_all();
    if (own->thread.get_id() == std::this_thread::get_id()) {
      left_.push_back(std::move(own));  // it leaves its loop by itself
      return;
    }
  }
  own->thread.join();
}

}  // namespace baton
