// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/control/metrics.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What metrics are gathered with. For the metrics*.cpp only.
namespace baton {

/// One metric of many subjects, and how its value is got of one; nothing: not known.
template <class Subject>
struct Measure {
  std::string_view name;
  MetricKind kind;
  std::string_view help;
  std::optional<double> (*value)(const Subject& subject);
};

/// Adds a metric for each measure, with a sample of each subject, whose labels `labels_of` tells.
template <class Subject, class LabelsOf>
void add_measures(Metrics& metrics, std::span<const Measure<Subject>> measures,
                  const std::vector<Subject>& subjects, LabelsOf labels_of) {
  for (const Measure<Subject>& measure : measures) {
    Metric metric{std::string(measure.name), std::string(measure.help), measure.kind, {}};
    for (const Subject& subject : subjects) {
      if (const std::optional<double> value = measure.value(subject)) {
        metric.samples.push_back({labels_of(subject), *value});
      }
    }
    metrics.push_back(std::move(metric));
  }
}

/// A value that is known.
[[nodiscard]] std::optional<double> some(std::uint64_t value);

/// A value that is known of a manager or server that has answered.
template <class State>
std::optional<double> known(const State& state, std::uint64_t value) {
  return state.is_busy ? std::nullopt : some(value);
}

/// A process whose name nobody gave: there may be ever new ones of them.
[[nodiscard]] bool is_anonymous(const std::string& name);

/// The plugin that a library is; empty for what is linked in.
[[nodiscard]] std::string plugin_of(const HostStatus& status, std::uint64_t library);

/// What each overflow policy has cost a mailbox; `labels` name its process.
void add_dropped(Metric& metric, const MetricLabels& labels, const MailboxCounters& mailbox);

// Each adds its part.
void add_manager_metrics(Metrics& metrics, const HostStatus& status);
void add_server_metrics(Metrics& metrics, const HostStatus& status,
                        const std::vector<SupervisorState>& supervisors);
void add_supervisor_metrics(Metrics& metrics, const std::vector<SupervisorState>& supervisors);

}  // namespace baton
