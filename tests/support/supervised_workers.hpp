// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/supervisor.hpp"
#include "tests/support/manual_host.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace baton::test {

/// How a worker of a test behaves; may be changed before each start.
struct WorkerScript {
  bool ignores = false;                  // its start
  int failing_starts = 0;                // so many, then it starts
  Duration slow{0};                      // how long it takes to end when told to
  bool is_deaf = false;                  // it never ends when told to
  std::optional<ExitReason> stops_with;  // instead of the reason that it is given
  std::function<void()> on_up;           // at the end of its start
};

/// A process that writes what happens to it into the trace of its test, as "a up", "a down(shutdown)" and
/// "a given up": OTP's supervisor_1.
class Worker final : public Process {
 public:
  Worker(Runtime& runtime, const std::string& name, std::vector<std::string>& trace, WorkerScript script)
      : Process(runtime, name, {}), trace_(trace), script_(std::move(script)) {}

  /// It ends by itself.
  void leave(const ExitReason& reason) {
    post([this, reason] { down(reason); });
  }

 private:
  void handle_messages(std::span<const Message> /*messages*/) override {}

  void handle_stop(ExitReason reason) override {
    if (script_.is_deaf) {
      return;
    }
    if (script_.slow == Duration(0)) {
      down(script_.stops_with.value_or(reason));
      return;
    }
    const std::weak_ptr<Process> weak = shared_from_this();
    runtime().timers.start(script_.slow, [weak, this, reason] {
      if (const auto self = weak.lock()) {
        leave(reason);
      }
    });
  }

  void handle_abandoned() override { trace_.push_back(name() + " given up"); }

  void down(const ExitReason& reason) {
    trace_.push_back(fmt::format("{} down({})", name(), to_string(reason)));
    end(reason);
  }

  std::vector<std::string>& trace_;
  const WorkerScript script_;
};

/// Supervisors with workers, without threads and without time.
struct SupervisedWorkers {
  using Trace = std::vector<std::string>;

  Trace trace;  // outlives the host
  std::map<std::string, WorkerScript> scripts;
  ManualHost host;

  Result<StartedChild> start_worker(const std::string& name) {
    WorkerScript& script = scripts[name];
    if (script.ignores) {
      trace.push_back(name + " ignored");
      return fail(Errc::ignored, "not today");
    }
    if (script.failing_starts > 0) {
      --script.failing_starts;
      trace.push_back(name + " failed");
      return fail(Errc::init_failed, "cannot");
    }
    auto worker = std::make_shared<Worker>(host.runtime, name, trace, script);
    if (auto added = host.registry.add(worker); !added) {
      return fail(added.error());
    }
    trace.push_back(name + " up");
    if (script.on_up) {
      script.on_up();
    }
    return StartedChild(worker);
  }

  ChildSpec child(const std::string& id, Restart restart = Restart::permanent) {
    ChildSpec spec;
    spec.id = id;
    spec.restart = restart;
    spec.start = [this, id] {
      return start_worker(id);
    };
    return spec;
  }

  ChildSpec child(const std::string& id, Restart restart, Duration shutdown) {
    ChildSpec spec = child(id, restart);
    spec.shutdown = shutdown;
    return spec;
  }

  ChildSpec significant_child(const std::string& id, Restart restart) {
    ChildSpec spec = child(id, restart);
    spec.significant = true;
    return spec;
  }

  /// The one specification of a simple_one_for_one supervisor; a child's id is "any:1", "any:2", …
  ChildSpec any(Restart restart = Restart::permanent) {
    ChildSpec spec;
    spec.id = "any";
    spec.restart = restart;
    spec.start_dynamic = [this](const DynamicChild& child) {
      if (!child.argument.empty()) {
        trace.push_back(child.id + " gets " + child.argument);
      }
      return start_worker(child.id);
    };
    return spec;
  }

  /// A supervisor as a child.
  ChildSpec supervisor(const std::string& id, SupervisorOptions options, std::vector<ChildSpec> children,
                       Restart restart = Restart::permanent) {
    ChildSpec spec;
    spec.id = id;
    spec.restart = restart;
    spec.type = ChildType::supervisor;
    spec.start = [this, id, options, children] {
      return Supervisor::start(host.runtime, id, options, children);
    };
    return spec;
  }

  std::shared_ptr<Supervisor> start(SupervisorOptions options, std::vector<ChildSpec> children) {
    auto started = Supervisor::start(host.runtime, "sup", options, std::move(children));
    if (!started) {
      FAIL(started.error().text);
    }
    return *started;
  }

  std::shared_ptr<Worker> worker(const std::string& name) {
    auto found = std::dynamic_pointer_cast<Worker>(host.registry.whereis(name));
    REQUIRE(found);
    return found;
  }

  bool is_up(const std::string& name) { return host.registry.whereis(name) != nullptr; }

  /// A worker ends by itself, and everybody does what follows.
  void leave(const std::string& name, const ExitReason& reason) {
    worker(name)->leave(reason);
    host.scheduler.run_all();
  }

  void crash(const std::string& name) { leave(name, ExitReason::error("crashed")); }

  /// As OTP's exit(Pid, kill) by somebody.
  void kill(const std::string& name) {
    worker(name)->abandon();
    host.scheduler.run_all();
  }

  void stop(const std::shared_ptr<Supervisor>& supervisor) {
    REQUIRE(supervisor->stop(ExitReason::shutdown(), infinity));
    host.scheduler.run_all();
  }

  /// What has happened since the last time.
  Trace news() { return std::exchange(trace, {}); }

  /// As news(), sorted: when nothing orders it.
  Trace news_in_any_order() {
    std::ranges::sort(trace);
    return news();
  }

  /// "c:stopped b:restarting a:up", newest first.
  static std::string children_of(Supervisor& supervisor) {
    const auto infos = supervisor.which_children();
    REQUIRE(infos);
    static const char* const states[] = {"stopped", "up", "restarting"};
    std::string text;
    for (const ChildInfo& info : *infos) {
      text += fmt::format("{}{}:{}", text.empty() ? "" : " ", info.id,
                          states[static_cast<std::size_t>(info.state)]);
    }
    return text;
  }

  static ChildCounts counts_of(Supervisor& supervisor) {
    const auto counts = supervisor.count_children();
    REQUIRE(counts);
    return *counts;
  }

  /// The reasons in the records of that name, by child: "a crashed".
  Trace reports(std::string_view context) {
    Trace lines;
    for (const auto& record : host.log.all(context)) {
      lines.push_back(record.fields.at("child") + " " + record.fields.at("reason"));
    }
    return lines;
  }
};

/// Options of a supervisor that puts up with `max_restarts` within 5 s.
inline SupervisorOptions options_of(Strategy strategy, std::uint32_t max_restarts = 5,
                                    AutoShutdown auto_shutdown = AutoShutdown::never) {
  SupervisorOptions options;
  options.strategy = strategy;
  options.max_restarts = max_restarts;
  options.auto_shutdown = auto_shutdown;
  return options;
}

}  // namespace baton::test

namespace Catch {

template <>
struct StringMaker<baton::ChildCounts> {
  static std::string convert(const baton::ChildCounts& counts) {
    return fmt::format("{} specs, {} active, {} supervisors, {} workers", counts.specs, counts.active,
                       counts.supervisors, counts.workers);
  }
};

}  // namespace Catch
