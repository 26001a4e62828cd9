// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// A place in a file. Lines and columns from 1, columns and length in characters; line 0: no place.
struct Place {
  std::size_t line = 0;
  std::size_t column = 0;
  std::size_t length = 1;
};

/// One thing that is wrong with a file: what was found, what was expected, and what to do.
struct Diagnostic {
  enum class Severity : std::uint8_t { error, warning };
  Severity severity = Severity::error;
  Place place;
  std::string message;
  std::string help;  // empty, or a suggestion
};

/// At least one is an error: the file cannot be used.
[[nodiscard]] bool has_errors(const std::vector<Diagnostic>& diagnostics);

/// `file:line:col: error: message`, the line itself, carets under the place, and `help: …`. One after
/// the other in the order of their places. `source` is the file's text, as ReadConfig has it. Whatever
/// the file contains, nothing but printable characters comes out (and `colour`, when asked for).
[[nodiscard]] std::string render_diagnostics(const std::vector<Diagnostic>& diagnostics,
                                             std::string_view file, std::string_view source,
                                             bool colour = false);

/// `5 errors`, `1 error, 2 warnings`; empty when there are none.
[[nodiscard]] std::string count_diagnostics(const std::vector<Diagnostic>& diagnostics);

}  // namespace baton
