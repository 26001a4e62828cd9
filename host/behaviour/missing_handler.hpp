// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/restart_policy.hpp"
#include "host/runtime/timers.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

/// For the event_manager*.cpp only.
namespace baton {

/// What a place remembers from one instance to the next, when its policy is to restart it.
struct EventManager::Recovery {
  explicit Recovery(const CrashPolicy& policy) : delays(policy.backoff) {}

  RestartIntensity intensity;
  BackoffDelays delays;
  std::uint64_t failures = 0;  // in a row
  SteadyTime started{};        // when the instance was made
  std::uint64_t restarts = 0;
  std::uint64_t missed = 0;  // events
  // Of restart_with_state:
  std::optional<State> saved;  // while it was healthy
  std::uint64_t saved_at_event = 0;
  SteadyTime saved_at{};  // or tried to
  SteadyTime failed_save_logged_at{};

  /// What is saved is of another state than the one that the place has now.
  void forget_saved() {
    saved = std::nullopt;
    saved_at = {};
  }
};

/// A handler that has crashed and is not there.
struct EventManager::Missing {
  MissingHandler info;
  HandlerSpec spec;  // with backing_off, as all below
  std::uint64_t rank = 0;
  std::unique_ptr<Recovery> recovery;
  OwnerRef owner;             // who gets the next instance
  std::uint64_t attempt = 0;  // which a timer that fires is compared with
  TimerId timer = 0;
  SteadyTime due{};

  [[nodiscard]] bool is_waiting() const { return info.why == MissingHandler::Why::backing_off; }
};

/// A failure of a callback.
struct EventManager::CrashSite {
  std::string_view callback;
  const Message& message;
  std::string_view reason;
  bool is_bad_return = false;
  std::size_t behind = 0;  // events of the batch that came behind the one it crashed on
};

}  // namespace baton
