// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/workloads/plugins.hpp"
#include "host/runtime/registry.hpp"
#include "host/runtime/runtime.hpp"
#include "host/runtime/thread_pool.hpp"
#include "host/runtime/timer_thread.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/// A host as a program embeds it: everything as it is by default. Senders wait for room as long as it takes.
class EmbeddedHost {
 public:
  EmbeddedHost() = default;

  ~EmbeddedHost() {
    for (const auto& process : registry_.all()) {
      (void)process->stop(baton::ExitReason::shutdown(), baton::infinity);
    }
  }

  EmbeddedHost(const EmbeddedHost&) = delete;
  EmbeddedHost& operator=(const EmbeddedHost&) = delete;

  [[nodiscard]] Plugins& plugins() { return plugins_; }

  [[nodiscard]] baton::AtomTable& atoms() { return atoms_; }

  std::shared_ptr<baton::EventManager> manager(const std::string& name = {}) {
    baton::EventManagerOptions options;
    options.process.block_timeout = patience;
    return or_die(baton::EventManager::start(runtime_, name, options));
  }

  std::shared_ptr<baton::ServerProcess> server(baton::ServerSpec spec) {
    spec.process.block_timeout = patience;
    return or_die(baton::ServerProcess::start(runtime_, std::move(spec)));
  }

 private:
  static constexpr baton::Duration patience = std::chrono::minutes(10);

  // In the order of construction: processes end before the libraries that they run.
  Plugins plugins_;
  baton::SystemClock clock_;
  baton::AtomTable atoms_;
  baton::Registry registry_;
  baton::ThreadPool scheduler_{0};
  baton::TimerThread timers_{clock_};
  baton::Runtime runtime_{clock_, plugins_.log(), scheduler_, timers_, registry_, atoms_};
};

}  // namespace bench
