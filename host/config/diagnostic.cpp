// SPDX-License-Identifier: Apache-2.0
#include "host/config/diagnostic.hpp"

#include "host/config/source_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace baton {
namespace {

constexpr std::size_t shown_max = 120;    // characters of a line
constexpr std::size_t shown_before = 40;  // of them before the place, when the line is cut

/// The sequences that switch colours on and off, or nothing.
struct Palette {
  std::string_view error;
  std::string_view warning;
  std::string_view help;
  std::string_view strong;
  std::string_view off;
};

constexpr Palette coloured = {"\x1b[1;31m", "\x1b[1;33m", "\x1b[1;36m", "\x1b[1m", "\x1b[0m"};

/// The part of a line that is shown, and the column of its first character.
struct Excerpt {
  std::string_view text;
  std::size_t first_column = 1;
};

std::string_view skip_characters(std::string_view text, std::size_t count) {
  for (; count > 0 && !text.empty(); --count) {
    text.remove_prefix(first_character(text).size);
  }
  return text;
}

Excerpt excerpt_around(std::string_view line, std::size_t column) {
  Excerpt excerpt{line, 1};
  if (count_characters(line) > shown_max) {
    if (column > shown_before) {
      excerpt.first_column = column - shown_before;
      excerpt.text = skip_characters(line, excerpt.first_column - 1);
    }
    const std::string_view rest = skip_characters(excerpt.text, shown_max);
    excerpt.text.remove_suffix(rest.size());
  }
  return excerpt;
}

/// One character of the file as one column of the screen, so that the carets stand where they should.
std::string shown(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t size = first_character(text).size;
    const std::string_view character = text.substr(0, size);
    result += character == "\t" ? " " : printable(character) == character ? character : "?";
    text.remove_prefix(size);
  }
  return result;
}

std::string render_place(const Diagnostic& diagnostic, const SourceText& source, std::string_view colour,
                         std::string_view off) {
  const Place& place = diagnostic.place;
  const std::size_t column = std::max<std::size_t>(place.column, 1);
  const Excerpt excerpt = excerpt_around(source.line(place.line), column);
  const std::size_t before = std::min(column - excerpt.first_column, count_characters(excerpt.text));
  const std::size_t visible = std::max(count_characters(excerpt.text), before + 1) - before;
  const std::size_t length = std::clamp<std::size_t>(place.length, 1, visible);
  return fmt::format("{:>4} | {}\n     | {:{}}{}{:^>{}}{}\n", place.line, shown(excerpt.text), "", before,
                     colour, "", length, off);
}

std::string render(const Diagnostic& diagnostic, std::string_view file, const SourceText& source,
                   const Palette& palette) {
  const bool is_error = diagnostic.severity == Diagnostic::Severity::error;
  const std::string_view colour = is_error ? palette.error : palette.warning;
  const Place& place = diagnostic.place;
  const std::string where =
      place.line == 0 ? std::string(file) : fmt::format("{}:{}:{}", file, place.line, place.column);
  std::string result = fmt::format("{}{}: {}{}:{} {}{}{}\n", palette.strong, printable(where), colour,
                                   is_error ? "error" : "warning", palette.off, palette.strong,
                                   printable(diagnostic.message), palette.off);
  if (place.line != 0) {
    result += render_place(diagnostic, source, colour, palette.off);
  }
  if (!diagnostic.help.empty()) {
    result += fmt::format("{}help:{} {}\n", palette.help, palette.off, printable(diagnostic.help));
  }
  return result;
}

std::size_t count_of(const std::vector<Diagnostic>& diagnostics, Diagnostic::Severity severity) {
  return static_cast<std::size_t>(std::ranges::count(diagnostics, severity, &Diagnostic::severity));
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return count_of(diagnostics, Diagnostic::Severity::error) > 0;
}

std::string render_diagnostics(const std::vector<Diagnostic>& diagnostics, std::string_view file,
                               std::string_view source, bool colour) {
  std::vector<const Diagnostic*> sorted;
  sorted.reserve(diagnostics.size());
  for (const Diagnostic& diagnostic : diagnostics) {
    sorted.push_back(&diagnostic);
  }
  std::ranges::stable_sort(sorted, {}, [](const Diagnostic* diagnostic) {
    return std::tuple(diagnostic->place.line, diagnostic->place.column);
  });
  const SourceText text(source);
  std::string result;
  for (const Diagnostic* diagnostic : sorted) {
    result += render(*diagnostic, file, text, colour ? coloured : Palette{});
  }
  return result;
}

std::string count_diagnostics(const std::vector<Diagnostic>& diagnostics) {
  const std::size_t errors = count_of(diagnostics, Diagnostic::Severity::error);
  const std::size_t warnings = count_of(diagnostics, Diagnostic::Severity::warning);
  if (errors > 0 && warnings > 0) {
    return counted(errors, "error") + ", " + counted(warnings, "warning");
  }
  if (errors + warnings == 0) {
    return {};
  }
  return errors > 0 ? counted(errors, "error") : counted(warnings, "warning");
}

}  // namespace baton
