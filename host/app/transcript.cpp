// SPDX-License-Identifier: Apache-2.0
#include "host/app/transcript.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace baton {
namespace {

constexpr std::string_view reference_prompt = "iex> ";
constexpr std::string_view command_prompt = "baton> ";

}  // namespace

Result<Transcript> parse_transcript(std::string_view text, const std::filesystem::path& file) {
  Transcript transcript;
  transcript.name = file.stem().string();
  std::istringstream lines{std::string(text)};
  std::string reference;
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    if (line.empty() || line.front() == '#') {
      continue;
    }
    if (line.starts_with(reference_prompt)) {
      reference = line.substr(reference_prompt.size());
    } else if (line.starts_with(command_prompt)) {
      transcript.steps.push_back(
          {std::exchange(reference, {}), line.substr(command_prompt.size()), {}, number});
    } else if (transcript.steps.empty()) {
      return fail(Errc::bad_config, fmt::format("{}:{}: a line of output before the first `{}`",
                                                file.string(), number, command_prompt));
    } else {
      transcript.steps.back().expected.push_back(line);
    }
  }
  if (transcript.steps.empty()) {
    return fail(Errc::bad_config,
                fmt::format("{}: no `{}` line: nothing to play", file.string(), command_prompt));
  }
  return transcript;
}

Result<Transcript> read_transcript(const std::filesystem::path& file) {
  std::ifstream input(file, std::ios::binary);
  if (!input) {
    return fail(Errc::io_failed, fmt::format("cannot read {}: {}", file.string(), std::strerror(errno)));
  }
  std::ostringstream text;
  text << input.rdbuf();
  return parse_transcript(text.str(), file);
}

}  // namespace baton
