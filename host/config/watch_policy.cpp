// SPDX-License-Identifier: Apache-2.0
#include "host/config/watch_policy.hpp"

#include "host/base/suggest.hpp"
#include "host/loader/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>

namespace baton {
namespace {

using Problem = std::optional<std::string>;

constexpr Duration window_max = std::chrono::hours(24);

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

template <class Word>
using Words = std::span<const std::pair<std::string_view, Word>>;

template <class Word>
Problem set_word(std::string_view text, Words<Word> words, Word& target) {
  std::vector<std::string> names;
  for (const auto& [name, word] : words) {
    if (name == text) {
      target = word;
      return std::nullopt;
    }
    names.emplace_back(name);
  }
  return fmt::format("found `{}`{}, expected one of: {}", text, did_you_mean(text, names),
                     fmt::join(names, ", "));
}

Problem set_window(WatchPolicy& policy, std::string_view text) {
  const auto window = parse_duration_ms(text);
  if (!window) {
    return window.error();
  }
  if (*window > window_max.count()) {
    return fmt::format("{} is longer than 24h", text);
  }
  policy.window = Duration(*window);
  return std::nullopt;
}

Problem set_max_errors(WatchPolicy& policy, std::string_view text) {
  policy.max_errors = number_in<std::uint64_t>(text);
  return policy.max_errors ? Problem() : fmt::format("`{}` is not a number of events", text);
}

Problem set_max_error_rate(WatchPolicy& policy, std::string_view text) {
  const bool is_percent = text.ends_with('%');
  std::string_view digits = text.substr(0, text.size() - (is_percent ? 1 : 0));
  while (digits.ends_with(' ')) {
    digits.remove_suffix(1);
  }
  const auto number = number_in<double>(digits);
  const double rate = number ? *number / (is_percent ? 100 : 1) : -1;
  if (!(rate >= 0 && rate <= 1)) {
    return fmt::format("`{}` is not a rate; write for example 0.1% or 0.001", text);
  }
  policy.max_error_rate = rate;
  return std::nullopt;
}

Problem set_p99_factor(WatchPolicy& policy, std::string_view text) {
  const auto factor = number_in<double>(text);
  if (!factor || !(*factor >= 1 && *factor <= 1e6)) {
    return fmt::format("`{}` is not a factor; write for example 3, for three times as long", text);
  }
  policy.p99_factor = factor;
  return std::nullopt;
}

Problem set_back(WatchPolicy& policy, std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, WayBack>, 2> words = {
      {{"converted", WayBack::converted}, {"kept", WayBack::kept}}};
  return set_word<WayBack>(text, words, policy.back);
}

Problem set_redo(WatchPolicy& policy, std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, Redo>, 3> words = {
      {{"none", Redo::none}, {"failed", Redo::failed}, {"all", Redo::all}}};
  return set_word<Redo>(text, words, policy.redo);
}

using Setter = Problem (*)(WatchPolicy&, std::string_view);

constexpr std::array<std::pair<std::string_view, Setter>, 6> setters = {{
    {"window", set_window},
    {"max_errors", set_max_errors},
    {"max_error_rate", set_max_error_rate},
    {"p99_factor", set_p99_factor},
    {"back", set_back},
    {"redo", set_redo},
}};

}  // namespace

std::vector<std::string> watch_keys() {
  std::vector<std::string> keys;
  std::transform(setters.begin(), setters.end(), std::back_inserter(keys),
                 [](const auto& setter) { return std::string(setter.first); });
  return keys;
}

Problem set_watch_key(WatchPolicy& policy, std::string_view key, std::string_view text) {
  const auto* const setter =
      std::find_if(setters.begin(), setters.end(), [key](const auto& known) { return known.first == key; });
  return setter->second(policy, text);
}

Problem problem_of(const WatchPolicy& policy) {
  if (policy.redo == Redo::all && policy.back != WayBack::kept) {
    return "`redo: all` needs `back: kept`: a converted state knows the events already";
  }
  return std::nullopt;
}

}  // namespace baton
