// SPDX-License-Identifier: Apache-2.0
// Plans, applied by the real program: by verbs, by SIGHUP, and by a config that is watched.
#include "tests/system/running_host.hpp"

using namespace baton::test;

namespace {

/// A host whose plugin directory the test fills.
struct PlannedPlace : Place {
  std::string plugins = path("plugins").string();

  PlannedPlace() { install(PLUGIN_counter_v1, "counter.so"); }

  void install(const std::string& plugin, const std::string& name) const {
    REQUIRE(shell("cp " + plugin + " " + plugins + "/" + name).code == 0);
  }

  void log(const std::string& handlers, const std::string& more = {}) const {
    config("managers: {log: {handlers: [" + handlers + "]}}\n" + more, plugins);
  }

  void start_log(const std::string& handlers, const std::string& more = {}) {
    log(handlers, more);
    start(path("baton.yaml"));
  }

  /// How often the host has logged that.
  [[nodiscard]] int logged(const std::string& record) const {
    const std::string text = Place::log();
    int count = 0;
    for (std::size_t at = text.find(record); at != std::string::npos; at = text.find(record, at + 1)) {
      ++count;
    }
    return count;
  }

  [[nodiscard]] std::string call(const std::string& handler) const {
    return verb("call log/" + handler + " x").output;
  }
};

std::string counter(const std::string& id, const std::string& options = "{}") {
  return "{type: CounterHandler, id: " + id + ", options: " + options + "}";
}

/// Of a handler, in what `which -o json` prints.
std::string instance_of(const std::string& id, const std::string& which) {
  const std::size_t at = which.find("\"id\":\"" + id + "\"");
  REQUIRE(at != std::string::npos);
  const std::size_t begin = which.find("\"instance\":", at);
  return which.substr(begin, which.find(',', begin) - begin);
}

}  // namespace

TEST_CASE("a plan tells what it would do and does nothing, applying it does that", "[plan]") {
  PlannedPlace place;
  place.start_log(counter("a"));
  CHECK(place.verb("plan").code == 0);

  place.log(counter("a") + ", " + counter("b"));
  const Ran plan = place.verb("plan");

  CHECK(plan.code == 2);
  CHECK(contains(plan.output, "+ log/b  add  CounterHandler 1.0.0  new in the file"));
  CHECK_FALSE(contains(place.verb("which log").output, "b "));
  const std::string id = plan.output.substr(plan.output.rfind(' ') + 1, 6);
  const Ran applied = place.verb("apply " + id);
  CHECK(applied.code == 0);
  CHECK(contains(applied.output, "generation 2 in "));
  CHECK(contains(place.verb("which log").output, "b "));
  const Ran again = place.verb("apply " + id);
  CHECK(again.code == 1);
  CHECK(contains(again.output, "was made for generation 1, the host is at 2"));
  CHECK(place.verb("plan").code == 0);
}

TEST_CASE("a plan that does not hold any more is refused", "[plan]") {
  PlannedPlace place;
  place.start_log(counter("a"));
  place.log(counter("b"));
  const Ran plan = place.verb("plan");
  const std::string id = plan.output.substr(plan.output.rfind(' ') + 1, 6);

  REQUIRE(place.verb("remove log/a").code == 0);
  const Ran applied = place.verb("apply " + id);

  CHECK(applied.code == 1);
  CHECK(contains(applied.output, "does not hold any more"));
  CHECK(place.verb("apply fedcba").code == 1);
}

TEST_CASE("a step that fails takes the others back, says so, and is exit code 3", "[plan]") {
  PlannedPlace place;
  place.install(PLUGIN_create_fails, "create_fails.so");
  place.start_log(counter("a"));
  place.verb("sync-notify log msg");
  place.log(counter("a", "{start: 9}") + ", " + counter("b") + ", {type: FixtureHandler, id: bad}");

  const Ran applied = place.verb("apply");

  CHECK(applied.code == 3);
  CHECK(contains(applied.output, "failed: log/bad: no disk"));
  CHECK(contains(applied.output, "generation 1 goes on: what was done has been taken back"));
  CHECK_FALSE(contains(place.verb("which log").output, "b "));
  CHECK(place.call("a").starts_with("1.0.0 1 "));
  CHECK(contains(place.verb("history").output, "taken_back: log/bad: no disk"));
}

