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
  CHECK(contains(swapped.output, "state version 1 taken over"));

  CHECK(place.verb("call log/LoggerHandler count").output == "2\n");
  CHECK(contains(loaded(), "\"state\":\"unloaded\""));
  // The proof is the host's own; here is the kernel's: no mapping of the first copy, none of the user's file.
  const Ran maps = shell("cat /proc/$(echo '" + loaded() + "' | sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/')/maps");
  CHECK_FALSE(contains(maps.output, plugins));
  CHECK(contains(maps.output, "-2.so"));
  CHECK_FALSE(contains(maps.output, "-1.so"));
}
