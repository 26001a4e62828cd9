// SPDX-License-Identifier: Apache-2.0
#include "host/loader/folder_watch.hpp"

#include "tests/plugin/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

using namespace baton;
using namespace baton::test;
using std::chrono::milliseconds;

namespace {

using Hint = FolderWatch::Hint;

// Nothing here depends on how long these are: what must be a hint is there before it is waited for.
constexpr FolderWatch::Times brief{milliseconds(1), milliseconds(1000), milliseconds(1)};
constexpr FolderWatch::Times for_ever{milliseconds(1), milliseconds(1000), std::chrono::hours(1)};

std::unique_ptr<FolderWatch> watch(const std::filesystem::path& folder, FolderWatch::Times times = brief) {
  auto opened = FolderWatch::open({folder}, times);
  REQUIRE(opened);
  return std::move(*opened);
}

}  // namespace

TEST_CASE("whatever happens to a file of a watched folder is a hint", "[folder_watch]") {
  const TemporaryFolder folder;
  const auto old = folder.write("old.so", "old");
  const auto watched = watch(folder.path());

  SECTION("a new file") {
    folder.write("new.so", "new");
  }
  SECTION("a file written in place") {
    folder.write("old.so", "other");
  }
  SECTION("a file renamed into the folder") {
    const TemporaryFolder elsewhere;
    std::filesystem::rename(elsewhere.write("x", "x"), folder.path() / "x.so");
  }
  SECTION("a file renamed over another") {
    folder.install(old, "old.so");
  }
  SECTION("a symbolic link") {
    std::filesystem::create_symlink(old, folder.path() / "link.so");
  }
  SECTION("a file that is removed") {
    std::filesystem::remove(old);
  }
  SECTION("other permissions") {
    std::filesystem::permissions(old, std::filesystem::perms::owner_read);
  }

  CHECK(watched->wait() == Hint::changed);
  CHECK(watched->wait() == Hint::interval);
}

TEST_CASE("many events are one hint", "[folder_watch]") {
  const TemporaryFolder folder;
  const auto watched = watch(folder.path());
  for (int i = 0; i < 200; ++i) {
    folder.write(std::to_string(i) + ".so", "x");
  }
  CHECK(watched->wait() == Hint::changed);
  CHECK(watched->wait() == Hint::interval);
}

TEST_CASE("reading the folder and its files is no hint", "[folder_watch]") {
  const TemporaryFolder folder;
  const auto file = folder.write("old.so", "old");
  const auto watched = watch(folder.path());
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    std::string content;
    std::ifstream(entry.path()) >> content;
    CHECK(content == "old");
  }
  CHECK(watched->wait() == Hint::interval);
}

TEST_CASE("a file that is written without a pause does not put off the hint for ever", "[folder_watch]") {
  const TemporaryFolder folder;
  const auto watched = watch(folder.path(), {milliseconds(60'000), milliseconds(5), std::chrono::hours(1)});
  std::atomic<bool> is_enough{false};
  std::thread writer([&] {
    while (!is_enough) {
      folder.write("endless.so", "x");
    }
  });
  CHECK(watched->wait() == Hint::changed);
  is_enough = true;
  writer.join();
}

TEST_CASE("another folder at the same path is watched from the next look on", "[folder_watch]") {
  const TemporaryFolder parent;
  const auto folder = parent.path() / "plugins";
  std::filesystem::create_directory(folder);
  const auto watched = watch(folder);

  std::filesystem::rename(folder, parent.path() / "old");
  std::filesystem::create_directory(folder);
  CHECK(watched->wait() == Hint::changed);
  parent.write("plugins/new.so", "new");
  CHECK(watched->wait() == Hint::changed);
  parent.write("old/late.so", "late");
  CHECK(watched->wait() == Hint::interval);
}

TEST_CASE("a folder that is made later is watched once it is there", "[folder_watch]") {
  const TemporaryFolder parent;
  const auto watched = watch(parent.path() / "plugins");
  CHECK(watched->wait() == Hint::interval);
  std::filesystem::create_directory(parent.path() / "plugins");
  CHECK(watched->wait() == Hint::interval);  // found out by looking
  parent.write("plugins/new.so", "new");
  CHECK(watched->wait() == Hint::changed);
}

TEST_CASE("a stop ends the wait under way and those that follow", "[folder_watch]") {
  const TemporaryFolder folder;
  const auto watched = watch(folder.path(), for_ever);
  std::thread stopper([&] { watched->stop(); });
  CHECK(watched->wait() == Hint::stopped);
  CHECK(watched->wait() == Hint::stopped);
  stopper.join();
}