TEST_CASE("ten steps whose seventh fails: six are taken back, who is not named goes on, exit code 3",
          "[plan]") {
  PlannedPlace place;
  place.install(PLUGIN_create_fails, "create_fails.so");
  place.start_log(counter("keep") + ", " + counter("a") + ", " + counter("b") + ", " + counter("c") + ", " +
                  counter("x") + ", " + counter("y") + ", " + counter("kept"));
  place.verb("sync-notify log msg");
  const std::string before = place.verb("which log -o json").output;
  place.log(counter("keep") + ", " + counter("a", "{start: 1}") + ", " + counter("b", "{start: 2}") + ", " +
            counter("c", "{start: 3}") + ", " + counter("kept") + ", " + counter("d") + ", " + counter("e") +
            ", " + counter("f") + ", {type: FixtureHandler, id: bad}, " + counter("g"));
  REQUIRE(contains(place.verb("plan").output, "plan of 10 steps from generation 1"));

  const Ran applied = place.verb("apply");

  CHECK(applied.code == 3);
  CHECK(contains(applied.output, "failed: log/bad: no disk"));
  CHECK(contains(applied.output, "generation 1 goes on: what was done has been taken back"));
  const std::string after = place.verb("which log -o json").output;
  for (const char* id : {"keep", "kept", "x", "y"}) {  // their instances are those of before
    CAPTURE(id);
    CHECK(instance_of(id, after) == instance_of(id, before));
  }
  place.verb("sync-notify log msg");
  for (const char* id : {"keep", "a", "b", "c", "x", "y", "kept"}) {
    CAPTURE(id);
    CHECK(place.call(id).starts_with("1.0.0 2 "));
  }
  CHECK(place.verb("plan").code == 2);  // the file still says so
}

TEST_CASE("a config with mistakes changes nothing, and says where they are", "[plan]") {
  PlannedPlace place;
  place.start_log(counter("a"));
  place.log(counter("a") + ", {type: NoSuchHandler}");

  for (const char* verb : {"plan", "apply", "reload --wait", "diff"}) {
    CAPTURE(verb);
    const Ran ran = place.verb(verb);
    CHECK(ran.code == 78);
    CHECK(contains(ran.output, "generation 1 goes on"));
    CHECK(contains(ran.output, "baton.yaml:3:"));
  }
  CHECK(place.call("a").starts_with("1.0.0 0 "));
}

TEST_CASE("SIGHUP applies the config again, and so does reload", "[plan]") {
  PlannedPlace place;
  place.start_log(counter("a"));
  place.log(counter("a") + ", " + counter("b"));

  SECTION("SIGHUP") {
    const std::string status = place.verb("status -o json").output;
    const std::string pid = status.substr(status.find("\"pid\":") + 6);
    REQUIRE(shell("kill -HUP " + pid.substr(0, pid.find(','))).code == 0);
    CHECK(eventually([&] { return contains(place.verb("which log").output, "b "); }));
    CHECK(contains(place.verb("history").output, "SIGHUP"));
  }
  SECTION("reload") {
    CHECK(place.verb("reload").code == 0);
    CHECK(eventually([&] { return contains(place.verb("which log").output, "b "); }));
  }
  SECTION("reload --wait") {
    const Ran reload = place.verb("reload --wait");
    CHECK(reload.code == 0);
    CHECK(contains(reload.output, "+ log/b  add  ok"));
    CHECK(contains(place.verb("which log").output, "b "));
  }
}

TEST_CASE("a plugin that was copied over is swapped by an apply and back by a rollback, with its state",
          "[plan]") {
  PlannedPlace place;
  place.start_log(counter("a"));
  place.verb("sync-notify log msg");

  place.install(PLUGIN_counter_v2, "counter.so");  // over the file that the first version came from
  const Ran applied = place.verb("apply");
  CHECK(applied.code == 0);
  CHECK(contains(applied.output, "* log/a  swap  ok"));
  CHECK(place.call("a").starts_with("2.0.0 1 "));

  const Ran dry = place.verb("rollback 1 --dry-run");
  CHECK(dry.code == 2);
  CHECK(contains(dry.output, "CounterHandler 2.0.0 -> 1.0.0"));
  // The first version does not read what the second one writes: it is refused, and the second one goes on.
  CHECK(place.verb("rollback 1").code == 3);
  CHECK(place.call("a").starts_with("2.0.0 1 "));
  CHECK(place.verb("rollback 77").code == 1);
}

TEST_CASE("a rollback makes the host what it was, over files that have been removed", "[plan]") {
  PlannedPlace place;
  place.start_log(counter("a"));
  place.log("");
  REQUIRE(place.verb("apply").code == 0);
  REQUIRE(shell("rm " + place.plugins + "/counter.so").code == 0);

  const Ran back = place.verb("rollback 1");

  CHECK(back.code == 0);
  CHECK(contains(back.output, "generation 3 in "));
  CHECK(place.call("a").starts_with("1.0.0 0 "));
}

