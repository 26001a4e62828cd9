// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/control/verbs.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What a host tells to Prometheus; docs/metrics.md has the list. Labels are names of what runs: managers,
/// handlers, servers, supervisors, and what they are made of. Nothing of an event ever becomes a label.
namespace baton {

enum class MetricKind : std::uint8_t { counter, gauge };

/// "counter", "gauge".
[[nodiscard]] std::string_view metric_kind_name(MetricKind kind);

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

struct MetricSample {
  MetricLabels labels;
  double value = 0;
};

/// A metric with all of its samples, of which there may be none yet.
struct Metric {
  std::string name;
  std::string help;
  MetricKind kind = MetricKind::gauge;
  std::vector<MetricSample> samples;
};

using Metrics = std::vector<Metric>;

/// Asks everything that runs; what is busy has said nothing after a second, and misses the samples that only
/// it knows. Nothing is counted for this but what is counted anyway. Threads: any.
[[nodiscard]] Metrics collect_metrics(Verbs& verbs);

/// Their text exposition format, version 0.0.4.
[[nodiscard]] std::string exposition_of(const Metrics& metrics);

inline constexpr std::string_view exposition_content_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace baton
