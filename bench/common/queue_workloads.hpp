// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/common/gaps.hpp"
#include "bench/common/producers.hpp"
#include "bench/common/queue_host.hpp"

#include <chrono>
#include <memory>
#include <vector>

/// The workloads on a QueueServer or QueueManager: as on our host, line by line (bench/workloads).
namespace bench {

[[nodiscard]] inline bool takes_batches(const Run& run) {
  return run.peer.find("/batch") != std::string::npos;
}

template <class Box>
void queue_cast(const Run& run) {
  const std::uint64_t n = run.operations(1'000'000);
  QueueServer<Box> server;
  Sender<Box> sender(server.box());
  for (std::uint64_t seq = 0; seq < n / 10; ++seq) {
    sender.send(Letter::Kind::cast, seq);
  }
  require_counted(n / 10, sender.get());
  sender.send(Letter::Kind::reset, 0);
  require_counted(0, sender.get());

  const std::uint64_t begin = now_ns();
  for (std::uint64_t seq = 0; seq < n; ++seq) {
    sender.send(Letter::Kind::cast, seq);
  }
  const std::uint64_t sent = now_ns();
  const Counter counter = sender.get();
  const std::uint64_t end = now_ns();
  require_counted(n, counter);
  Result(run.peer, run.workload, n, per_operation(end - begin, n))
      .add("send_ns", per_operation(sent - begin, n));
}

template <class Box>
void queue_call(const Run& run) {
  const bool is_paced = run.name == "W2p";
  const std::uint64_t n = run.operations(is_paced ? 500 : 100'000);
  QueueServer<Box> server;
  Sender<Box> sender(server.box());
  measure_questions(run, n, std::chrono::milliseconds(is_paced ? 1 : 0), [&](std::uint64_t seq) {
    require(sender.ask(Letter::Kind::rpc, payload_of(seq)) == seq + 1, "a call has its answer");
  });
  require_asked(n, sender.get());
}

template <class Box>
std::unique_ptr<QueueManager<Box>> make_manager(const Run& run) {
  auto manager = std::make_unique<QueueManager<Box>>(takes_batches(run));
  const bench_handler_table& count = load_table("count_table");
  const std::size_t counters = run.name == "W5" ? run.handlers : 1;
  for (std::size_t i = 0; i < counters; ++i) {
    manager->add(count);
  }
  if (run.name != "W5") {
    manager->add(load_table("append_table"));
  }
  manager->start();
  return manager;
}

template <class Box>
void queue_sync_notify(const Run& run) {
  const std::uint64_t n = run.operations(100'000);
  const auto manager = make_manager<Box>(run);
  Sender<Box> sender(manager->box());
  measure_questions(run, n, {},
                    [&](std::uint64_t seq) { (void)sender.ask(Letter::Kind::sync_notify, payload_of(seq)); });
  require_asked(n, sender.get());
}

/// What came since `before`, once there are `n`: order is kept for each sender, and the one who asks is
/// another.
template <class Box>
Counter count_since(Sender<Box>& sender, const Counter& before, std::uint64_t n) {
  const std::uint64_t patience_ends = now_ns() + 10'000'000'000U;
  for (;;) {
    const Counter counter = sender.get();
    if (counter.count - before.count >= n || now_ns() > patience_ends) {
      return {counter.count - before.count, counter.sum - before.sum};
    }
  }
}

template <class Box>
void queue_notify(const Run& run) {
  const std::uint64_t n = run.events(1'000'000);
  const std::size_t producers = run.name == "W4" ? 4 : 1;
  const auto manager = make_manager<Box>(run);
  Sender<Box> sender(manager->box());
  const auto notify = [](Sender<Box>& by, std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t seq = first; seq < first + count; ++seq) {
      by.send(Letter::Kind::notify, seq);
    }
  };
  notify(sender, 0, n / 10);
  const Counter before = sender.get();
  require_counted(n / 10, before);

  const std::uint64_t begin = send_by(producers, n, [&](std::uint64_t first, std::uint64_t count) {
    if (producers == 1) {
      notify(sender, first, count);
    } else {
      Sender<Box> own(manager->box());
      notify(own, first, count);
    }
  });
  const Counter counter = count_since(sender, before, n);
  const std::uint64_t end = now_ns();
  require_counted(n, counter);
  const double ns = per_operation(end - begin, n);
  Result(run.peer, run.workload, n, ns).add("ns_per_handler", ns / static_cast<double>(run.handlers));
}

/// Where the handler that notes its times puts them: there is one such handler in a process.
inline std::vector<std::uint64_t>& tick_times() {
  static std::vector<std::uint64_t> times;
  return times;
}

inline const bench_handler_table& tick_table() {
  static const bench_handler_table table = {
      [] { return static_cast<void*>(&tick_times()); },
      [](void*, const bench_event*) { tick_times().push_back(now_ns()); },
      [](void*, const bench_event* const*, std::size_t count) {
        for (; count > 0; --count) {
          tick_times().push_back(now_ns());
        }
      },
      [](const void*, std::uint64_t*, std::uint64_t*) {},
      [](const void*, void*, std::size_t) { return std::size_t{0}; },
      [](const void*, std::size_t) { return static_cast<void*>(nullptr); },
      [](void*) {},
  };
  return table;
}

/// As our W7, but the requester is the producer, which does not wait for the swap; the manager notes its end.
template <class Box>
void queue_swap(const Run& run) {
  const SwapLoad load{run.operations(SwapLoad::events_usual)};
  const std::string kind = run.name == "W7big" ? "count_large_table" : "count_table";
  const bench_handler_table* versions[] = {&load_table(kind), &load_table(kind + "_2")};
  QueueManager<Box> manager(takes_batches(run));
  manager.add(*versions[0]);
  tick_times().reserve(load.events);
  manager.add(tick_table());
  manager.start();
  Sender<Box> sender(manager.box());

  std::vector<SwapOrder> orders(load.swaps());
  std::vector<ReplySlot> replies(load.swaps());
  std::vector<SwapTime> swaps(load.swaps());
  const std::uint64_t swaps_begin = load.events / 2;
  const std::uint64_t every = SwapLoad::between_swaps_ns / SwapLoad::pace_ns;
  const std::uint64_t begin = now_ns();
  std::uint64_t due = begin;
  std::size_t next = 0;
  for (std::uint64_t seq = 0; seq < load.events; ++seq, due += SwapLoad::pace_ns) {
    while (now_ns() < due) {
      relax();
    }
    sender.send(Letter::Kind::notify, seq);
    if (seq >= swaps_begin && seq % every == 0 && next < orders.size()) {
      orders[next] = {0, versions[(next + 1) % 2]};
      swaps[next].begin = now_ns();
      sender.post(
          {payload_of(reinterpret_cast<std::uintptr_t>(&orders[next])), &replies[next], Letter::Kind::swap});
      ++next;
    }
  }
  require_counted(load.events, count_since(sender, {}, load.events));
  for (std::size_t i = 0; i < next; ++i) {
    swaps[i].end = orders[i].done_ns;
  }
  swaps.resize(next);
  Result result(run.peer, run.workload, next, 0);
  add_swaps(result, swaps, tick_times(), begin + load.baseline_ns());
}

template <class Box>
void queue_boot(const Run& run) {
  const auto manager = make_manager<Box>(run);
  Sender<Box> sender(manager->box());
  sender.send(Letter::Kind::notify, 0);
  require_counted(1, sender.get());
  Result(run.peer, run.workload, 1, 0).add("resident_bytes", static_cast<double>(resident_bytes()));
}

/// The program of a peer that is a queue.
template <class Box>
int run_queue(const Run& run) {
  if (run.name == "W0") {
    queue_boot<Box>(run);
  } else if (run.name == "W1") {
    queue_cast<Box>(run);
  } else if (run.name == "W2" || run.name == "W2p") {
    queue_call<Box>(run);
  } else if (run.name == "W3b") {
    queue_sync_notify<Box>(run);
  } else if (run.name == "W3" || run.name == "W4" || run.name == "W5") {
    queue_notify<Box>(run);
  } else if (run.name == "W7" || run.name == "W7big") {
    queue_swap<Box>(run);
  } else {
    return no_such_workload(run);
  }
  return 0;
}

}  // namespace bench
