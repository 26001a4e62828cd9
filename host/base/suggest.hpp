// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace baton {

/// How many insertions, deletions, replacements and swaps of neighbours lie between two texts
/// (Damerau-Levenshtein, no part edited twice). Case of ASCII letters does not count.
[[nodiscard]] std::size_t edit_distance(std::string_view left, std::string_view right);

/// The candidate that `word` was probably meant to be: the closest one within a third of its length (at least
/// one edit; the first of equally close ones), else the only one that begins with it. Nothing when there is
/// none, or when `word` is over 64 bytes: a suggestion that is not obviously right is worse than none.
[[nodiscard]] std::optional<std::string> closest(std::string_view word,
                                                 std::span<const std::string> candidates);

/// `; did you mean "x"?`, or nothing: the end of an error text about an unknown name.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

}  // namespace baton
