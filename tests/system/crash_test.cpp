// SPDX-License-Identifier: Apache-2.0
// A handler that crashes, with each policy, and what a person sees of it.
#include "tests/system/running_host.hpp"

using namespace baton::test;

namespace {

/// A host with a FixtureHandler that throws on the event `throw`.
struct CrashingHost : Place {
  const std::string plugins = path("plugins").string();

  std::filesystem::path config_with(const std::string& policy) {
    shell("cp " PLUGIN_event_throws " " + plugins + "/bad.so");
    return config("managers: {log: {handlers: [{type: FixtureHandler, id: geo" + policy + "}]}}\n", plugins);
  }

  [[nodiscard]] bool status_has(const std::string& text) const {
    return contains(verb("status").output, text);
  }
};

}  // namespace

TEST_CASE_METHOD(CrashingHost, "a handler that is removed degrades the host until it is not missed any more",
                 "[crash]") {
  start(config_with(""));
  CHECK_FALSE(status_has("DEGRADED"));

  const Ran sent = verb("sync-notify log throw");
  CHECK(contains(sent.output, "handler `geo` crashed on it and was removed"));
  CHECK(status_has("DEGRADED: 1 handler missing"));
  CHECK(status_has("0 of 1"));
  CHECK(status_has("! log/geo crashed and was removed"));
  CHECK(contains(verb("list").output, "! log/geo crashed and was removed"));

  CHECK(contains(verb("crash list").output, "log/geo#1"));
  CHECK(contains(verb("crash list log/geo").output, "FixtureHandler"));
  CHECK(verb("crash list nobody").code == 1);
  const Ran shown = verb("crash show 1");
  CHECK(shown.code == 0);
  CHECK(contains(shown.output, "disk on fire"));
  CHECK(contains(shown.output, "where      handle_event"));
  CHECK(contains(shown.output, plugins + "/bad.so"));
  CHECK(contains(verb("crash show 1 -o json").output, R"("plugin":"fixture")"));
  CHECK(verb("crash show 2").code == 1);

  CHECK(verb("crash clear log/geo").code == 0);
  CHECK_FALSE(status_has("DEGRADED"));
  CHECK(verb("crash clear log/geo").code == 1);
}

TEST_CASE_METHOD(CrashingHost, "a handler that is restarted is back after a while", "[crash]") {
  start(config_with(", on_crash: restart, max_restarts: 1, backoff: {initial: 1ms}"));
  CHECK(contains(verb("sync-notify log throw").output, "is going to be restarted"));
  CHECK(eventually([this] { return contains(verb("which log").output, "#2"); }));
  CHECK_FALSE(status_has("DEGRADED"));
  CHECK(eventually([this] { return contains(log(), "handler_restarted"); }));

  CHECK(contains(verb("sync-notify log throw").output, "was removed"));  // one too many
  CHECK(status_has("! log/geo is given up; restarts 1"));
  CHECK(contains(verb("crash show 2").output, "removed: more than 1 restart within 1m"));
}

TEST_CASE_METHOD(CrashingHost, "a handler that waits can be asked for nothing but to go", "[crash]") {
  start(config_with(", on_crash: restart, backoff: {initial: 1h, max: 1h}"));
  verb("sync-notify log throw");
  CHECK(status_has("! log/geo comes back in"));
  const Ran call = verb("call log/geo anything");
  CHECK(call.code == 1);
  CHECK(contains(call.output, "error[restarting]"));
  CHECK(verb("add log FixtureHandler --id geo").code == 1);
  CHECK(verb("sync-notify log msg").code == 0);
  CHECK(status_has("missed events 1"));
  CHECK(verb("remove log/geo").code == 0);
  CHECK_FALSE(status_has("DEGRADED"));
}

TEST_CASE_METHOD(CrashingHost, "what is quarantined is not loaded again, and the host starts without it",
                 "[crash]") {
  const auto file = config_with(", on_crash: quarantine");
  start(file);
  verb("sync-notify log throw");

  CHECK(status_has("! log/geo is out: its plugin is in quarantine"));
  CHECK(contains(log(), "quarantined file=" + plugins + "/bad.so"));
  CHECK(contains(verb("list").output, "bad.so: crashed"));
  const Ran added = verb("add log FixtureHandler");
  CHECK(added.code != 0);
  CHECK(contains(added.output, "disk on fire"));

  start(file);
  CHECK(status_has("! log/geo is out: its plugin is in quarantine"));
  CHECK(contains(log(), "left_out target="));
  CHECK(verb("sync-notify log msg").code == 0);
}

TEST_CASE_METHOD(CrashingHost, "add can say what becomes of a handler that crashes", "[crash]") {
  start(config_with(""));
  CHECK(verb("add log FixtureHandler --id new --on-crash restart,initial=1ms,max_restarts=2").code == 0);
  CHECK(verb("add log FixtureHandler --id x --on-crash retry").code != 0);
  verb("sync-notify log throw");
  CHECK(eventually([this] { return contains(verb("which log").output, "#2"); }));
}
