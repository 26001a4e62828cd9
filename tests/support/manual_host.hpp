// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/server_process.hpp"
#include "host/behaviour/supervisor.hpp"
#include "host/runtime/atoms.hpp"
#include "host/runtime/registry.hpp"
#include "host/runtime/runtime.hpp"
#include "tests/support/code_of.hpp"
#include "tests/support/manual_scheduler.hpp"
#include "tests/support/recording_log.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

namespace baton::test {

/// Everything a process needs, without threads and without time. The test's own thread is the sender.
struct ManualHost {
  explicit ManualHost(std::uint64_t seed = 0) : scheduler(clock, seed) {}

  ~ManualHost() {
    // Supervisors first: they would start their children again.
    for (const auto& process : registry.all()) {
      if (std::dynamic_pointer_cast<Supervisor>(process)) {
        (void)process->stop(ExitReason::shutdown(), infinity);
      }
    }
    for (const auto& process : registry.all()) {
      (void)process->stop(ExitReason::shutdown(), infinity);
    }
  }

  ManualClock clock;
  RecordingLog log;
  ManualScheduler scheduler;
  Registry registry;
  AtomTable atoms;
  Runtime runtime{clock, log, scheduler, scheduler, registry, atoms};

  /// A message whose views live as long as this host.
  Message message(const std::string& type, const std::string& data = {}) {
    kept_.push_back(std::make_unique<std::pair<std::string, std::string>>(type, data));
    Message message{};
    message.type = to_str(kept_.back()->first);
    message.data = to_bytes(kept_.back()->second);
    message.content_type = BATON_TEXT_PLAIN;
    return with_atom(message, atoms);
  }

  std::shared_ptr<EventManager> manager(EventManagerOptions options = {}, const std::string& name = "log") {
    auto started = EventManager::start(runtime, name, options);
    REQUIRE(started);
    return *started;
  }

 private:
  std::vector<std::unique_ptr<std::pair<std::string, std::string>>> kept_;
};

}  // namespace baton::test
