// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace baton::test {

/// A metric of Prometheus' text exposition format, version 0.0.4.
struct ExposedMetric {
  std::string type;
  std::string help;
  std::map<std::map<std::string, std::string>, double> samples;  // by labels

  [[nodiscard]] std::set<std::string> label_names() const {
    std::set<std::string> names;
    for (const auto& [labels, value] : samples) {
      for (const auto& [name, text] : labels) {
        names.insert(name);
      }
    }
    return names;
  }
};

/// Reads a whole exposition, and fails the test when it is against the grammar, or against what promtool's
/// lint finds: each metric begins with one HELP and one TYPE, its samples follow at once, none is there
/// twice, counters end in _total and nothing else does, times are in seconds and sizes in bytes.
class Exposition {
 public:
  explicit Exposition(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      if (line.empty()) {
        continue;
      }
      if (line.starts_with("# HELP ")) {
        read_help(line);
      } else if (line.starts_with("# TYPE ")) {
        read_type(line);
      } else {
        read_sample(line);
      }
    }
    for (const auto& [name, metric] : metrics_) {
      CAPTURE(name);
      check_name(name, metric);
    }
  }

  [[nodiscard]] const std::map<std::string, ExposedMetric>& metrics() const { return metrics_; }

  /// The value of the sample with exactly these labels; it must be there.
  [[nodiscard]] double value(const std::string& name,
                             const std::map<std::string, std::string>& labels = {}) const {
    const std::optional<double> found = find(name, labels);
    CAPTURE(name, labels);
    REQUIRE(found);
    return *found;
  }

  [[nodiscard]] std::optional<double> find(const std::string& name,
                                           const std::map<std::string, std::string>& labels) const {
    const auto metric = metrics_.find(name);
    if (metric == metrics_.end()) {
      return std::nullopt;
    }
    const auto sample = metric->second.samples.find(labels);
    return sample == metric->second.samples.end() ? std::nullopt : std::optional(sample->second);
  }

 private:
  void read_help(const std::string& line) {
    static const std::regex help("# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\\\]|\\\\\\\\|\\\\n)+)");
    std::smatch match;
    REQUIRE(std::regex_match(line, match, help));
    current_ = match.str(1);
    const auto [place, is_new] = metrics_.emplace(current_, ExposedMetric{});
    REQUIRE(is_new);
    place->second.help = match.str(2);
  }

  void read_type(const std::string& line) {
    static const std::regex type("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge)");
    std::smatch match;
    REQUIRE(std::regex_match(line, match, type));
    REQUIRE(match.str(1) == current_);
    REQUIRE(metrics_.at(current_).type.empty());
    REQUIRE(metrics_.at(current_).samples.empty());
    metrics_.at(current_).type = match.str(2);
  }

  void read_sample(const std::string& line) {
    static const std::regex sample(R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+))re");
    std::smatch match;
    REQUIRE(std::regex_match(line, match, sample));
    REQUIRE(match.str(1) == current_);
    ExposedMetric& metric = metrics_.at(current_);
    REQUIRE_FALSE(metric.type.empty());
    const std::string number = match.str(3);
    char* end = nullptr;
    const double value = std::strtod(number.c_str(), &end);
    REQUIRE(*end == '\0');
    const bool is_new = metric.samples.emplace(labels_of(match.str(2)), value).second;
    REQUIRE(is_new);
  }

  static std::map<std::string, std::string> labels_of(const std::string& text) {
    static const std::regex label(R"re(([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|$))re");
    std::map<std::string, std::string> labels;
    auto at = text.cbegin();
    for (std::smatch match; at != text.cend(); at = match[0].second) {
      REQUIRE(std::regex_search(at, text.cend(), match, label, std::regex_constants::match_continuous));
      REQUIRE_FALSE(match.str(1).starts_with("__"));
      const bool is_new = labels.emplace(match.str(1), match.str(2)).second;
      REQUIRE(is_new);
    }
    return labels;
  }

  static void check_name(const std::string& name, const ExposedMetric& metric) {
    REQUIRE_FALSE(metric.type.empty());
    CHECK(metric.type == (name.ends_with("_total") ? "counter" : "gauge"));
    static const std::regex other_units(
        "_(ms|us|ns|milliseconds|microseconds|kb|mb|kib|mib|percent|minutes)(_|$)");
    CHECK_FALSE(std::regex_search(name, other_units));
    for (const auto& [labels, value] : metric.samples) {
      CHECK((metric.type == "gauge" || value >= 0));
    }
  }

  std::map<std::string, ExposedMetric> metrics_;
  std::string current_;
};

}  // namespace baton::test
