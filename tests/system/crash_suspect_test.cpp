// SPDX-License-Identifier: Apache-2.0
#include "tests/system/running_host.hpp"

using namespace baton::test;

namespace {

/// A place with the lesson's logger and a plugin that ends its host when an event says so.
struct SuspectPlace : Place {
  const std::string plugins = path("plugins").string();
  const std::filesystem::path config_file = config(
      "managers:\n"
      "  log: {handlers: [{type: LoggerHandler, options: {types: []}}, {type: FixtureHandler, id: bad}]}\n"
      "servers: {queue: {type: SimpleQueue}}\n",
      plugins);

  SuspectPlace() {
    shell("cp " BATON_PLUGINS "/logger.so " BATON_PLUGINS "/simple_queue.so " PLUGIN_ends_host " " + plugins);
  }

  /// Has the plugin end the host.
  void end_host(const std::string& how) {
    verb("notify log " + how);
    REQUIRE(eventually([this] { return !host().is_running(); }));
  }
};

}  // namespace

TEST_CASE_METHOD(SuspectPlace, "a plugin that ends its host comes up in quarantine, and the rest runs",
                 "[quarantine]") {
  const std::string how = GENERATE("segfault", "abort", "overflow", "exit");
  CAPTURE(how);
  start(config_file);
  end_host(how);

  start(config_file);

  CHECK(contains(log(), "quarantined file=" + plugins + "/ends_host.so"));
  CHECK(contains(log(), "text=\"handle_events: "));
  CHECK(contains(log(), "left_out target=log/bad"));
  CHECK(verb("sync-notify log segfault").code == 0);
  CHECK(verb("call log/LoggerHandler count").output == "1\n");
  CHECK(contains(verb("call log/bad count").output, "has no handler `bad`"));
  CHECK(verb("call queue queue").code == 0);
  const Ran refused = verb("add log FixtureHandler --id bad");
  CHECK(refused.code == 1);
  CHECK(contains(refused.output, "error[quarantined]"));
}

TEST_CASE_METHOD(SuspectPlace, "an end without notice is put up with twice", "[quarantine]") {
  for (int times = 0; times < 2; ++times) {
    start(config_file);
    end_host("exit_at_once");
  }
  start(config_file);
  CHECK_FALSE(contains(log(), "left_out"));
  end_host("exit_at_once");
  start(config_file);
  CHECK(contains(log(), "left_out target=log/bad"));
}

TEST_CASE_METHOD(SuspectPlace, "what is cleared is tried again", "[quarantine]") {
  start(config_file);
  end_host("segfault");
  start(config_file);

  const Ran list = verb("quarantine list");
  CHECK(list.code == 0);
  CHECK(contains(list.output, "handle_events"));
  CHECK(contains(list.output, "11"));
  CHECK(contains(list.output, "log/bad"));
  CHECK(verb("quarantine clear ends_host.so").code == 0);
  CHECK(verb("quarantine list").output == "nothing is in quarantine\n");
  CHECK(verb("add log FixtureHandler --id bad").code == 0);
}

TEST_CASE_METHOD(SuspectPlace,
                 "a config is applied without what is in quarantine, and each text names the way out",
                 "[quarantine][truth]") {
  const std::string way = "fix the plugin, or: baton quarantine clear fixture";
  start(config_file);
  end_host("segfault");
  start(config_file);
  CHECK(contains(verb("status").output, way));
  CHECK(contains(verb("add log FixtureHandler --id bad").output, way));
  CHECK(contains(verb("quarantine list").output, way));
  CHECK(contains(verb("quarantine show fixture").output, way));

  const Ran same = verb("plan");
  CHECK(same.code == 0);
  CHECK(contains(same.output,
                 "warning: this handler is left out: no plugin offers the handler \"FixtureHandler\""));
  CHECK(contains(same.output, way));
  shell("sed -i 's/types: \\[\\]/types: [msg]/' " + config_file.string());
  const Ran applied = verb("apply");
  CHECK(applied.code == 0);
  CHECK(contains(applied.output, "types"));
  CHECK(contains(applied.output, way));

  CHECK(contains(verb("quarantine clear fixture").output,
                 "log/bad was left out and is not started by this: `baton apply`"));
  CHECK(contains(verb("apply").output, "+ log/bad  add"));
}
