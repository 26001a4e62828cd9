// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"
#include "host/config/diagnostic.hpp"
#include "host/config/yaml_tree.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace baton {

/// A word of the file and what it means.
template <class T>
struct Choice {
  std::string_view word;
  T value;
};

/// The least and the most that a value may be, both included.
template <class T>
struct Range {
  T least;
  T most;
};

/// Turns scalars of a file into values and collects what is wrong with them. What cannot be read leaves
/// its target as it was, so that defaults are whatever the structs say. `refused` nodes are passed over.
class ValueReader {
 public:
  /// `folder` is what relative paths are relative to; absolute.
  explicit ValueReader(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void error(Place place, std::string message, std::string help = {});
  void warning(Place place, std::string message, std::string help = {});

  [[nodiscard]] std::vector<Diagnostic> take_diagnostics() { return std::move(diagnostics_); }

  /// Nothing when the node is no list (map); then that has been said. No value at all is an empty one, so
  /// that people can comment out all entries.
  [[nodiscard]] bool is_list(const YamlNode& node, std::string_view example);
  [[nodiscard]] bool is_map(const YamlNode& node, std::string_view example);

  void text(const YamlNode& node, std::string_view expected, std::string& target);

  /// Decimal, without quotes. `unit` is what it counts.
  template <class T>
  void whole_number(const YamlNode& node, Range<T> range, std::string_view unit, T& target) {
    if (const auto value = number_in(node, {range.least, range.most}, unit)) {
      target = static_cast<T>(*value);
    }
  }

  void duration(const YamlNode& node, Range<Duration> range, Duration& target);
  void size(const YamlNode& node, Range<std::uint64_t> range, std::size_t& target);

  template <class T>
  void choice(const YamlNode& node, std::span<const Choice<T>> choices, T& target) {
    std::vector<std::string> words;
    for (const Choice<T>& choice : choices) {
      words.emplace_back(choice.word);
    }
    if (const auto index = index_in(node, words)) {
      target = choices[*index].value;
    }
  }

  /// Absolute and without `.` and `..`. Nothing is expanded.
  void path(const YamlNode& node, std::filesystem::path& target);

  /// The name of a process or the id of a handler, wherever it is written.
  [[nodiscard]] bool is_name(std::string_view name, Place place, std::string_view what);

 private:
  std::optional<std::uint64_t> number_in(const YamlNode& node, Range<std::uint64_t> range,
                                         std::string_view unit);
  std::optional<std::size_t> index_in(const YamlNode& node, const std::vector<std::string>& words);
  [[nodiscard]] bool is_scalar(const YamlNode& node, std::string_view expected);
  void out_of_range(const YamlNode& node, std::string_view least, std::string_view most);

  const std::filesystem::path folder_;
  std::vector<Diagnostic> diagnostics_;
};

/// "64MiB": as people would write it.
[[nodiscard]] std::string format_size(std::uint64_t bytes);

}  // namespace baton
