// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace baton {

/// What became of one event.
struct ReplayedEvent {
  std::string verdict;  // as replay_child.hpp has it; or what ended the process
  std::string reason;
  double us = 0;
  std::vector<std::string> effects;
};

/// What a candidate did with the events that it was given.
struct Replay {
  std::string type;
  std::string version;
  std::string error;  // it could not be made; or how its process ended before it was through; else empty
  std::vector<ReplayedEvent> events;  // fewer than there were, when it ended
  std::size_t state_bytes = 0;
  bool has_state = false;

  [[nodiscard]] std::size_t count(std::string_view verdict) const;
};

/// Runs `library` with that input (replay_child.hpp) in a process of its own, at most so long. Waits for it.
[[nodiscard]] Replay replay_in_process(const std::filesystem::path& library,
                                       const nlohmann::ordered_json& input, Duration limit);

}  // namespace baton
