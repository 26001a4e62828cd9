// SPDX-License-Identifier: Apache-2.0
#include "host/loader/private_copy.hpp"

#include "tests/plugin/temporary_folder.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace fs = std::filesystem;

namespace {

const std::string sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

PrivateFolder folder_below(const fs::path& parent) {
  auto folder = PrivateFolder::create(parent);
  REQUIRE(folder);
  return std::move(*folder);
}

unsigned mode_of(const fs::path& path) {
  return static_cast<unsigned>(fs::status(path).permissions());
}

}  // namespace

TEST_CASE("a private folder is created for the owner alone, and goes with its object", "[private_copy]") {
  const TemporaryFolder parent;
  fs::path path;
  {
    const PrivateFolder folder = folder_below(parent.path() / "a" / "run");
    path = folder.path();
    CHECK(mode_of(path) == 0700);
    CHECK(mode_of(parent.path() / "a" / "run") == 0700);
  }

  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("a folder that others can write to is refused", "[private_copy]") {
  const TemporaryFolder parent;
  fs::permissions(parent.path(), fs::perms::all);

  const auto folder = PrivateFolder::create(parent.path());

  REQUIRE_FALSE(folder);
  CHECK(folder.error().code == Errc::io_failed);
  CHECK(folder.error().text.find("777") != std::string::npos);
}

TEST_CASE("folders of dead hosts are removed, those of live ones are not", "[private_copy]") {
  const TemporaryFolder parent;
  fs::create_directory(parent.path() / "libraries-1-dead00");
  parent.write("libraries-1-dead00/x.so", "left behind");
  fs::create_directory(parent.path() / "something-else");
  const PrivateFolder live = folder_below(parent.path());

  const PrivateFolder other = folder_below(parent.path());

  CHECK(fs::exists(live.path()));
  CHECK(fs::exists(other.path()));
  CHECK_FALSE(fs::exists(parent.path() / "libraries-1-dead00"));
  CHECK(fs::exists(parent.path() / "something-else"));
}

TEST_CASE("a copy has the bytes, a name of hash and serial, and no rights for others", "[private_copy]") {
  const TemporaryFolder parent;
  const PrivateFolder folder = folder_below(parent.path());
  const std::string text = "abc";
  fs::path path;
  {
    const auto copy = PrivateCopy::write(folder, sha256, 12, std::as_bytes(std::span(text)));
    REQUIRE(copy);
    path = copy->path();
    CHECK(path == folder.path() / "ba7816bf8f01cfea-12.so");
    CHECK(mode_of(path) == 0500);
    CHECK(fs::file_size(path) == 3);
  }

  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("a name is not taken twice, and a copy that is left stays until its folder goes",
          "[private_copy]") {
  const TemporaryFolder parent;
  fs::path path;
  {
    const PrivateFolder folder = folder_below(parent.path());
    auto copy = PrivateCopy::write(folder, sha256, 1, {});
    REQUIRE(copy);
    path = copy->path();
    CHECK_FALSE(PrivateCopy::write(folder, sha256, 1, {}));
    copy->leave();
    CHECK(fs::exists(path));
  }

  CHECK_FALSE(fs::exists(path));
}
