// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// One step of a transcript: what another system was asked, the same as a command of ours, and the lines
/// that both must print.
struct TranscriptStep {
  std::string reference;  // "SimpleQueue.dequeue"; may be empty
  std::string command;    // "call queue dequeue"
  std::vector<std::string> expected;
  std::size_t line = 0;  // of the command, from 1
};

struct Transcript {
  std::string name;
  std::vector<TranscriptStep> steps;
};

/// Reads a transcript. Lines that start with `#` and blank lines are comments, `iex> …` is the reference
/// of the command that follows, `baton> …` a command; every other line is one that it must print.
/// Errors: bad_config with file and line.
[[nodiscard]] Result<Transcript> parse_transcript(std::string_view text, const std::filesystem::path& file);

/// Errors: io_failed, and parse_transcript's.
[[nodiscard]] Result<Transcript> read_transcript(const std::filesystem::path& file);

}  // namespace baton
