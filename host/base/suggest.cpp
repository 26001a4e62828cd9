// SPDX-License-Identifier: Apache-2.0
#include "host/base/suggest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace baton {
namespace {

constexpr std::size_t word_size_max = 64;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same(char left, char right) {
  return lower(left) == lower(right);
}

std::size_t edits_allowed(std::string_view word) {
  return std::max<std::size_t>(1, word.size() / 3);
}

bool is_beginning_of(std::string_view word, std::string_view candidate) {
  return word.size() < candidate.size() && std::equal(word.begin(), word.end(), candidate.begin(), same);
}

/// The only candidate that begins with `word`: "warn" is short for "warning", not a misspelling of it.
std::optional<std::string> only_completion(std::string_view word, std::span<const std::string> candidates) {
  const auto begins = [word](const std::string& candidate) {
    return is_beginning_of(word, candidate);
  };
  const auto found = std::find_if(candidates.begin(), candidates.end(), begins);
  if (found == candidates.end() || std::any_of(found + 1, candidates.end(), begins)) {
    return std::nullopt;
  }
  return *found;
}

}  // namespace

std::size_t edit_distance(std::string_view left, std::string_view right) {
  // Three rows of the classic table are enough: a swap looks back two.
  std::vector<std::size_t> before(right.size() + 1);
  std::vector<std::size_t> above(right.size() + 1);
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= left.size(); ++i) {
    before.swap(above);
    above.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (same(left[i - 1], right[j - 1]) ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && same(left[i - 1], right[j - 2]) && same(left[i - 2], right[j - 1])) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
  }
  return row[right.size()];
}

std::optional<std::string> closest(std::string_view word, std::span<const std::string> candidates) {
  if (word.empty() || word.size() > word_size_max) {
    return std::nullopt;
  }
  const std::string* best = nullptr;
  std::size_t best_distance = edits_allowed(word) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > word_size_max) {
      continue;
    }
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = &candidate;
      best_distance = distance;
    }
  }
  return best == nullptr ? only_completion(word, candidates) : std::optional<std::string>(*best);
}

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
  const std::optional<std::string> suggestion = closest(word, candidates);
  return suggestion ? "; did you mean \"" + *suggestion + "\"?" : std::string();
}

}  // namespace baton
