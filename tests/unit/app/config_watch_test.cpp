// SPDX-License-Identifier: Apache-2.0
#include "host/app/config_watch.hpp"

#include "tests/plugin/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

using namespace baton;
using namespace baton::test;
using std::chrono::milliseconds;

namespace fs = std::filesystem;

namespace {

// Short enough for a test, long enough that one shell command is one burst.
constexpr FolderWatch::Times brief{milliseconds(400), milliseconds(20000), milliseconds(1000)};

struct WatchTest {
  TemporaryFolder folder;
  std::atomic<int> reactions{0};
  std::unique_ptr<ConfigWatch> watched;

  void watch(const fs::path& file) {
    watched = *ConfigWatch::open(
        file, [this] { ++reactions; }, brief);
  }

  /// Runs a shell command in the folder.
  void shell(const std::string& command) const {
    REQUIRE(std::system(
                ("cd " + folder.path().string() + " && { " + command + "; } >/dev/null 2>&1").c_str()) == 0);
  }

  /// Reactions once another change, of which nobody doubts that it is one, has been seen: none is still under
  /// way.
  int reactions_to(const std::string& command) {
    const int before = reactions;
    shell(command);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (reactions == before && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    const int seen = reactions;
    shell("echo marker$RANDOM$$ > marker.tmp && mv marker.tmp $(readlink -f baton.yaml)");
    while (reactions == seen && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    return reactions - before - 1;
  }
};

}  // namespace

TEST_CASE_METHOD(WatchTest, "each way to save a file is one reaction", "[config_watch]") {
  folder.write("baton.yaml", "one: 1\n");
  watch(folder.path() / "baton.yaml");

  SECTION("written in place") {
    CHECK(reactions_to("echo 'two: 2' > baton.yaml") == 1);
  }
  SECTION("cp over it") {
    CHECK(reactions_to("echo 'two: 2' > other && cp other baton.yaml") == 1);
  }
  SECTION("mv over it") {
    CHECK(reactions_to("echo 'two: 2' > other && mv other baton.yaml") == 1);
  }
  SECTION("sed -i") {
    CHECK(reactions_to("sed -i s/one/two/ baton.yaml") == 1);
  }
  SECTION("as vim does: the old one becomes the backup, the new one is written at its name") {
    CHECK(reactions_to("touch 4913 && rm 4913 && mv baton.yaml baton.yaml~ && echo 'two: 2' > baton.yaml && "
                       "chmod 644 baton.yaml && rm baton.yaml~") == 1);
  }
  SECTION("in many small writes") {
    CHECK(reactions_to("{ echo a; echo b; echo c; } | while read x; do echo $x >> baton.yaml; done") == 1);
  }
}

TEST_CASE_METHOD(WatchTest, "git checkout of another branch is one reaction", "[config_watch]") {
  folder.write("baton.yaml", "one: 1\n");
  const std::string commit = "git add baton.yaml && git -c user.name=t -c user.email=t@t commit -q -m x";
  shell("git init -q -b main . && " + commit +
        " && git checkout -q -b other && echo 'two: 2' > baton.yaml && " + commit +
        " && git checkout -q main");
  watch(folder.path() / "baton.yaml");

  CHECK(reactions_to("git checkout -q other") == 1);
}

TEST_CASE_METHOD(WatchTest, "a ConfigMap whose symbolic link is exchanged is one reaction",
                 "[config_watch]") {
  shell(
      "mkdir ..v1 ..v2 && echo 'one: 1' > ..v1/baton.yaml && echo 'two: 2' > ..v2/baton.yaml && "
      "ln -s ..v1 ..data && ln -s ..data/baton.yaml baton.yaml");
  watch(folder.path() / "baton.yaml");

  CHECK(reactions_to("ln -s ..v2 ..data_tmp && mv -T ..data_tmp ..data && rm -r ..v1") == 1);
}

TEST_CASE_METHOD(WatchTest, "the same content, another file of the folder, other permissions: no reaction",
                 "[config_watch]") {
  folder.write("baton.yaml", "one: 1\n");
  watch(folder.path() / "baton.yaml");
  shell("touch baton.yaml; chmod 600 baton.yaml; echo x > other; cp baton.yaml copy; mv copy baton.yaml");

  CHECK(reactions_to("echo 'two: 2' > baton.yaml") == 1);
}

TEST_CASE_METHOD(WatchTest,
                 "a file that is away for a while is no reaction, unless it comes back another one",
                 "[config_watch]") {
  folder.write("baton.yaml", "one: 1\n");
  watch(folder.path() / "baton.yaml");
  shell("mv baton.yaml away");
  shell("mv away baton.yaml");

  CHECK(reactions_to("rm baton.yaml && echo 'two: 2' > baton.yaml") == 1);
}
