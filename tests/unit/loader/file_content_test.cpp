// SPDX-License-Identifier: Apache-2.0
#include "host/loader/file_content.hpp"

#include "tests/plugin/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace baton;
using namespace baton::test;

namespace {

std::string refusal_of(const std::filesystem::path& path) {
  const auto content = read_plugin_file(path);
  return content ? "read" : std::string(refusal_name(content.error().reason));
}

}  // namespace

TEST_CASE("a file is read as a whole, with the stamp that tells when it changes", "[file_content]") {
  const TemporaryFolder folder;
  const auto file = folder.write("a.so", "hello");

  const auto first = read_plugin_file(file);
  REQUIRE(first);
  CHECK(first->bytes.size() == 5);
  CHECK(first->stamp == read_plugin_file(file)->stamp);
  folder.write("a.so", "hello!");
  CHECK(first->stamp != read_plugin_file(file)->stamp);
}

TEST_CASE("what is not a regular file is refused without waiting", "[file_content]") {
  const TemporaryFolder folder;
  const auto pipe = folder.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);

  CHECK(refusal_of(pipe) == "not_a_file");
  CHECK(refusal_of(folder.path()) == "not_a_file");
  CHECK(refusal_of("/dev/zero") == "not_a_file");
  CHECK(refusal_of(folder.path() / "missing") == "unreadable");
}

TEST_CASE("a file beyond the limit is refused without being read", "[file_content]") {
  const TemporaryFolder folder;
  const auto file = folder.write("sparse.so", "");
  std::filesystem::resize_file(file, static_cast<std::uintmax_t>(plugin_file_size_max) + 1);

  CHECK(refusal_of(file) == "too_large");
}

TEST_CASE("a link is read as what it leads to, and a circle of links is refused", "[file_content]") {
  const TemporaryFolder folder;
  folder.write("a.so", "hello");
  std::filesystem::create_symlink("a.so", folder.path() / "link.so");
  std::filesystem::create_symlink("circle", folder.path() / "circle");

  CHECK(refusal_of(folder.path() / "link.so") == "read");
  CHECK(refusal_of(folder.path() / "circle") == "unreadable");
}

TEST_CASE("the hash is SHA-256", "[file_content]") {
  const std::string text = "abc";

  CHECK(sha256_hex(std::as_bytes(std::span(text))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
