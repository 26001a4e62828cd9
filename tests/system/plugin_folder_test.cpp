// SPDX-License-Identifier: Apache-2.0
#include "tests/system/running_host.hpp"

using namespace baton::test;

TEST_CASE("files that are no plugins are listed each with its own reason, and the host goes on",
          "[plugins]") {
  Place place;
  const std::string plugins = place.path("plugins").string();
  shell("cp " BATON_PLUGINS "/logger.so " + plugins + "/; head -c 3000 " BATON_PLUGINS "/logger.so > " +
        plugins + "/cut.so; echo hello > " + plugins + "/notes.txt");
  place.start(place.config(log_with_logger, plugins));

  const Ran list = place.verb("list");

  CHECK(contains(list.output, "cut.so: truncated"));
  CHECK(contains(list.output, "notes.txt: not_elf"));
  CHECK(place.verb("sync-notify log msg x").code == 0);
}

TEST_CASE("a file that is dropped in is told in the log, with what it is or why it is refused", "[plugins]") {
  Place place;
  const std::string plugins = place.path("plugins").string();
  place.start(place.config("managers: {log: {}}\n", plugins));

  shell("cp " BATON_PLUGINS "/logger.so " + plugins + "/new.so; echo hello > " + plugins + "/notes.txt");

  CHECK(eventually([&] { return contains(place.log(), "plugin_found file=" + plugins + "/new.so"); }));
  CHECK(eventually([&] { return contains(place.log(), "plugin_refused file=" + plugins + "/notes.txt"); }));
  shell("rm " + plugins + "/new.so");
  CHECK(eventually([&] { return contains(place.log(), "plugin_gone file=" + plugins + "/new.so"); }));
}

TEST_CASE("a library that ends whoever loads it does not end the host, and is not tried again", "[plugins]") {
  Place place;
  const std::string plugins = place.path("plugins").string();
  shell("cp " PLUGIN_constructor_exits " " + plugins + "/bad.so");
  const auto config = place.config("managers: {log: {}}\n", plugins);
  place.start(config);

  const Ran added = place.verb("add log FixtureHandler");

  CHECK(added.code == 1);
  CHECK(contains(added.output, "runs its constructors: ended the process with status 0"));
  CHECK(contains(place.verb("list").output, "bad.so: failed_trial"));
  CHECK(contains(place.log(), "quarantined file=" + plugins + "/bad.so"));

  place.start(config);  // over restarts of the host
  CHECK(eventually([&] { return contains(place.verb("list").output, "bad.so: failed_trial"); }));
  CHECK(place.verb("add log FixtureHandler").code == 1);
  CHECK_FALSE(contains(place.log(), "quarantined file="));
}

TEST_CASE("another build copied over a plugin's file harms nobody, and the next swap runs it", "[plugins]") {
  Place place;
  const std::string plugins = place.path("plugins").string();
  shell("cp " BATON_PLUGINS "/logger.so " + plugins + "/logger.so");
  place.start(place.config(log_with_logger, plugins));
  place.verb("sync-notify log msg before");
  const auto loaded = [&place] {
    return place.verb("status -o json").output;
  };
  const std::string old_status = loaded();

  // Trailing bytes make another content that is the same code: a build of the same source.
  CHECK(shell("{ cat " BATON_PLUGINS "/logger.so; printf x; } > " + place.path("new.so").string() +
              " && cp " + place.path("new.so").string() + " " + plugins + "/logger.so")
            .code == 0);
  CHECK(place.verb("sync-notify log msg between").code == 0);
  const Ran swapped = place.verb("swap log/LoggerHandler LoggerHandler");
  CHECK(swapped.code == 0);
  CHECK(contains(swapped.output, "version 1, "));

  CHECK(place.verb("call log/LoggerHandler count").output == "2\n");
  CHECK(contains(loaded(), "\"state\":\"unloaded\""));
  // The proof is the host's own; here is the kernel's: no mapping of the first copy, none of the user's file.
  const Ran maps = shell("cat /proc/$(echo '" + loaded() + "' | sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/')/maps");
  CHECK_FALSE(contains(maps.output, plugins));
  CHECK(contains(maps.output, "-2.so"));
  CHECK_FALSE(contains(maps.output, "-1.so"));
}

TEST_CASE("what runs from outside of the plugin directories is listed, shown and named where it is missed",
          "[plugins][truth]") {
  Place place;
  const std::string plugins = place.path("plugins").string();
  const std::string own = place.path("own.so").string();
  const std::string copy = place.path("copy.so").string();
  shell("cp " PLUGIN_hot_options " " + own + "; cp " + own + " " + copy + "; cp " PLUGIN_counter_v1 " " +
        plugins);
  place.start(
      place.config("managers:\n  log:\n    handlers:\n      - {type: CounterHandler, id: c}\n", plugins));
  const std::string hint = "in no plugin folder, which an apply goes by: copy it there to keep it";

  const Ran added = place.verb("add log " + own + " --id h");
  CHECK(contains(added.output, "ok  h#1 is HotHandler 1.0.0; " + hint));

  CHECK(contains(place.verb("plugins").output, own));
  CHECK(contains(place.verb("plugins").output, "loaded, in no plugin directory"));
  for (const std::string& which : {own, copy, std::string("HotHandler"), std::string("hot")}) {
    CAPTURE(which);
    const Ran shown = place.verb("plugin show " + which);
    CHECK(shown.code == 0);
    CHECK(contains(shown.output, "used by    log/h"));
  }
  const Ran saved = place.verb("config save --dry-run");
  CAPTURE(saved.output);
  CHECK(contains(saved.output, "it runs from " + own + ", " + hint));

  shell("rm " + own);  // what it offers is not to be seen any more, but it runs
  CHECK(contains(place.verb("plugin show hot").output, "used by    log/h"));
}

TEST_CASE("two files of one plugin and version are told apart by their content", "[plugins][truth]") {
  Place place;
  const std::string plugins = place.path("plugins").string();
  const std::string own = place.path("own.so").string();
  shell("cp " PLUGIN_counter_v1 " " + plugins + "/counter.so; cp " PLUGIN_counter_v1_rebuilt " " + own);
  place.start(place.config("managers: {log: {handlers: [{type: CounterHandler, id: c}]}}\n", plugins));
  REQUIRE(place.verb("add log " + own + " --id d").code == 0);

  CHECK(contains(place.verb("plugin show " + plugins + "/counter.so").output, "used by    log/c\n"));
  CHECK(contains(place.verb("plugin show " + own).output, "used by    log/d\n"));
}
