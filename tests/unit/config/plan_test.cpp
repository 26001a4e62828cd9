// SPDX-License-Identifier: Apache-2.0
#include "host/config/plan.hpp"

#include "host/config/config_reader.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace baton;

namespace {

using Steps = std::vector<std::string>;

/// The plugins of these tests: every type there is has an option `limit`, and a version that can be raised.
struct Plugins {
  std::map<std::string, std::string> versions;
  bool has_hot = false;  // `speed` is hot, `limit` is not
  std::uint32_t state_writes = 0;

  [[nodiscard]] OfferedLookup lookup() const {
    return [this](OfferKind kind, const std::string& type, const std::filesystem::path& file) {
      Offer offer;
      offer.kind = kind;
      offer.name = type;
      offer.state_writes = state_writes;
      OptionSpec limit;
      limit.name = "limit";
      limit.type = OptionType::integer;
      offer.options.push_back(limit);
      if (has_hot) {
        OptionSpec speed = limit;
        speed.name = "speed";
        speed.is_hot = true;
        offer.options.push_back(speed);
      }
      const auto raised = versions.find(type);
      const std::string version = !file.empty()              ? "0.9.0"
                                  : raised == versions.end() ? "1.0.0"
                                                             : raised->second;
      return Result<Offered>(Offered{offer, version});
    };
  }
};

HostShape shape(const std::string& yaml, const Plugins& plugins = {}) {
  const ReadConfig read = parse_config(yaml, "/etc/baton/baton.yaml");
  for (const Diagnostic& diagnostic : read.diagnostics) {
    INFO(diagnostic.message);
    REQUIRE(diagnostic.severity != Diagnostic::Severity::error);
  }
  auto made = shape_of(read.config, plugins.lookup());
  REQUIRE(made);
  return *made;
}

Steps steps_of(const Plan& plan) {
  Steps steps;
  for (const PlanStep& step : plan.steps) {
    steps.push_back(std::string(plan_action_name(step.action)) + " " + step.target + ": " + step.what + " (" +
                    step.reason + ")");
  }
  return steps;
}

/// From a host that runs the one file to the other.
Steps steps(const std::string& from, const std::string& to) {
  return steps_of(make_plan(shape(from), shape(from), shape(to)));
}

const std::string one_log = "managers: {log: {handlers: [A, B]}}\nservers: {queue: {type: Q}}\n";

}  // namespace

TEST_CASE("the same config is an empty plan, and everything is unchanged", "[plan]") {
  const Plan plan = make_plan(shape(one_log), shape(one_log), shape(one_log));
  CHECK(plan.is_empty());
  CHECK(plan.unchanged == Steps{"queue", "log"});
  CHECK(plan.later.empty());
}

TEST_CASE("what does not change the meaning of a file is no change", "[plan]") {
  CHECK(steps(one_log,
              "# a comment\nservers:\n  queue:\n    type: Q\nmanagers:\n  log:\n    capacity: 65536\n"
              "    handlers:\n      - {type: A, id: A, options: {limit: 0}}\n      - B\n")
            .empty());
}

TEST_CASE("a handler that is new, one that is gone", "[plan]") {
  CHECK(steps(one_log, "managers: {log: {handlers: [A, {type: C, id: c}]}}\nservers: {queue: {type: Q}}\n") ==
        Steps{"add log/c: C 1.0.0 (new in the file)", "remove log/B: B 1.0.0 (not in the file any more)"});
}

TEST_CASE("a plan says whose state is lost", "[plan]") {
  Plugins plugins;
  plugins.state_writes = 1;
  const auto plan = [&plugins](const std::string& to) {
    return make_plan(shape(one_log, plugins), shape(one_log, plugins), shape(to, plugins));
  };

  const Plan swap = plan("managers: {log: {handlers: [A, {type: C, id: B}]}}\nservers: {queue: {type: Q}}\n");
  CHECK(steps_of(swap) == Steps{"swap log/B: B 1.0.0 -> C 1.0.0, its state is lost (the file changed)"});
  CHECK(swap.steps[0].loses_state);
  CHECK(steps_of(plan("managers: {log: {handlers: [A]}}\n")) ==
        Steps{"remove log/B: B 1.0.0, its state is lost (not in the file any more)",
              "remove queue: Q 1.0.0, its state is lost (not in the file any more)"});
  CHECK(steps_of(plan("servers: {queue: {type: Q}}\n")) ==
        Steps{"remove log: 2 handlers, its state is lost (not in the file any more)"});
}

