// SPDX-License-Identifier: Apache-2.0
#include "host/app/verb_words.hpp"

#include "host/base/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace baton {
namespace {

constexpr std::array<std::string_view, 6> ending_verbs = {"stop",       "remove", "rollback",
                                                          "quarantine", "exit",   "quit"};

bool takes_next_word(const std::string& word, const VerbDescription& program) {
  return std::any_of(program.options.begin(), program.options.end(), [&word](const VerbOption& option) {
    return !option.value.empty() &&
           std::find(option.names.begin(), option.names.end(), word) != option.names.end();
  });
}

}  // namespace

std::size_t verb_at(std::span<const std::string> words, const VerbDescription& program) {
  std::size_t at = 0;
  while (at < words.size() && words[at].starts_with('-')) {
    at += takes_next_word(words[at], program) ? std::size_t{2} : std::size_t{1};
  }
  return std::min(at, words.size());
}

Invocation host_named_in(std::span<const std::string> words) {
  Invocation named;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto equals = words[i].find('=');
    const std::string name = words[i].substr(0, equals);
    const bool is_next = equals == std::string::npos;
    const std::string value = !is_next               ? words[i].substr(equals + 1)
                              : i + 1 < words.size() ? words[i + 1]
                                                     : std::string();
    if (name == "--socket") {
      named.socket = value;
    } else if (name == "--host") {
      named.host_name = value;
    }
  }
  return named;
}

OutputFormat format_asked_for(std::span<const std::string> words) {
  std::string_view asked;
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const std::string_view word = words[i];
    if (word == "-o" || word == "--output") {
      asked = i + 1 < words.size() ? std::string_view(words[i + 1]) : std::string_view();
    } else if (word.starts_with("--output=")) {
      asked = word.substr(std::string_view("--output=").size());
    } else if (word.starts_with("-o") && word.size() > 2) {
      asked = word.substr(word[2] == '=' ? 3 : 2);
    }
  }
  return asked == "json" ? OutputFormat::json : OutputFormat::text;
}

std::string unknown_verb_text(const std::string& word, const std::vector<std::string>& verbs) {
  const auto near = closest(word, verbs);
  const bool is_harmless =
      near && std::find(ending_verbs.begin(), ending_verbs.end(), *near) == ending_verbs.end();
  return fmt::format("baton: `{}` is no command{}\ncommands: {}\n", word,
                     is_harmless ? fmt::format("; did you mean `{}`?", *near) : "", fmt::join(verbs, ", "));
}

}  // namespace baton
