// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/config/diagnostic.hpp"
#include "host/config/source_text.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace baton {

/// How many characters at the start of `source` spell the plain scalar `value` on its first line; at
/// least one.
[[nodiscard]] std::size_t plain_length(std::string_view source, std::string_view value);

/// How many characters the quoted scalar at the start of `source` takes, quotes included. Nothing when it
/// is not closed on its line. `source` starts with a quote.
[[nodiscard]] std::optional<std::size_t> quoted_length(std::string_view source);

/// The error for a quote at `place` that is not closed on its line.
[[nodiscard]] Diagnostic unclosed_quote(Place place);

/// What is wrong when the parser gives up at `place` with `parser_words`, in words that help. Looks for
/// the real cause on the lines before: a parser notices an open quote only where it becomes impossible.
[[nodiscard]] Diagnostic explain_syntax_error(const SourceText& source, Place place,
                                              std::string_view parser_words);

}  // namespace baton
