// SPDX-License-Identifier: Apache-2.0
#include "host/control/metrics.hpp"

#include "tests/support/exposition.hpp"
#include "tests/unit/control/stuck_host.hpp"

#include <nlohmann/json.hpp>

#include <thread>

using namespace baton;
using namespace baton::test;

namespace {

using Json = nlohmann::ordered_json;
using Labels = std::map<std::string, std::string>;

const Labels of_log = {{"manager", "log"}};
const Labels of_a = {{"manager", "log"}, {"handler", "a"}};
const Labels of_queue = {{"server", "queue"}};

struct MetricsTest : ControlHost {
  void notify(const std::string& type, const std::string& data = {}) {
    CHECK(ask("POST", "/v1/managers/log/notify?mode=sync&type=" + type, data).status == 200);
  }

  Exposition scrape() { return Exposition(ask("GET", "/metrics").body); }
};

}  // namespace

TEST_CASE_METHOD(MetricsTest, "a scrape is a text of its own type, and there is GET only", "[api][metrics]") {
  const ApiReply reply = ask("GET", "/metrics");
  CHECK(reply.status == 200);
  CHECK(reply.content_type == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(contains(reply.body,
                 "# HELP baton_build_info 1; the labels say which baton this is.\n"
                 "# TYPE baton_build_info gauge\n"
                 "baton_build_info{version=\"0\",abi=\""));
  CHECK(ask("POST", "/metrics").status == 405);
}

TEST_CASE_METHOD(MetricsTest, "the document has what the text has", "[api][metrics]") {
  const Exposition text = scrape();
  const Json document = Json::parse(ask("GET", "/v1/metrics").body);
  CHECK(document["metrics"].size() == text.metrics().size());
  for (const Json& metric : document["metrics"]) {
    const ExposedMetric& exposed = text.metrics().at(metric["name"]);
    CHECK(metric["type"] == exposed.type);
    CHECK(metric["help"] == exposed.help);
    CHECK(metric["samples"].size() == exposed.samples.size());
  }
}

TEST_CASE_METHOD(MetricsTest, "events, refusals and crashes are counted where they happen",
                 "[api][metrics]") {
  notify("msg");
  notify("refuse", "a");
  Exposition seen = scrape();
  CHECK(seen.value("baton_manager_events_accepted_total", of_log) == 2);
  CHECK(seen.value("baton_manager_events_handled_total", of_log) == 2);
  CHECK(seen.value("baton_manager_mailbox_events", of_log) == 0);
  CHECK(seen.value("baton_manager_mailbox_peak_events", of_log) == 1);
  CHECK(seen.value("baton_manager_mailbox_capacity_events", of_log) == 65536);
  CHECK(seen.value("baton_manager_mailbox_capacity_bytes", of_log) == 64 * 1024 * 1024);
  CHECK(seen.value("baton_manager_degraded", of_log) == 0);
  CHECK(seen.value("baton_handler_events_handled_total", of_a) == 1);
  CHECK(seen.value("baton_handler_events_refused_total", of_a) == 1);
  CHECK(seen.value("baton_handler_crashes_total", of_a) == 0);
  CHECK(seen.value("baton_handler_state", {{"manager", "log"}, {"handler", "a"}, {"state", "running"}}) == 1);
  CHECK(seen.value("baton_crashes_total") == 0);

  notify("throw", "a");
  seen = scrape();
  CHECK(seen.value("baton_handler_crashes_total", of_a) == 1);
  CHECK(seen.value("baton_handler_events_handled_total", of_a) == 1);
  CHECK(seen.value("baton_handler_state", {{"manager", "log"}, {"handler", "a"}, {"state", "running"}}) == 0);
  CHECK(seen.value("baton_handler_state", {{"manager", "log"}, {"handler", "a"}, {"state", "removed"}}) == 1);
  CHECK(seen.value("baton_manager_crashes_total", of_log) == 1);
  CHECK(seen.value("baton_manager_degraded", of_log) == 1);
  CHECK(seen.value("baton_manager_handlers", of_log) == 0);
  CHECK(seen.value("baton_degraded") == 1);
  CHECK(seen.value("baton_crashes_total") == 1);
}

TEST_CASE_METHOD(MetricsTest, "what waits is counted with its bytes, and what a policy drops under its name",
                 "[api][metrics]") {
  CHECK(ask("POST", "/v1/processes/log/sys/suspend").status == 200);
  const auto manager = std::dynamic_pointer_cast<EventManager>(host.registry.whereis("log"));
  ProcessOptions options = manager->options();
  options.mailbox.capacity = 2;
  options.mailbox.overflow = GENERATE(Overflow::reject, Overflow::drop_newest, Overflow::drop_oldest);
  manager->set_options(options);
  for (int i = 0; i < 5; ++i) {
    (void)ask("POST", "/v1/managers/log/notify?type=msg", "12345");
  }
  const Exposition seen = scrape();
  CHECK(seen.value("baton_manager_suspended", of_log) == 1);
  CHECK(seen.value("baton_manager_busy", of_log) == 0);
  CHECK(seen.value("baton_manager_mailbox_events", of_log) == 2);
  CHECK(seen.value("baton_manager_mailbox_bytes", of_log) >= 10);
  CHECK(seen.value("baton_manager_mailbox_capacity_events", of_log) == 2);
  for (const auto& [policy, name] :
       {std::pair(Overflow::reject, "reject"), std::pair(Overflow::drop_newest, "drop_newest"),
        std::pair(Overflow::drop_oldest, "drop_oldest")}) {
    CAPTURE(name);
    CHECK(seen.value("baton_manager_events_dropped_total", {{"manager", "log"}, {"policy", name}}) ==
          (policy == options.mailbox.overflow ? 3 : 0));
  }
  CHECK(ask("POST", "/v1/processes/log/sys/resume").status == 200);
}

TEST_CASE_METHOD(MetricsTest,
                 "a server's calls and casts are counted, and its crashes and restarts by who sees them",
                 "[api][metrics]") {
  CHECK(ask("POST", "/v1/servers/queue/call?type=echo", "x").status == 200);
  CHECK(ask("POST", "/v1/servers/queue/cast?type=note", "x").status == 200);
  CHECK(ask("POST", "/v1/servers/queue/call?type=echo", "x").status == 200);
  Exposition seen = scrape();
  CHECK(seen.value("baton_server_calls_total", of_queue) == 2);
  CHECK(seen.value("baton_server_casts_total", of_queue) == 1);
  CHECK(seen.value("baton_server_crashes_total", of_queue) == 0);
  CHECK(seen.value("baton_server_mailbox_messages", of_queue) == 0);
  CHECK(seen.value("baton_server_instance", of_queue) == 1);
  CHECK(seen.value("baton_supervisor_restarts_total", {{"supervisor", "root"}}) == 0);
  CHECK(seen.value("baton_supervisor_children", {{"supervisor", "root"}, {"state", "running"}}) == 2);

  CHECK(ask("POST", "/v1/servers/queue/call?type=throw").status == 422);
  const auto has_restarted = [this] {
    const auto server = host.registry.whereis("queue");
    return server != nullptr && server->instance() == 2;
  };
  while (!has_restarted()) {
    std::this_thread::yield();
  }
  (void)supervisor->which_children();  // it is through with the restart
  seen = scrape();
  CHECK(seen.value("baton_server_crashes_total", of_queue) == 1);
  CHECK(seen.value("baton_server_calls_total", of_queue) == 0);  // of this process
  CHECK(seen.value("baton_supervisor_restarts_total", {{"supervisor", "root"}}) == 1);
}

TEST_CASE_METHOD(MetricsTest, "a manager that does not answer is busy, and has what its mailbox knows",
                 "[api][metrics]") {
  StuckHandler stuck(*this);
  CHECK(ask("POST", "/v1/managers/log/notify?type=msg", "waits").status == 200);
  const Exposition seen = scrape();
  stuck.let_go();
  CHECK(seen.value("baton_manager_busy", of_log) == 1);
  CHECK(seen.value("baton_manager_events_accepted_total", of_log) == 2);
  CHECK(seen.value("baton_manager_mailbox_events", of_log) == 1);
  CHECK_FALSE(seen.find("baton_manager_events_handled_total", of_log));
  CHECK_FALSE(seen.find("baton_manager_degraded", of_log));
  CHECK(seen.metrics().at("baton_handler_state").samples.empty());
  CHECK(seen.value("baton_server_busy", of_queue) == 0);
  notify("msg");  // it is through with it
}

TEST_CASE_METHOD(MetricsTest, "no series comes from what is in events", "[api][metrics]") {
  notify("msg", "secret-1");
  const auto series = [this] {
    const Exposition seen = scrape();
    std::size_t count = 0;
    for (const auto& [name, metric] : seen.metrics()) {
      count += metric.samples.size();
    }
    return count;
  };
  const std::size_t before = series();
  for (int i = 0; i < 50; ++i) {
    notify("type-" + std::to_string(i), "secret-" + std::to_string(i));
  }
  CHECK(series() == before);
  const std::string text = ask("GET", "/metrics").body;
  CHECK_FALSE(contains(text, "secret"));
  CHECK_FALSE(contains(text, "type-"));
}

TEST_CASE("labels with quotes, backslashes and newlines keep to the format", "[metrics]") {
  const Metrics metrics = {
      {"a_total", "of a test", MetricKind::counter, {{{{"x", "a\"b\\c\nd"}}, 1}, {{{"x", ""}}, 2}}},
      {"b_bytes", "none yet", MetricKind::gauge, {}},
      {"c",
       "numbers",
       MetricKind::gauge,
       {{{{"n", "1"}}, 18'446'744'073'709'551'615.0}, {{{"n", "2"}}, 1e-6}}}};
  const Exposition text(exposition_of(metrics));
  CHECK(text.value("a_total", {{"x", "a\\\"b\\\\c\\nd"}}) == 1);
  CHECK(text.value("a_total", {{"x", ""}}) == 2);
  CHECK(text.metrics().at("b_bytes").samples.empty());
  CHECK(text.value("c", {{"n", "1"}}) == Approx(1.8446744e19));
  CHECK(text.value("c", {{"n", "2"}}) == Approx(1e-6));
}
