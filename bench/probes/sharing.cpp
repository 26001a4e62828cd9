// SPDX-License-Identifier: Apache-2.0
// What is shared by threads in a host, and what it costs when two of them use it at once: a table for people.
// usage: bench_sharing [OPERATIONS] [ROUNDS]
//
// "own" lines are the control: two threads that share nothing must not slow each other down. If they do, two
// things lie in one cache line that should not, or the machine has fewer cores than it says.
#include "bench/common/measure.hpp"
#include "bench/common/payload.hpp"
#include "bench/common/spin.hpp"
#include "host/base/silent_log.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/runtime/atoms.hpp"
#include "host/runtime/mailbox.hpp"
#include "host/runtime/registry.hpp"
#include "host/runtime/thread_pool.hpp"
#include "host/runtime/timer_thread.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace bench {
namespace {

using namespace baton;

constexpr std::size_t threads_max = 2;

/// One operation of the thread of that number.
using Operation = std::function<void(std::size_t thread, std::uint64_t i)>;

/// Nanoseconds per operation of the slowest of so many threads that do `n` each.
double ns_each(std::size_t threads, std::uint64_t n, const Operation& operation) {
  std::atomic<std::size_t> ready{0};
  std::array<std::uint64_t, threads_max> took{};
  const auto work = [&](std::size_t thread) {
    ++ready;
    while (ready.load() < threads) {
      relax();
    }
    const std::uint64_t begin = now_ns();
    for (std::uint64_t i = 0; i < n; ++i) {
      operation(thread, i);
    }
    took[thread] = now_ns() - begin;
  };
  std::vector<std::thread> others;
  for (std::size_t thread = 1; thread < threads; ++thread) {
    others.emplace_back(work, thread);
  }
  work(0);
  for (std::thread& other : others) {
    other.join();
  }
  return per_operation(*std::max_element(took.begin(), took.end()), n);
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// What the operations use; each of those with a number is one thread's own.
class Things {
 public:
  Things() {
    message_.type = to_str("number");
    message_.data = to_bytes(std::string_view(text_.data(), 32));
    message_ = with_atom(message_, atoms_);
    for (std::size_t i = 0; i < processes; ++i) {
      names_.push_back("manager." + std::to_string(i));
      managers_.push_back(*EventManager::start(runtime_, names_.back(), {}));
    }
  }

  ~Things() {
    for (const auto& manager : managers_) {
      (void)manager->stop(ExitReason::shutdown(), infinity);
    }
  }

  /// A sender's way into a mailbox, which is emptied every so often without being handled.
  void push(std::size_t box, std::size_t thread, std::uint64_t i) {
    (void)boxes_[box]->push({&message_, 1}, static_cast<std::int64_t>(i));
    if (thread == box && i % 64 == 0) {
      inboxes_[box].clear();
      (void)boxes_[box]->drain(inboxes_[box]);
    }
  }

  void find_name(std::uint64_t i) {
    require(registry_.whereis(names_[i % processes]) != nullptr, "it is registered");
  }

  void find_atom() { require(atoms_.intern("number") == message_.type_atom, "it is known"); }

  void lock_mutex() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++counter_;
  }

  /// To a process at rest, mostly: it has to be given to a worker.
  void wake(std::size_t thread) {
    (void)managers_[thread]->post([] {});
  }

 private:
  static constexpr std::size_t processes = 1000;

  const std::string text_ = std::string(32, 'x');
  SystemClock clock_;
  SilentLog log_;
  AtomTable atoms_;
  Registry registry_;
  ThreadPool scheduler_{0};
  TimerThread timers_{clock_};
  Runtime runtime_{clock_, log_, scheduler_, timers_, registry_, atoms_};
  Message message_{};
  std::vector<std::string> names_;
  std::vector<std::shared_ptr<EventManager>> managers_;
  std::array<std::unique_ptr<Mailbox>, threads_max> boxes_ = {std::make_unique<Mailbox>(MailboxLimits{}),
                                                              std::make_unique<Mailbox>(MailboxLimits{})};
  std::array<Inbox, threads_max> inboxes_;
  std::mutex mutex_;
  std::uint64_t counter_ = 0;
};

struct Line {
  const char* what;
  Operation operation;
};

void print_table(std::uint64_t n, int rounds) {
  Things things;
  const std::vector<Line> lines = {
      {"push into an own mailbox",
       [&](std::size_t thread, std::uint64_t i) {
         things.push(thread, thread, i);
       }},
      {"push into the same mailbox",
       [&](std::size_t thread, std::uint64_t i) {
         things.push(0, thread, i);
       }},
      {"find a process by its name",
       [&](std::size_t, std::uint64_t i) {
         things.find_name(i);
       }},
      {"find the atom of a text",
       [&](std::size_t, std::uint64_t) {
         things.find_atom();
       }},
      {"wake an own process",
       [&](std::size_t thread, std::uint64_t) {
         things.wake(thread);
       }},
      {"a std::mutex, for comparison",
       [&](std::size_t, std::uint64_t) {
         things.lock_mutex();
       }},
  };
  (void)std::printf("%-30s %10s %10s %8s   ns per operation, medians of %d\n", "", "alone", "two each",
                    "times", rounds);
  for (const Line& line : lines) {
    std::vector<double> alone;
    std::vector<double> together;
    for (int round = 0; round < rounds; ++round) {
      alone.push_back(ns_each(1, n, line.operation));
      together.push_back(ns_each(threads_max, n, line.operation));
    }
    const double one = median(alone);
    const double two = median(together);
    (void)std::printf("%-30s %10.1f %10.1f %8.1f\n", line.what, one, two, two / one);
  }
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  const std::uint64_t n = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200'000;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 7;
  bench::require(n > 0 && rounds > 0, "usage: bench_sharing [OPERATIONS] [ROUNDS]");
  bench::print_table(n, rounds);
  return 0;
}