TEST_CASE("other options reconfigure, and say which", "[plan]") {
  CHECK(steps(one_log,
              "managers: {log: {handlers: [{type: A, options: {limit: 5}}, B]}}\n"
              "servers: {queue: {type: Q, options: {limit: 7}}}\n") ==
        Steps{"reconfigure queue: limit 0 -> 7 (the file changed)",
              "reconfigure log/A: limit 0 -> 5 (the file changed)"});
}

TEST_CASE("hot options are changed without a swap, unless another one changes with them", "[plan]") {
  Plugins hot;
  hot.has_hot = true;
  const auto step = [&hot](const std::string& log, const std::string& queue) {
    const HostShape to =
        shape("managers: {log: {handlers: [" + log + ", B]}}\nservers: {queue: " + queue + "}\n", hot);
    return make_plan(shape(one_log, hot), shape(one_log, hot), to);
  };
  const std::string same = "{type: Q}";

  const Plan both = step("{type: A, options: {speed: 5}}", "{type: Q, options: {speed: 7}}");
  CHECK(steps_of(both) == Steps{"reconfigure queue: speed 0 -> 7, without a swap (the file changed)",
                                "reconfigure log/A: speed 0 -> 5, without a swap (the file changed)"});
  CHECK(both.steps[0].without_swap);
  CHECK(both.steps[1].without_swap);

  const Plan mixed = step("{type: A, options: {speed: 5, limit: 1}}", same);
  CHECK(steps_of(mixed) == Steps{"reconfigure log/A: limit 0 -> 1, speed 0 -> 5 (the file changed)"});
  CHECK_FALSE(mixed.steps[0].without_swap);

  const Plan with_rules = step("{type: A, options: {speed: 5}, on_crash: restart}", same);
  CHECK(steps_of(with_rules) == Steps{"reconfigure log/A: speed 0 -> 5, without a swap (the file changed)",
                                      "adjust log/A: on_crash remove -> restart (the file changed)"});
}

TEST_CASE("what runs says which of its options are hot, not the file that lies there now", "[plan]") {
  Plugins hot;
  hot.has_hot = true;
  const std::string faster =
      "managers: {log: {handlers: [{type: A, options: {speed: 5}}, B]}}\nservers: {queue: {type: Q}}\n";
  HostShape running = shape(one_log, hot);
  for (HandlerShape& handler : running.managers[0].handlers) {
    handler.made_of.hot_options.clear();
  }

  CHECK(steps_of(make_plan(running, running, shape(faster, hot))) ==
        Steps{"reconfigure log/A: speed 0 -> 5 (the file changed)"});
}

TEST_CASE("another type under the same id is a swap", "[plan]") {
  CHECK(steps(one_log, "managers: {log: {handlers: [{type: C, id: A}, B]}}\nservers: {queue: {type: R}}\n") ==
        Steps{"swap queue: Q 1.0.0 -> R 1.0.0 (the file changed)",
              "swap log/A: A 1.0.0 -> C 1.0.0 (the file changed)"});
}

TEST_CASE("a newer version in the plugin directories is a swap", "[plan]") {
  Plugins newer;
  newer.versions = {{"A", "2.0.0"}};
  CHECK(steps_of(make_plan(shape(one_log), shape(one_log), shape(one_log, newer))) ==
        Steps{"swap log/A: A 1.0.0 -> 2.0.0 (the plugin directories offer 2.0.0)"});
}

TEST_CASE("handlers in another order are put in order, and nothing else happens to them", "[plan]") {
  CHECK(steps(one_log, "managers: {log: {handlers: [B, A]}}\nservers: {queue: {type: Q}}\n") ==
        Steps{"reorder log: B, A (the order of the file)"});
}

TEST_CASE("a handler that is new at the end needs no reordering, one in front of others does", "[plan]") {
  CHECK(steps("managers: {log: {handlers: [A, B]}}\n", "managers: {log: {handlers: [A, B, C]}}\n") ==
        Steps{"add log/C: C 1.0.0 (new in the file)"});
  CHECK(steps("managers: {log: {handlers: [A, B]}}\n", "managers: {log: {handlers: [A, C]}}\n") ==
        Steps{"add log/C: C 1.0.0 (new in the file)", "remove log/B: B 1.0.0 (not in the file any more)"});
  CHECK(steps("managers: {log: {handlers: [A, B]}}\n", "managers: {log: {handlers: [C, A, B]}}\n") ==
        Steps{"add log/C: C 1.0.0 (new in the file)", "reorder log: C, A, B (the order of the file)"});
}

