// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"
#include "host/loader/manifest.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// What became of one event.
struct TriedEvent {
  std::string verdict;  // as try_child.hpp has it; or what ended the process
  std::string reason;
  double us = 0;
  std::vector<std::string> effects;
};

/// What became of one call.
struct TriedCall {
  nlohmann::ordered_json answer;  // as `baton call -o json` prints it, {"reply"} or {"error"}
  std::vector<std::string> effects;
};

/// What a candidate did with what it was given.
struct Tried {
  std::string type;
  std::string version;
  std::string error;  // it could not be made; or how its process ended before it was through; else empty
  std::vector<std::string> create_effects;
  std::vector<TriedEvent> events;  // fewer than there were, when it ended
  std::vector<TriedCall> calls;    // all, once it was made
  std::optional<std::size_t> state_bytes;
  nlohmann::ordered_json state;  // when it was wanted and is there: as state_documents.hpp has it
  std::string not_saved;         // why it is not there

  [[nodiscard]] std::size_t count(std::string_view verdict) const;
};

/// Runs that offer of `library` with that input (try_child.hpp, but for its kind and name) in a process of
/// its own, at most so long. Waits for it.
[[nodiscard]] Tried try_in_process(const std::filesystem::path& library, const Offer& offer,
                                   nlohmann::ordered_json input, Duration limit);

}  // namespace baton
