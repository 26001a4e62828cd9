// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/server_process.hpp"
#include "host/runtime/atoms.hpp"
#include "host/runtime/registry.hpp"
#include "host/runtime/runtime.hpp"
#include "host/runtime/thread_pool.hpp"
#include "host/runtime/timer_thread.hpp"
#include "tests/support/code_of.hpp"
#include "tests/support/recording_log.hpp"

#include <utility>

namespace baton::test {

/// Everything a process needs, with real threads and real time.
struct ThreadedHost {
  explicit ThreadedHost(std::size_t workers = 2, ThreadMaker make_thread = {})
      : scheduler(workers, &log, std::move(make_thread)) {}

  ~ThreadedHost() {
    for (const auto& process : registry.all()) {
      (void)process->stop(ExitReason::shutdown(), infinity);
    }
  }

  SystemClock clock;
  RecordingLog log;
  AtomTable atoms;
  Registry registry;
  ThreadPool scheduler;
  TimerThread timers{clock};
  Runtime runtime{clock, log, scheduler, timers, registry, atoms};

  /// A message of this type; `type` must be a literal or outlive the message.
  Message message(std::string_view type, std::string_view data = {}) {
    Message message{};
    message.type = to_str(type);
    message.data = to_bytes(data);
    return with_atom(message, atoms);
  }
};

}  // namespace baton::test