TEST_CASE("what was changed by hand is drift, and an apply undoes it", "[plan]") {
  PlannedPlace place;
  place.start_log(counter("a"));
  CHECK(place.verb("diff --runtime").code == 0);

  REQUIRE(place.verb("add log CounterHandler --id b").code == 0);
  REQUIRE(place.verb("remove log/a").code == 0);
  const Ran drift = place.verb("diff --runtime");

  CHECK(drift.code == 2);
  CHECK(contains(drift.output, "+ log/a  add     CounterHandler 1.0.0 "));
  CHECK(contains(drift.output, "in the file, but it does not run"));
  CHECK(contains(drift.output,
                 "- log/b  remove  CounterHandler 1.0.0, its state is lost  not in the file: added by hand"));
  CHECK(place.verb("apply").code == 0);
  CHECK(place.verb("diff --runtime").code == 0);
}

TEST_CASE("a watched config is applied when it is saved, once, and a broken save is a warning with its place",
          "[plan]") {
  PlannedPlace place;
  const auto save = [&place](const std::string& handlers) {
    place.write("new.yaml",
                "host: {name: test, watch_config: true, socket: " + place.path("host.sock").string() +
                    ", runtime_dir: " + place.path("runtime").string() + "}\nplugins: {directories: [" +
                    place.plugins + "]}\nmanagers: {log: {handlers: [" + handlers + "]}}\n");
    shell("mv " + place.path("new.yaml").string() + " " + place.path("baton.yaml").string());
  };
  save(counter("a"));
  place.start(place.path("baton.yaml"));

  save(counter("a") + ", " + counter("b") + ", {");
  CHECK(eventually([&] { return place.logged("warning config_refused") == 1; }));
  CHECK(contains(place.Place::log(), "place=\"3:"));
  CHECK(place.logged("config_applied") == 0);

  save(counter("a") + ", " + counter("b"));
  CHECK(eventually([&] { return place.logged("config_applied") == 1; }));
  CHECK(contains(place.verb("which log").output, "b "));
  CHECK(contains(place.verb("history").output, "watch_config"));
  CHECK(place.logged("warning config_refused") == 1);
  CHECK(place.logged("config_applied") == 1);
}

TEST_CASE("what was changed by hand is written into the config, whose comments stay", "[plan]") {
  PlannedPlace place;
  const std::string file = place.path("baton.yaml").string();
  const std::string head = "host: {socket: " + place.path("host.sock").string() + "}\n";
  const auto rest = [&](const std::string& handlers) {
    return "# ours\nplugins: {directories: [" + place.plugins +
           "]}\nmanagers:\n  log:  # the log\n    handlers:\n" + handlers + "# the end\n";
  };
  place.write("baton.yaml", head + rest("      - {type: CounterHandler, id: a}  # first\n"
                                        "      - {type: CounterHandler, id: b}\n"));
  place.start(place.path("baton.yaml"));
  CHECK(contains(place.verb("config save").output, "nothing to do"));
  place.verb("add log CounterHandler --id c start=5");
  place.verb("remove log/b");

  const Ran dry = place.verb("config save --dry-run");
  CHECK(contains(dry.output, "would be written into"));
  CHECK(contains(dry.output, "+ log/c  {type: CounterHandler, id: c, options: {start: 5}}"));
  CHECK(place.verb("diff --runtime").code == 2);
  const Ran saved = place.verb("config save");

  CHECK(saved.code == 0);
  CHECK(shell("cat " + file).output ==
        head + rest("      - {type: CounterHandler, id: a}  # first\n"
                    "      - {type: CounterHandler, id: c, options: {start: 5}}\n"));
  CHECK(place.verb("diff --runtime").code == 0);
  CHECK(place.verb("plan").code == 0);
  CHECK(contains(place.verb("history").output, "config save"));
}

TEST_CASE("a version that was swapped in by hand is in no config, and swap and config save say what keeps it",
          "[plan]") {
  PlannedPlace place;
  place.start_log(counter("a"));

  const Ran swapped = place.verb("swap log/a " PLUGIN_counter_v2);
  const Ran saved = place.verb("config save");
  const std::string json = place.verb("config save -o json").output;
  place.verb("swap log/a CounterHandler --destructive");

  CHECK(contains(swapped.output, "in no plugin folder, which an apply goes by: copy it there to keep it"));
  CHECK(saved.code == 0);
  CHECK(contains(saved.output, "nothing to do: "));
  CHECK(contains(
      saved.output,
      "not in a config, and undone by the next apply (log/a CounterHandler 2.0.0 -> 1.0.0): copy its file"));
  CHECK(contains(json, R"("versions":["log/a CounterHandler 2.0.0 -> 1.0.0"])"));
  CHECK_FALSE(contains(place.verb("config save").output, "not in a config"));
}