TEST_CASE("processes that are new and that are gone, what goes comes last", "[plan]") {
  CHECK(steps(one_log, "managers: {audit: {handlers: [A]}}\nservers: {other: {type: Q}}\n") ==
        Steps{"start other: Q 1.0.0 (new in the file)", "start audit: 1 handler (new in the file)",
              "remove log: 2 handlers (not in the file any more)",
              "remove queue: Q 1.0.0 (not in the file any more)"});
}

TEST_CASE("what a process can change while it runs adjusts it, and its handlers are unchanged", "[plan]") {
  CHECK(steps(one_log,
              "managers: {log: {capacity: 10, capacity_bytes: 1MiB, overflow: reject, handlers: [A, B]}}\n"
              "servers: {queue: {type: Q, batch: 1, hibernate_after: 1s, options: {limit: 3}}}\n") ==
        Steps{"adjust queue: batch 256 -> 1, hibernate_after 0ms -> 1s (the file changed)",
              "adjust log: capacity 65536 -> 10, capacity_bytes 64MiB -> 1MiB, overflow block -> reject (the "
              "file "
              "changed)",
              "reconfigure queue: limit 0 -> 3 (the file changed)"});
}

TEST_CASE("what a manager records is adjusted while it runs", "[plan]") {
  CHECK(steps(one_log,
              "managers: {log: {record: 500, record_bytes: 1MiB, handlers: [A, B]}}\n"
              "servers: {queue: {type: Q}}\n") ==
        Steps{"adjust log: record 0 -> 500, record_bytes 64MiB -> 1MiB (the file changed)"});
}

TEST_CASE("what a process cannot change while it runs restarts it, with its handlers", "[plan]") {
  CHECK(steps(one_log,
              "managers: {log: {thread: own, capacity: 10, handlers: [A, C]}}\n"
              "servers: {queue: {type: Q, batch: 1, thread: own, options: {limit: 3}}}\n") ==
        Steps{"restart queue: thread shared -> own (the file changed)",
              "restart log: thread shared -> own (the file changed)"});
}

TEST_CASE("what a supervisor does about its children changes without touching them", "[plan]") {
  const std::string changed =
      "supervision: {max_restarts: 5}\nmanagers: {log: {restart: transient, shutdown: 1s, handlers: [A, "
      "B]}}\n"
      "servers: {queue: {type: Q}}\n";
  const Plan plan = make_plan(shape(one_log), shape(one_log), shape(changed));
  CHECK(steps_of(plan) == Steps{"supervise root: max_restarts 1 -> 5, log.restart permanent -> transient, "
                                "log.shutdown default -> 1000ms (the file changed)"});
  CHECK(plan.unchanged == Steps{"queue", "log"});
}

TEST_CASE("what starts behind others that it is to be in front of is put in order", "[plan]") {
  CHECK(steps(one_log,
              "managers: {log: {handlers: [A, B]}}\nservers: {queue: {type: Q}, other: {type: Q}}\n") ==
        Steps{"start other: Q 1.0.0 (new in the file)",
              "supervise root: order queue, other, log (the file changed)"});
}

TEST_CASE("a name that another kind of process takes is free before it is taken", "[plan]") {
  CHECK(steps("managers: {x: {}}\n", "servers: {x: {type: Q}}\n") ==
        Steps{"stop x: 0 handlers (it becomes a server)", "start x: Q 1.0.0 (the file changed)"});
}

TEST_CASE("a new supervisor starts what is below it, which is stopped where it runs now", "[plan]") {
  CHECK(steps(one_log, one_log + "supervisors: {work: {children: [queue, log]}}\n") ==
        Steps{"stop log: 2 handlers (its place in the tree changed)",
              "stop queue: Q 1.0.0 (its place in the tree changed)",
              "start work: with 2 children (new in the file)"});
}

TEST_CASE("a child of another supervisor that runs is restarted there", "[plan]") {
  const std::string both = one_log + "supervisors: {a: {children: [queue]}, b: {children: []}}\n";
  const std::string moved = one_log + "supervisors: {a: {children: []}, b: {children: [queue]}}\n";
  CHECK(steps(both, moved) ==
        Steps{"restart queue: from below a to below b (its place in the tree changed)"});
}

