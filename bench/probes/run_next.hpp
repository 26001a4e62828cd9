// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/common/measure.hpp"
#include "bench/common/spin.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

namespace bench {

/// A measuring stick: what many small processes on two workers cost, and a message between two of them.
///
/// - An actor is one cache line: the head of a list of what came in, last first, and its state. A sender
///   puts its letter in front by one compare and exchange; the worker takes all by one exchange, and turns
///   them round.
/// - An actor without letters is `idle`: who finds that has it run, and nobody else.
/// - Run next: an actor that is sent to from a worker runs on that worker right afterwards, without a
///   queue.
/// - An inline call: the caller owns an idle actor by one compare and exchange, runs it on its own thread,
///   and gives it back by another one. Letters that came meanwhile have it run by a worker; an actor that
///   is not idle gets the call as a letter.
/// - Letters come from a free list of the thread; they stay with whoever received them.
class RunNext {
 public:
  struct alignas(64) Letter {
    enum class Kind : std::uint64_t { cast, get, token, call, request, response };

    Letter* next;
    Payload payload;
    ReplySlot* reply;
    Kind kind;
  };

  struct alignas(64) Actor {
    std::atomic<Letter*> letters{
        nullptr};  // what came in, last first; idle(): nothing has, and it runs nowhere
    Actor* next_runnable = nullptr;
    Actor* other = nullptr;  // the next one of a ring; whom a caller calls, and who answers
    Counter counter;

    Actor() { letters.store(idle(), std::memory_order_relaxed); }

    [[nodiscard]] bool is_idle() const { return letters.load(std::memory_order_acquire) == idle(); }
  };

  static_assert(sizeof(Actor) == 64 && sizeof(Letter) == 64);

  RunNext() {
    for (Worker& worker : workers_) {
      worker.thread = std::thread([this, &worker] { run(worker); });
    }
  }

  ~RunNext() {
    {
      const std::lock_guard lock(mutex_);
      is_ending_ = true;
    }
    changed_.notify_all();
    for (Worker& worker : workers_) {
      worker.thread.join();
    }
  }

  RunNext(const RunNext&) = delete;
  RunNext& operator=(const RunNext&) = delete;

  void send(Actor& to, const Payload& payload, Letter::Kind kind, ReplySlot* reply) {
    Letter* const letter = make_letter();
    letter->payload = payload;
    letter->reply = reply;
    letter->kind = kind;
    Letter* first = to.letters.load(std::memory_order_relaxed);
    do {
      letter->next = first == idle() ? nullptr : first;
    } while (!to.letters.compare_exchange_weak(first, letter, std::memory_order_acq_rel,
                                               std::memory_order_relaxed));
    if (first == idle()) {
      let_run(to);
    }
  }

  /// From a thread that is no worker.
  std::uint64_t call(Actor& to, const Payload& payload) {
    Letter* expected = idle();
    if (to.letters.compare_exchange_strong(expected, nullptr, std::memory_order_acq_rel)) {
      to.counter.take(payload.seq);
      expected = nullptr;
      if (!to.letters.compare_exchange_strong(expected, idle(), std::memory_order_acq_rel)) {
        queue(to);  // something came in meanwhile
      }
      return payload.seq + 1;
    }
    ReplySlot reply;
    send(to, payload, Letter::Kind::call, &reply);
    return reply.wait(spins_of_a_wake_up);
  }

  /// `caller` calls `callee` until it has had `calls` answers, and then sets `done`.
  void begin_calls(Actor& caller, Actor& callee, std::uint64_t calls, Latencies& latencies, ReplySlot& done) {
    caller.other = &callee;
    callee.other = &caller;
    latencies_ = &latencies;
    calls_ = calls;
    last_ns_ = now_ns();
    send(callee, payload_of(0), Letter::Kind::request, &done);
  }

 private:
  struct Worker {
    Actor* run_next = nullptr;
    Actor* first = nullptr;
    Actor* last = nullptr;
    std::thread thread;
  };

  static constexpr int turn_letters = 64;

  [[nodiscard]] static Letter* idle() { return reinterpret_cast<Letter*>(std::uintptr_t{1}); }

  static Letter* make_letter() {
    if (free_letters_ == nullptr) {
      constexpr std::size_t letters = 256;
      auto* const slab =
          static_cast<Letter*>(::operator new(sizeof(Letter) * letters, std::align_val_t(alignof(Letter))));
      for (std::size_t i = 0; i < letters; ++i) {
        free_letter(slab + i);
      }
    }
    Letter* const letter = free_letters_;
    free_letters_ = letter->next;
    return letter;
  }

  static void free_letter(Letter* letter) {
    letter->next = free_letters_;
    free_letters_ = letter;
  }

  void let_run(Actor& actor) {
    Worker* const worker = this_worker_;
    if (worker == nullptr || (worker->run_next != nullptr && sleepers_.load(std::memory_order_relaxed) > 0)) {
      queue(actor);
    } else if (worker->run_next == nullptr) {
      worker->run_next = &actor;
    } else {
      append(worker->first, worker->last, actor);
    }
  }

