// SPDX-License-Identifier: Apache-2.0
// ThreadPool: processes with a thread of their own.
#include "host/runtime/process.hpp"
#include "host/runtime/thread_pool.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace baton {

void ThreadPool::submit_to_own_thread(std::shared_ptr<Process> process) {
  std::vector<std::unique_ptr<OwnThread>> left;
  {
    const Lock lock(mutex_);
    if (OwnThread* const own = own_thread_of(*process)) {
      own->next = std::move(process);
      own->changed.notify_one();
    } else {
      enqueue(std::move(process));
    }
    left.swap(left_);
  }
  for (const std::unique_ptr<OwnThread>& own : left) {
    own->thread.join();  // their processes have ended: this does not wait for work
  }
  tell_refused();
}

/// Makes it, if there is none. Null: there is none to be had.
ThreadPool::OwnThread* ThreadPool::own_thread_of(const Process& process) {
  std::unique_ptr<OwnThread>& own = own_threads_[&process];
  if (own) {
    return own.get();
  }
  own = std::make_unique<OwnThread>();
  own->thread = new_thread([this, &own_thread = *own] { own_thread_loop(own_thread); });
  if (!own->thread.joinable()) {
    own_threads_.erase(&process);
    return nullptr;
  }
  return own.get();
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