TEST_CASE("a config with changes that were not applied is not written over", "[plan]") {
  PlannedPlace place;
  place.start_log(counter("a"));
  place.verb("add log CounterHandler --id b");
  place.log(counter("a") + ", " + counter("z"));

  const Ran saved = place.verb("config save");

  CHECK(saved.code == 1);
  CHECK(contains(saved.output, "has changes that have not been applied"));
  CHECK(contains(shell("cat " + place.path("baton.yaml").string()).output, "id: z"));
}

TEST_CASE("what was added by hand and undone by an apply comes back with a rollback", "[plan][truth]") {
  PlannedPlace place;
  place.start_log(counter("a"));
  const std::string own = place.path("own.so").string();
  REQUIRE(shell("cp " PLUGIN_hot_options " " + own).code == 0);
  REQUIRE(place.verb("add log " + own + " --id h step=3").code == 0);
  REQUIRE(place.verb("remove log/a").code == 0);

  CHECK(contains(place.verb("plan").output, "- log/h  remove  HotHandler 1.0.0"));
  const Ran applied = place.verb("apply");
  CHECK(contains(
      applied.output,
      "undo: baton rollback 2\n  generation 2 is what ran, with what was changed since the last apply"));
  CHECK_FALSE(contains(place.verb("which log").output, "h "));
  REQUIRE(shell("rm " + own).code == 0);  // a host keeps what it ran

  const Ran back = place.verb("rollback 2");
  CHECK(back.code == 0);
  CHECK(contains(place.verb("call log/h say").output, "3 "));
  CHECK_FALSE(contains(place.verb("which log").output, "CounterHandler"));
  CHECK(contains(place.verb("history").output, "changed since the last apply"));
}

TEST_CASE("an option changed by hand and a swap by hand come back with a rollback", "[plan][truth]") {
  PlannedPlace place;
  place.start_log(counter("a") + ", " + counter("b"));
  REQUIRE(place.verb("swap log/a CounterHandler start=5").code == 0);
  REQUIRE(place.verb("swap log/b " PLUGIN_counter_v2).code == 0);

  REQUIRE(place.verb("apply").code == 3);  // version 1 does not read the state of version 2
  CHECK(place.call("b").starts_with("2.0.0 "));
  REQUIRE(place.verb("swap log/b " PLUGIN_counter_v1 " --destructive").code == 0);
  REQUIRE(place.verb("apply").code == 0);
  CHECK(contains(place.verb("diff --runtime").output, "nothing to do"));

  REQUIRE(place.verb("rollback 2").code == 0);
  REQUIRE(place.verb("remove log/a").code == 0);
  const Ran again = place.verb("rollback 4");
  CHECK(contains(again.output, "+ log/a  add"));
  CHECK(place.call("a").starts_with("1.0.0 5 "));
}

TEST_CASE("what cannot come back is told with the way back", "[plan][truth]") {
  PlannedPlace place;
  place.start_log(counter("a"));
  const std::string own = place.path("own.so").string();
  REQUIRE(shell("cp " PLUGIN_hot_options " " + own).code == 0);
  REQUIRE(place.verb("add log " + own + " --id h").code == 0);
  REQUIRE(place.verb("add log CounterHandler --id c").code == 0);
  REQUIRE(shell("rm " + own).code == 0);

  CHECK(contains(place.verb("plan").output, "- log/c  remove  CounterHandler 1.0.0, its state is lost"));
  const Ran applied = place.verb("apply");

  CHECK(contains(applied.output, "rollback does not bring back log/h: no file of that version is left"));
  CHECK(contains(applied.output, "rollback does not bring back the state of log/c"));
  CHECK(place.verb("rollback 2").code == 0);
  CHECK(place.call("c").starts_with("1.0.0 0 "));
}

TEST_CASE("a rollback that is only shown names the generation, not the file", "[plan][truth]") {
  PlannedPlace place;
  place.start_log(counter("a"));
  place.log(counter("a", "{start: 7}") + ", " + counter("b"));
  REQUIRE(place.verb("apply").code == 0);

  const Ran shown = place.verb("rollback 1 --dry-run");

  CHECK(
      contains(shown.output, "plan of 2 steps from generation 2 to generation 1; nothing has been changed"));
  CHECK(contains(shown.output, "as in generation 1"));
  CHECK(contains(shown.output, "not in generation 1"));
  CHECK_FALSE(contains(shown.output, "the file"));
  const std::string id = shown.output.substr(shown.output.rfind(' ') + 1, 6);
  CHECK(place.verb("apply " + id).code == 0);
}
