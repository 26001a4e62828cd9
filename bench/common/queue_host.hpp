// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/common/measure.hpp"
#include "bench/common/spin.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <dlfcn.h>
#include <span>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

extern "C" {
#include "bench/common/handler_table.h"
}

/// The least host there can be around a queue: one thread that takes messages out of a mailbox, as a server
/// or as an event manager. What is measured with it is the queue. It has no limits on callbacks, no links, no
/// crash wall, no counters.
///
/// A Box is a mailbox: `Box::Producer` is made from it once for each sending thread, and `push(letter)`
/// returns nothing, or whether the consumer had to be woken; `drain(take)` gives at least one letter to
/// `take(Letter* const*, n)`, and waits for it; `Box::spins` says how long a caller looks for its reply
/// before it parks.
namespace bench {

constexpr std::size_t batch_max = 256;

struct Letter {
  enum class Kind : std::uint64_t { cast, rpc, get, reset, notify, sync_notify, swap, stop };

  Payload payload{};
  ReplySlot* reply = nullptr;
  Kind kind = Kind::cast;
};

static_assert(sizeof(Letter) == 48);
static_assert(sizeof(bench_event) == sizeof(Payload));

[[nodiscard]] inline const bench_event* event_of(const Letter& letter) {
  return reinterpret_cast<const bench_event*>(&letter.payload);
}

/// Handlers stay loaded until the process ends.
inline const bench_handler_table& load_table(const std::string& name) {
  void* library =
      dlopen((std::string(BENCH_TABLES) + "/bench_" + name + ".so").c_str(), RTLD_NOW | RTLD_LOCAL);
  require(library != nullptr, "a handler's library can be loaded");
  const void* table = dlsym(library, BENCH_HANDLER_SYMBOL);
  require(table != nullptr, "a handler's library has a table");
  return *static_cast<const bench_handler_table*>(table);
}

/// One producer's end, which can also ask.
template <class Box>
class Sender {
 public:
  explicit Sender(Box& box) : producer_(box) {}

  void send(Letter::Kind kind, std::uint64_t seq) { (void)push({payload_of(seq), nullptr, kind}); }

  Counter get() {
    ReplySlot reply;
    const int spins = push({payload_of(0), &reply, Letter::Kind::get});
    const std::uint64_t count = reply.wait(spins);
    return {count, reply.second()};
  }

  std::uint64_t ask(Letter::Kind kind, const Payload& payload) {
    ReplySlot reply;
    return reply.wait(push({payload, &reply, kind}));
  }

  void post(const Letter& letter) { (void)push(letter); }

 private:
  /// How long to look for a reply. Not at all when the consumer had to be woken: on few cores the caller
  /// would keep it from running.
  int push(const Letter& letter) {
    if constexpr (std::is_same_v<decltype(producer_.push(letter)), bool>) {
      return producer_.push(letter) ? 0 : Box::spins;
    } else {
      producer_.push(letter);
      return Box::spins;
    }
  }

  typename Box::Producer producer_;
};

template <class Box>
class QueueServer {
 public:
  QueueServer() : thread_([this] { run(); }) {}

  ~QueueServer() {
    Sender<Box>(box_).send(Letter::Kind::stop, 0);
    thread_.join();
  }

  QueueServer(const QueueServer&) = delete;
  QueueServer& operator=(const QueueServer&) = delete;

  [[nodiscard]] Box& box() { return box_; }

 private:
  void run() {
    bool is_stopped = false;
    while (!is_stopped) {
      box_.drain([&](Letter* const* letters, std::size_t count) {
        for (Letter* const letter : std::span(letters, count)) {
          is_stopped = handle(*letter) || is_stopped;
        }
      });
    }
  }

  /// True: it is to stop.
  bool handle(const Letter& letter) {
    switch (letter.kind) {
      case Letter::Kind::cast:
        counter_.take(letter.payload.seq);
        break;
      case Letter::Kind::rpc:
        counter_.take(letter.payload.seq);
        letter.reply->set(letter.payload.seq + 1);
        break;
      case Letter::Kind::get:
        letter.reply->set(counter_.count, counter_.sum);
        break;
      case Letter::Kind::reset:
        counter_ = {};
        break;
      default:
        return letter.kind == Letter::Kind::stop;
    }
    return false;
  }

  Box box_;
  Counter counter_;
  std::thread thread_;
};

/// What a swap in a QueueManager takes; the letter's payload has its address.
struct SwapOrder {
  std::size_t index;
  const bench_handler_table* to;
  std::uint64_t done_ns = 0;
};

template <class Box>
class QueueManager {
 public:
  explicit QueueManager(bool takes_batches) : takes_batches_(takes_batches) {}

  ~QueueManager() {
    Sender<Box>(box_).send(Letter::Kind::stop, 0);
    thread_.join();
    for (const Slot& slot : slots_) {
      slot.table->destroy(slot.state);
    }
  }

  QueueManager(const QueueManager&) = delete;
  QueueManager& operator=(const QueueManager&) = delete;

  /// Before start().
  void add(const bench_handler_table& table) { slots_.push_back({&table, table.create()}); }

  void start() {
    thread_ = std::thread([this] { run(); });
  }

  [[nodiscard]] Box& box() { return box_; }

 private:
  struct Slot {
    const bench_handler_table* table;
    void* state;
  };

  /// Events that are given to the handlers together.
  struct Pending {
    std::array<const bench_event*, batch_max> events;
    std::size_t count = 0;
  };

  void run() {
    bool is_stopped = false;
    while (!is_stopped) {
      box_.drain([&](Letter* const* letters, std::size_t count) {
        Pending pending;
        for (Letter* const letter : std::span(letters, count)) {
          if (letter->kind == Letter::Kind::notify && takes_batches_) {
            pending.events[pending.count++] = event_of(*letter);
            continue;
          }
          flush(pending);
          is_stopped = handle(*letter) || is_stopped;
        }
        flush(pending);
      });
    }
  }

  void flush(Pending& pending) {
    if (pending.count > 0) {
      for (const Slot& slot : slots_) {
        slot.table->handle_events(slot.state, pending.events.data(), pending.count);
      }
      pending.count = 0;
    }
  }

  void deliver(const Letter& letter) {
    for (const Slot& slot : slots_) {
      slot.table->handle_event(slot.state, event_of(letter));
    }
  }

  /// True: it is to stop.
  bool handle(const Letter& letter) {
    switch (letter.kind) {
      case Letter::Kind::notify:
        deliver(letter);
        break;
      case Letter::Kind::sync_notify:
        deliver(letter);
        letter.reply->set(1);
        break;
      case Letter::Kind::get: {
        Counter counter;
        slots_[0].table->get(slots_[0].state, &counter.count, &counter.sum);
        letter.reply->set(counter.count, counter.sum);
        break;
      }
      case Letter::Kind::swap:
        swap(*reinterpret_cast<SwapOrder*>(letter.payload.seq));
        letter.reply->set(1);
        break;
      default:
        return letter.kind == Letter::Kind::stop;
    }
    return false;
  }

  void swap(SwapOrder& order) {
    Slot& slot = slots_[order.index];
    const std::size_t bytes = slot.table->save(slot.state, buffer_.data(), buffer_.size());
    void* const next = order.to->load(buffer_.data(), bytes);
    slot.table->destroy(slot.state);
    slot = {order.to, next};
    order.done_ns = now_ns();
  }

  const bool takes_batches_;
  Box box_;
  std::vector<Slot> slots_;
  std::vector<char> buffer_ = std::vector<char>(std::size_t{4} << 20U);
  std::thread thread_;
};

}  // namespace bench
