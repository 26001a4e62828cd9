// SPDX-License-Identifier: Apache-2.0
// What a real host tells to Prometheus, and that the docs list it.
#include "tests/support/exposition.hpp"
#include "tests/system/running_host.hpp"

#include <cmath>
#include <ctime>

using namespace baton::test;

namespace {

/// A row of a table in docs/metrics.md.
struct DocumentedMetric {
  std::string type;
  std::set<std::string> labels;
};

std::map<std::string, DocumentedMetric> documented() {
  static const std::regex row(R"re(\| `([a-z_]+)` \| (counter|gauge) \| ([^|]*)\| [^|]+ \|)re");
  static const std::regex word("`([a-z_]+)`");
  std::ifstream file(BATON_SOURCE "/docs/metrics.md");
  REQUIRE(file);
  std::map<std::string, DocumentedMetric> metrics;
  for (std::string line; std::getline(file, line);) {
    std::smatch match;
    if (std::regex_match(line, match, row)) {
      DocumentedMetric& metric = metrics[match.str(1)];
      metric.type = match.str(2);
      const std::string labels = match.str(3);
      for (std::sregex_iterator label(labels.begin(), labels.end(), word), end; label != end; ++label) {
        metric.labels.insert(label->str(1));
      }
    }
  }
  return metrics;
}

/// A host with one of each, in which a handler crashes on the event `throw`.
struct MeasuredHost : Place {
  MeasuredHost() {
    const std::string plugins = path("plugins").string();
    shell("cp " PLUGIN_event_throws " " PLUGIN_simple_queue " " PLUGIN_counter_v1 " " + plugins);
    start(config(
        "managers: {log: {handlers: [{type: FixtureHandler, id: geo}, {type: CounterHandler, id: c}]}}\n"
        "servers: {queue: {type: SimpleQueue}}\n",
        plugins));
  }

  [[nodiscard]] Exposition scrape() const { return Exposition(verb("metrics").output); }
};

const std::map<std::string, std::string> of_geo = {{"manager", "log"}, {"handler", "geo"}};

}  // namespace

TEST_CASE_METHOD(MeasuredHost, "every metric of docs/metrics.md is in the output of a host, and no other",
                 "[metrics]") {
  REQUIRE(verb("swap log/c " PLUGIN_counter_v2).code == 0);
  const Exposition seen = scrape();
  const auto docs = documented();
  CHECK(docs.size() > 50);
  for (const auto& [name, metric] : docs) {
    CAPTURE(name);
    const auto found = seen.metrics().find(name);
    REQUIRE(found != seen.metrics().end());
    CHECK(found->second.type == metric.type);
    REQUIRE_FALSE(found->second.samples.empty());
    CHECK(found->second.label_names() == metric.labels);
  }
  for (const auto& [name, metric] : seen.metrics()) {
    CAPTURE(name);
    CHECK(docs.contains(name));
  }
}

TEST_CASE_METHOD(MeasuredHost, "the crash of a handler moves its metrics", "[metrics]") {
  verb("sync-notify log msg");
  Exposition seen = scrape();
  CHECK(seen.value("baton_handler_crashes_total", of_geo) == 0);
  CHECK(seen.value("baton_handler_events_handled_total", of_geo) == 1);
  CHECK(seen.value("baton_degraded") == 0);
  CHECK(seen.value("baton_handler_info", {{"manager", "log"},
                                          {"handler", "geo"},
                                          {"plugin", "fixture"},
                                          {"type", "FixtureHandler"},
                                          {"version", "1.0.0"}}) == 1);

  verb("sync-notify log throw");
  seen = scrape();
  CHECK(seen.value("baton_handler_crashes_total", of_geo) == 1);
  CHECK(seen.value("baton_crashes_total") == 1);
  CHECK(seen.value("baton_degraded") == 1);
  CHECK(seen.value("baton_manager_degraded", {{"manager", "log"}}) == 1);
  CHECK(seen.value("baton_handler_state", {{"manager", "log"}, {"handler", "geo"}, {"state", "removed"}}) ==
        1);
  CHECK(seen.value("baton_handler_events_handled_total", {{"manager", "log"}, {"handler", "c"}}) == 2);

  verb("crash clear log/geo");
  seen = scrape();
  CHECK_FALSE(seen.find("baton_handler_crashes_total", of_geo));
  CHECK(seen.value("baton_crashes_total") == 1);
  CHECK(seen.value("baton_degraded") == 0);
}

TEST_CASE_METHOD(MeasuredHost, "swaps, applies and what the process takes are measured", "[metrics]") {
  const std::map<std::string, std::string> of_c = {{"manager", "log"}, {"handler", "c"}};
  Exposition seen = scrape();
  CHECK_FALSE(seen.find("baton_handler_last_swap_pause_seconds", of_c));
  CHECK(seen.value("baton_config_generation") == 1);
  CHECK(seen.value("baton_config_last_apply_successful") == 1);
  const double started = seen.value("process_start_time_seconds");
  CHECK(seen.value("baton_config_last_apply_success_timestamp_seconds") >= started - 1);
  CHECK(seen.value("baton_libraries", {{"state", "loaded"}}) == 3);
  CHECK(seen.value("process_resident_memory_bytes") > 1'000'000);
  CHECK(seen.value("process_virtual_memory_bytes") > seen.value("process_resident_memory_bytes"));
  CHECK(seen.value("process_threads") > 3);
  CHECK(seen.value("process_open_fds") > 3);
  CHECK(seen.value("process_max_fds") >= seen.value("process_open_fds"));
  CHECK(started > 1'600'000'000);
  CHECK(std::abs(started - static_cast<double>(std::time(nullptr))) < 600);

  REQUIRE(verb("swap log/c " PLUGIN_counter_v2).code == 0);
  write("baton.yaml", "managers: {log: [}\n");
  CHECK(verb("apply").code == 78);
  seen = scrape();
  CHECK(seen.value("baton_handler_swaps_total", of_c) == 1);
  CHECK(seen.value("baton_handler_instance", of_c) == 2);
  const double pause = seen.value("baton_handler_last_swap_pause_seconds", of_c);
  CHECK(pause > 0);
  CHECK(pause < 10);
  CHECK(seen.value("baton_config_last_apply_successful") == 0);
  CHECK(seen.value("baton_config_applies_total", {{"result", "failed"}}) == 1);
  CHECK(seen.value("process_cpu_seconds_total") > 0);
  CHECK(seen.value("baton_library_loads_total") == 4);
}

TEST_CASE_METHOD(MeasuredHost, "Prometheus' own way in gets the same", "[metrics]") {
  const Ran json = verb("metrics -o json");
  CHECK(json.code == 0);
  CHECK(contains(json.output, R"({"metrics":[{"name":"baton_build_info","type":"gauge",)"));
  if (shell("command -v curl").code == 0) {
    const Ran scraped =
        shell("curl -s --unix-socket " + path("host.sock").string() + " http://baton/metrics");
    CHECK(Exposition(scraped.output).metrics().size() == scrape().metrics().size());
  }
  if (shell("command -v promtool").code == 0) {
    CHECK(shell("BATON_SOCKET=" + path("host.sock").string() +
                " " BATON_BINARY " metrics | promtool check metrics")
              .code == 0);
  }
}
