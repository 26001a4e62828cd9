// SPDX-License-Identifier: Apache-2.0
#include "host/app/words.hpp"

#include <fmt/format.h>

namespace baton {
namespace {

constexpr std::string_view blanks = " \t\r\n";

/// Appends what lies between the quotes that open at `at`; leaves `at` behind the closing one.
Result<void> take_quoted(std::string_view line, std::size_t& at, std::string& word) {
  const std::size_t begin = at;
  const char quote = line[at++];
  for (; at < line.size() && line[at] != quote; ++at) {
    const bool is_escape = quote == '"' && line[at] == '\\' && at + 1 < line.size() &&
                           (line[at + 1] == '"' || line[at + 1] == '\\');
    if (is_escape) {
      ++at;
    }
    word += line[at];
  }
  if (at == line.size()) {
    return fail(Errc::bad_request, fmt::format("the quote {} at column {} is not closed", quote, begin + 1));
  }
  ++at;
  return {};
}

Result<std::string> take_word(std::string_view line, std::size_t& at) {
  std::string word;
  while (at < line.size() && blanks.find(line[at]) == std::string_view::npos) {
    if (line[at] == '\'' || line[at] == '"') {
      if (auto quoted = take_quoted(line, at, word); !quoted) {
        return fail(quoted.error());
      }
      continue;
    }
    if (line[at] == '\\' && at + 1 < line.size()) {
      ++at;
    }
    word += line[at++];
  }
  return word;
}

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view line) {
  std::vector<std::string> words;
  for (std::size_t at = line.find_first_not_of(blanks); at < line.size();
       at = line.find_first_not_of(blanks, at)) {
    auto word = take_word(line, at);
    if (!word) {
      return fail(word.error());
    }
    words.push_back(std::move(*word));
  }
  return words;
}

}  // namespace baton