  static void append(Actor*& first, Actor*& last, Actor& actor) {
    actor.next_runnable = nullptr;
    (last != nullptr ? last->next_runnable : first) = &actor;
    last = &actor;
  }

  static Actor* take_first(Actor*& first, Actor*& last) {
    Actor* const actor = first;
    if (actor != nullptr) {
      first = actor->next_runnable;
      last = first == nullptr ? nullptr : last;
    }
    return actor;
  }

  void queue(Actor& actor) {
    {
      const std::lock_guard lock(mutex_);
      append(first_, last_, actor);
      queued_.fetch_add(1);
    }
    if (sleepers_.load() > 0) {
      changed_.notify_one();
    }
  }

  Actor* take_queued() {
    if (queued_.load(std::memory_order_relaxed) == 0) {
      return nullptr;
    }
    const std::lock_guard lock(mutex_);
    Actor* const actor = take_first(first_, last_);
    if (actor != nullptr) {
      queued_.fetch_sub(1);
    }
    return actor;
  }

  void run(Worker& worker) {
    this_worker_ = &worker;
    while (!is_ending_.load(std::memory_order_relaxed)) {
      Actor* actor = std::exchange(worker.run_next, nullptr);
      actor = actor != nullptr ? actor : take_first(worker.first, worker.last);
      actor = actor != nullptr ? actor : take_queued();
      if (actor != nullptr) {
        run(worker, *actor);
      } else {
        wait();
      }
    }
  }

  void wait() {
    for (int i = 0; i < spins_of_a_wake_up; ++i) {
      if (queued_.load(std::memory_order_relaxed) > 0) {
        return;
      }
      relax();
    }
    std::unique_lock lock(mutex_);
    sleepers_.fetch_add(1);
    changed_.wait(lock, [this] { return first_ != nullptr || is_ending_; });
    sleepers_.fetch_sub(1);
  }

  void run(Worker& worker, Actor& actor) {
    for (int left = turn_letters;;) {
      Letter* letters = actor.letters.exchange(nullptr, std::memory_order_acquire);
      if (letters == nullptr) {
        Letter* expected = nullptr;
        if (actor.letters.compare_exchange_strong(expected, idle(), std::memory_order_acq_rel)) {
          return;
        }
        continue;
      }
      Letter* oldest = nullptr;
      while (letters != nullptr) {
        Letter* const next = std::exchange(letters->next, oldest);
        oldest = std::exchange(letters, next);
      }
      while (oldest != nullptr) {
        const Letter letter = *oldest;
        free_letter(std::exchange(oldest, oldest->next));
        handle(actor, letter);
        --left;
      }
      const bool others_wait = worker.run_next != nullptr || worker.first != nullptr || queued_.load() > 0;
      if (left <= 0 && others_wait) {
        queue(actor);
        return;
      }
    }
  }

  void handle(Actor& actor, const Letter& letter) {
    const std::uint64_t seq = letter.payload.seq;
    switch (letter.kind) {
      case Letter::Kind::cast:
        actor.counter.take(seq);
        break;
      case Letter::Kind::get:
        letter.reply->set(actor.counter.count, actor.counter.sum);
        break;
      case Letter::Kind::token:
        ++actor.counter.count;
        if (seq > 0) {
          send(*actor.other, payload_of(seq - 1), Letter::Kind::token, letter.reply);
        } else {
          letter.reply->set(1);
        }
        break;
      case Letter::Kind::call:
        actor.counter.take(seq);
        letter.reply->set(seq + 1);
        break;
      case Letter::Kind::request:
        actor.counter.take(seq);
        send(*actor.other, payload_of(seq + 1), Letter::Kind::response, letter.reply);
        break;
      case Letter::Kind::response:
        take_response(actor, letter);
        break;
    }
  }

  void take_response(Actor& caller, const Letter& letter) {
    const std::uint64_t now = now_ns();
    latencies_->add(now - last_ns_);
    last_ns_ = now;
    if (letter.payload.seq == calls_) {
      letter.reply->set(1);
    } else {
      send(*caller.other, payload_of(letter.payload.seq), Letter::Kind::request, letter.reply);
    }
  }

  static inline thread_local Letter* free_letters_ = nullptr;
  static inline thread_local Worker* this_worker_ = nullptr;

  std::mutex mutex_;
  std::condition_variable changed_;
  Actor* first_ = nullptr;  // both with the mutex held
  Actor* last_ = nullptr;
  std::atomic<std::size_t> queued_{0};
  std::atomic<int> sleepers_{0};
  std::atomic<bool> is_ending_{false};
  std::array<Worker, 2> workers_;

  // Of begin_calls(), then of the actor that calls.
  Latencies* latencies_ = nullptr;
  std::uint64_t calls_ = 0;
  std::uint64_t last_ns_ = 0;
};

}  // namespace bench
