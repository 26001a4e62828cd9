// SPDX-License-Identifier: Apache-2.0
// W3, W4, W5: events through one manager, one event per call of the API. W3b: sync_notify.
#include "bench/common/producers.hpp"
#include "bench/workloads/embedded_host.hpp"
#include "bench/workloads/workloads.hpp"

namespace bench {
namespace {

using namespace baton;

struct Load {
  std::uint64_t events = 0;  // of all producers
  std::size_t producers = 1;
};

void notify_all(EventManager& manager, AtomTable& atoms, std::uint64_t first, std::uint64_t count) {
  Numbered numbered(atoms);
  for (std::uint64_t seq = first; seq < first + count; ++seq) {
    const auto accepted = manager.notify({&numbered(seq), 1});
    require(accepted && *accepted == 1, "an event is accepted");
  }
}

/// When it began.
std::uint64_t send(EventManager& manager, AtomTable& atoms, const Load& load) {
  return send_by(load.producers, load.events,
                 [&](std::uint64_t first, std::uint64_t count) { notify_all(manager, atoms, first, count); });
}

/// The one that counts, once it has had all: order is kept for each sender, and this is another one.
Counter final_count(EventManager& manager, const std::string& id, AtomTable& atoms, std::uint64_t n) {
  const Message get = request_of("get", atoms);
  const std::uint64_t patience_ends = now_ns() + 10'000'000'000U;
  for (;;) {
    const auto counter = plain<Counter>(or_die(manager.call(id, get, infinity)));
    if (counter.count >= n || now_ns() > patience_ends) {
      return counter;
    }
  }
}

void check_order(EmbeddedHost& host, EventManager& manager, Load load) {
  load.events /= 10;
  const std::uint64_t each = load.events / load.producers;
  (void)or_die(manager.add_handler(host.plugins().handler(
      "witness", "WitnessHandler",
      {{"producers", std::to_string(load.producers)}, {"each", std::to_string(each)}})));
  (void)send(manager, host.atoms(), load);
  const Message count = request_of("count", host.atoms());
  require(
      or_die(manager.call("WitnessHandler", count, infinity)).data == std::to_string(each * load.producers),
      "every producer's events come in their order");
}

/// The ids of the handlers, of which the first counts.
std::vector<std::string> add_handlers(EmbeddedHost& host, EventManager& manager, const Run& run) {
  const bool is_batch = has_form(run, "batch");
  const std::string counting = is_batch ? "BatchCountHandler" : "CountHandler";
  std::vector<std::string> counters;
  const std::size_t count = run.name == "W5" ? run.handlers : 1;
  for (std::size_t i = 0; i < count; ++i) {
    counters.push_back("count." + std::to_string(i));
    (void)or_die(manager.add_handler(host.plugins().handler("count", counting, {}, counters.back())));
  }
  if (run.name != "W5") {
    (void)or_die(manager.add_handler(
        host.plugins().handler("append", is_batch ? "BatchAppendHandler" : "AppendHandler")));
  }
  return counters;
}

}  // namespace

void run_notify(const Run& run) {
  const Load load{run.events(1'000'000), run.name == "W4" ? 4U : 1U};
  const std::uint64_t n = load.events;
  EmbeddedHost host;
  const auto manager = host.manager();
  const auto counters = add_handlers(host, *manager, run);
  notify_all(*manager, host.atoms(), 0, n / 10);
  for (const std::string& id : counters) {
    require_counted(n / 10, final_count(*manager, id, host.atoms(), n / 10));
    (void)or_die(manager->call(id, request_of("reset", host.atoms()), infinity));
  }

  const std::uint64_t begin = send(*manager, host.atoms(), load);
  const std::uint64_t sent = now_ns();
  const Counter counter = final_count(*manager, counters.front(), host.atoms(), n);
  const std::uint64_t end = now_ns();
  require_counted(n, counter);
  for (const std::string& id : counters) {
    require_counted(n, final_count(*manager, id, host.atoms(), n));
  }
  if (run.name != "W5") {
    const auto appended =
        or_die(manager->call(has_form(run, "batch") ? "BatchAppendHandler" : "AppendHandler",
                             request_of("count", host.atoms()), infinity));
    require(appended.data == std::to_string(n / 10 + n), "the second handler has them all");
  }
  const auto waiting_max = static_cast<double>(manager->mailbox_counters().waiting_max);
  check_order(host, *manager, load);
  const double ns = per_operation(end - begin, n);
  Result(run.peer, run.workload, n, ns)
      .add("send_ns", per_operation(sent - begin, n))
      .add("ns_per_handler", ns / static_cast<double>(run.handlers))
      .add("waiting_max", waiting_max);
}

void run_sync_notify(const Run& run) {
  const std::uint64_t n = run.operations(100'000);
  EmbeddedHost host;
  const auto manager = host.manager();
  const auto counters = add_handlers(host, *manager, run);
  const Duration limit = has_form(run, "infinity") ? infinity : default_call_timeout;
  Numbered numbered(host.atoms());
  measure_questions(run, n, {}, [&](std::uint64_t seq) {
    const auto outcome = manager->sync_notify({&numbered(seq), 1}, limit);
    require(outcome && outcome->accepted == 1 && outcome->refused == 0, "an event is handled");
  });
  require_asked(n, final_count(*manager, counters.front(), host.atoms(), n + n / 10));
}

}  // namespace bench
