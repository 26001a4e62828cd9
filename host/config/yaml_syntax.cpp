// SPDX-License-Identifier: Apache-2.0
#include "host/config/yaml_syntax.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace baton {
namespace {

Diagnostic error_at(Place place, std::string message, std::string help) {
  return {Diagnostic::Severity::error, place, std::move(message), std::move(help)};
}

/// What yaml-cpp says, and what we say.
struct Phrase {
  std::string_view parser_words;
  std::string_view message;
  std::string_view help;
};

constexpr std::array phrases = {
    Phrase{"illegal map value", "a `:` where no value can start",
           "does the line before lack its `:`? A text with `: ` in it needs quotes"},
    Phrase{"illegal map key", "a key where none can start", "is it indented like its neighbours?"},
    Phrase{"end of map not found", "this does not belong to the keys before it",
           "indent it as they are; a text that starts with a quote must also end with one"},
    Phrase{"end of sequence not found", "this does not belong to the list before it",
           "indent it as the other entries and start it with `- `"},
    Phrase{"end of map flow not found", "a `{` before this is not closed", "close it with `}`"},
    Phrase{"end of sequence flow not found", "a `[` before this is not closed", "close it with `]`"},
    Phrase{"illegal flow end", "a bracket is closed that was not opened",
           "remove it, or put the text in quotes"},
    Phrase{"illegal block entry", "a list entry where none can start",
           "put the list on a line of its own, below its key"},
    Phrase{"unknown token", "no value can start with this character", "put the text in quotes"},
    Phrase{"the referenced anchor is not defined", "an alias (`*`), which is not supported here",
           "write out what it stands for, or put the text in quotes"},
    Phrase{"bad file", "nested too deeply", "is it the right file?"},
};

/// As quoted_length, in bytes.
std::optional<std::size_t> quoted_bytes(std::string_view source) {
  const char quote = source.front();
  for (std::size_t i = 1; i < source.size() && source[i] != '\n'; ++i) {
    const char next = i + 1 < source.size() ? source[i + 1] : '\n';
    const bool is_escape = quote == '"' && source[i] == '\\' && next != '\n';
    const bool is_doubled = quote == '\'' && source[i] == quote && next == quote;
    if (is_escape || is_doubled) {
      ++i;  // the next one is no end
    } else if (source[i] == quote) {
      return i + 1;
    }
  }
  return std::nullopt;
}

/// Walks over one line and keeps track of where a scalar may start, so that the quote of "it's" is none.
/// Takes the line as it looks, which is wrong inside block scalars: for lines of broken files only.
class LineWalker {
 public:
  explicit LineWalker(std::string_view line) : line_(line) {}

  /// The byte where a quote starts that is not closed on this line.
  std::optional<std::size_t> find_unclosed_quote() {
    while (at_ < line_.size() && !at_comment()) {
      const char c = line_[at_];
      if (is_value_due_ && (c == '"' || c == '\'')) {
        const std::optional<std::size_t> length = quoted_bytes(line_.substr(at_));
        if (!length) {
          return at_;
        }
        at_ += *length;
        is_value_due_ = false;
      } else {
        pass(c);
        ++at_;
      }
    }
    return std::nullopt;
  }

 private:
  bool at_comment() const { return line_[at_] == '#' && (at_ == 0 || line_[at_ - 1] == ' '); }

  bool before_blank() const { return at_ + 1 == line_.size() || line_[at_ + 1] == ' '; }

  void pass(char c) {
    if (c == ' ') {
      return;
    }
    if (is_value_due_ && (c == '[' || c == '{')) {
      ++brackets_;
    } else if (brackets_ > 0 && (c == ']' || c == '}')) {
      --brackets_;
      is_value_due_ = false;
    } else {
      is_value_due_ = (c == ':' && before_blank()) || (c == ',' && brackets_ > 0) ||
                      (c == '-' && is_value_due_ && before_blank());
    }
  }

  std::string_view line_;
  std::size_t at_ = 0;
  std::size_t brackets_ = 0;
  bool is_value_due_ = true;
};

std::optional<Place> unclosed_quote_before(const SourceText& source, std::size_t line_number) {
  for (std::size_t number = 1; number <= line_number; ++number) {
    const std::string_view line = source.line(number);
    if (const auto at = LineWalker(line).find_unclosed_quote()) {
      return Place{number, count_characters(line.substr(0, *at)) + 1, 1};
    }
  }
  return std::nullopt;
}

}  // namespace

std::size_t plain_length(std::string_view source, std::string_view value) {
  const auto [end, ignored] = std::ranges::mismatch(source, value);
  const auto same = static_cast<std::size_t>(end - source.begin());
  return std::max<std::size_t>(1, count_characters(source.substr(0, same)));
}

std::optional<std::size_t> quoted_length(std::string_view source) {
  const std::optional<std::size_t> bytes = quoted_bytes(source);
  return bytes ? std::optional(count_characters(source.substr(0, *bytes))) : std::nullopt;
}

Diagnostic unclosed_quote(Place place) {
  return error_at(place, "this quote is not closed on its line",
                  "close it; for a text of several lines write `|` and indent the lines below");
}

Diagnostic explain_syntax_error(const SourceText& source, Place place, std::string_view parser_words) {
  if (const std::optional<Place> quote = unclosed_quote_before(source, place.line)) {
    return unclosed_quote(*quote);
  }
  const auto* const phrase = std::ranges::find(phrases, parser_words, &Phrase::parser_words);
  if (phrase == phrases.end()) {
    return error_at(place, fmt::format("this is not YAML: {}", parser_words), "");
  }
  return error_at(place, std::string(phrase->message), std::string(phrase->help));
}

}  // namespace baton
