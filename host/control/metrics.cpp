// SPDX-License-Identifier: Apache-2.0
// Metrics of the host itself, and all of them together.
#include "host/control/metrics.hpp"

#include "host/control/api_documents.hpp"
#include "host/control/config_control.hpp"
#include "host/control/metric_parts.hpp"
#include "host/control/process_usage.hpp"

#include <baton/abi.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace baton {
namespace {

constexpr auto counter = MetricKind::counter;
constexpr auto gauge = MetricKind::gauge;

void add(Metrics& metrics, const char* name, MetricKind kind, const char* help,
         std::vector<MetricSample> samples) {
  metrics.push_back({name, help, kind, std::move(samples)});
}

void add(Metrics& metrics, const char* name, MetricKind kind, const char* help, double value) {
  add(metrics, name, kind, help, std::vector<MetricSample>{{{}, value}});
}

double number(std::uint64_t value) {
  return static_cast<double>(value);
}

double count_libraries(const HostStatus& status, LibraryState state) {
  return static_cast<double>(std::ranges::count(status.libraries, state, &LibraryRecord::state));
}

void add_host_metrics(Metrics& metrics, Verbs& verbs, const HostStatus& status) {
  add(metrics, "baton_build_info", gauge, "1; the labels say which baton this is.",
      {{{{"version", status.facts.version}, {"abi", fmt::format("{}.{}", BATON_ABI_MAJOR, BATON_ABI_MINOR)}},
        1}});
  add(metrics, "baton_degraded", gauge, "1 when a manager is degraded.", is_degraded(status) ? 1 : 0);
  add(metrics, "baton_crashes_total", counter, "Crashes of handlers.", number(verbs.crash_count()));
  add(metrics, "baton_libraries", gauge, "Plugin libraries that are mapped, by state.",
      {{{{"state", "loaded"}}, count_libraries(status, LibraryState::loaded)},
       {{{"state", "pinned"}}, count_libraries(status, LibraryState::pinned)}});
  add(metrics, "baton_library_loads_total", counter, "Plugin libraries that have been loaded.",
      number(status.libraries.empty() ? 0 : status.libraries.back().serial));
  add(metrics, "baton_refused_files", gauge, "Files of the plugin directories that are refused.",
      number(status.refused_files.size()));
  add(metrics, "baton_quarantined_files", gauge, "Contents of plugin files that are in quarantine.",
      number(verbs.quarantine().list().size()));
}

/// Without samples when the host has no config file.
void add_config_metrics(Metrics& metrics, const ConfigControl* config) {
  constexpr double micro = 1e-6;
  const ApplyCounts counts = config == nullptr ? ApplyCounts() : config->apply_counts();
  const auto of_config = [config](std::vector<MetricSample> samples) {
    return config == nullptr ? std::vector<MetricSample>() : std::move(samples);
  };
  add(metrics, "baton_config_generation", gauge, "Generation of the config that is applied.",
      of_config({{{}, config == nullptr ? 0 : number(config->generation())}}));
  add(metrics, "baton_config_applies_total", counter,
      "Configs that were applied, and those that were refused or taken back, by result.",
      of_config(
          {{{{"result", "ok"}}, number(counts.done)}, {{{"result", "failed"}}, number(counts.failed)}}));
  add(metrics, "baton_config_last_apply_successful", gauge,
      "1 when the last config that was to be applied was applied.",
      of_config({{{}, counts.is_last_done ? 1.0 : 0.0}}));
  add(metrics, "baton_config_last_apply_success_timestamp_seconds", gauge,
      "When a config was applied for the last time, since 1970.",
      of_config({{{}, static_cast<double>(counts.last_done_us) * micro}}));
}

constexpr std::array usage_measures = {
    Measure<ProcessUsage>{"process_cpu_seconds_total", counter,
                          "Total user and system CPU time spent in seconds.",
                          [](const ProcessUsage& usage) {
                            return std::optional(usage.cpu_seconds);
                          }},
    Measure<ProcessUsage>{"process_start_time_seconds", gauge,
                          "Start time of the process since unix epoch in seconds.",
                          [](const ProcessUsage& usage) {
                            return std::optional(usage.start_time_seconds);
                          }},
    Measure<ProcessUsage>{"process_resident_memory_bytes", gauge, "Resident memory size in bytes.",
                          [](const ProcessUsage& usage) {
                            return some(usage.resident_bytes);
                          }},
    Measure<ProcessUsage>{"process_virtual_memory_bytes", gauge, "Virtual memory size in bytes.",
                          [](const ProcessUsage& usage) {
                            return some(usage.virtual_bytes);
                          }},
    Measure<ProcessUsage>{"process_threads", gauge, "Number of OS threads in the process.",
                          [](const ProcessUsage& usage) {
                            return some(usage.threads);
                          }},
    Measure<ProcessUsage>{"process_open_fds", gauge, "Number of open file descriptors.",
                          [](const ProcessUsage& usage) {
                            return some(usage.open_files);
                          }},
    Measure<ProcessUsage>{"process_max_fds", gauge, "Maximum number of open file descriptors.",
                          [](const ProcessUsage& usage) {
                            return some(usage.open_files_max);
                          }},
};

}  // namespace

std::string_view metric_kind_name(MetricKind kind) {
  return kind == MetricKind::counter ? "counter" : "gauge";
}

std::optional<double> some(std::uint64_t value) {
  return static_cast<double>(value);
}

bool is_anonymous(const std::string& name) {
  return name.starts_with('<');
}

std::string plugin_of(const HostStatus& status, std::uint64_t library) {
  const auto found = std::ranges::find(status.libraries, library, &LibraryRecord::serial);
  return library == 0 || found == status.libraries.end() ? std::string() : found->plugin;
}

void add_dropped(Metric& metric, const MetricLabels& labels, const MailboxCounters& mailbox) {
  for (const auto& [policy, count] :
       {std::pair("reject", mailbox.rejected), std::pair("drop_newest", mailbox.dropped_newest),
        std::pair("drop_oldest", mailbox.dropped_oldest)}) {
    metric.samples.push_back({labels, number(count)});
    metric.samples.back().labels.emplace_back("policy", policy);
  }
}

Metrics collect_metrics(Verbs& verbs) {
  const HostStatus status = verbs.status();
  const std::vector<SupervisorState> supervisors = verbs.supervisors();
  Metrics metrics;
  add_host_metrics(metrics, verbs, status);
  add_config_metrics(metrics, verbs.config());
  add_manager_metrics(metrics, status);
  add_server_metrics(metrics, status, supervisors);
  add_supervisor_metrics(metrics, supervisors);
  const std::optional<ProcessUsage> usage = process_usage();
  add_measures<ProcessUsage>(metrics, usage_measures,
                             usage ? std::vector{*usage} : std::vector<ProcessUsage>(),
                             [](const ProcessUsage&) { return MetricLabels(); });
  return metrics;
}

}  // namespace baton