TEST_CASE("a supervisor that goes leaves its children to the root, or takes them along", "[plan]") {
  const std::string below = one_log + "supervisors: {work: {children: [queue, log]}}\n";
  CHECK(steps(below, one_log) ==
        Steps{"restart queue: from below work to below root (its place in the tree changed)",
              "restart log: from below work to below root (its place in the tree changed)",
              "remove work: with 2 children (not in the file any more)"});
  CHECK(steps(below, "managers: {other: {}}\n") ==
        Steps{"start other: 0 handlers (new in the file)",
              "remove work: with 2 children (not in the file any more)"});
}

TEST_CASE("a supervisor at another place is stopped and started with all that is below it", "[plan]") {
  const std::string tree = one_log + "supervisors: {top: {children: [work]}, work: {children: [queue]}}\n";
  const std::string flat = one_log + "supervisors: {top: {children: []}, work: {children: [queue]}}\n";
  CHECK(steps(tree, flat) == Steps{"stop work: with 1 child (its place in the tree changed)",
                                   "start work: with 1 child (its place in the tree changed)"});
}

TEST_CASE("what somebody changed by hand is told apart from what the file changed", "[plan]") {
  const HostShape applied = shape(one_log);
  const HostShape by_hand = shape(
      "managers: {log: {handlers: [{type: A, options: {limit: 9}}, C]}, extra: {}}\n"
      "servers: {queue: {type: R}}\n");
  CHECK(steps_of(make_plan(applied, by_hand, applied)) ==
        Steps{"swap queue: R 1.0.0 -> Q 1.0.0 (changed by hand)",
              "reconfigure log/A: limit 9 -> 0 (changed by hand)",
              "add log/B: B 1.0.0 (in the file, but it does not run)",
              "remove log/C: C 1.0.0 (not in the file: added by hand)",
              "remove extra: 0 handlers (not in the file: added by hand)"});
}

TEST_CASE("a process that was stopped by hand is started", "[plan]") {
  CHECK(steps_of(make_plan(shape(one_log), shape("managers: {log: {handlers: [A, B]}}\n"), shape(one_log))) ==
        Steps{"start queue: Q 1.0.0 (in the file, but it does not run)",
              "supervise root: order queue, log (the file changed)"});
}

TEST_CASE("what only a start of the host reads is no step, and is told", "[plan]") {
  const Plan plan =
      make_plan(shape(one_log), shape(one_log),
                shape("host: {workers: 3, log_level: debug}\nplugins: {trial: false}\n" + one_log));
  CHECK(plan.is_empty());
  CHECK(plan.later ==
        Steps{"host.workers 0 -> 3", "host.log_level info -> debug", "plugins.trial true -> false"});
}

TEST_CASE("what is said of a handler's place is adjusted without a swap", "[plan]") {
  CHECK(
      steps(
          one_log,
          "managers: {log: {handlers: [{type: A, on_crash: restart, max_restarts: 5, canary: 10}, "
          "{type: B, on_new: swap, watch: {window: 30s, max_errors: 3}}]}}\nservers: {queue: {type: Q}}\n") ==
      Steps{
          "adjust log/A: on_crash remove -> restart, max_restarts 3 -> 5, canary 0 -> 10 (the file changed)",
          "adjust log/B: on_new as the directory says -> swap, watch none -> {window: 30s, max_errors: 3, "
          "back: converted, redo: failed} "
          "(the file changed)"});
}

TEST_CASE("what is said of a server's place is adjusted with its mailbox", "[plan]") {
  CHECK(steps("servers: {queue: {type: Q}}\n",
              "servers: {queue: {type: Q, batch: 5, on_new: swap, canary: 10, watch: {window: 30s}}}\n") ==
        Steps{"adjust queue: batch 256 -> 5, on_new as the directory says -> swap, canary 0 -> 10, "
              "watch none -> {window: 30s, back: converted, redo: failed} (the file changed)"});
}

TEST_CASE("a swap takes what is said of the place along", "[plan]") {
  CHECK(steps(one_log,
              "managers: {log: {handlers: [{type: A, options: {limit: 5}, on_crash: restart}, B]}}\n"
              "servers: {queue: {type: Q}}\n") ==
        Steps{"reconfigure log/A: limit 0 -> 5, on_crash remove -> restart (the file changed)"});
}
