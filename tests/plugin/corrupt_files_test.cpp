// SPDX-License-Identifier: Apache-2.0
#include "host/loader/file_content.hpp"
#include "host/loader/manifest.hpp"
#include "host/loader/scan.hpp"

#include <catch2/catch.hpp>
#include <elf.h>

#include <algorithm>
#include <random>

using namespace baton;

namespace {

constexpr unsigned seed = 20260601;
constexpr int variants = 4000;

std::vector<std::byte> plain_plugin() {
  auto content = read_plugin_file(PLUGIN_plain);
  REQUIRE(content);
  return content->bytes;
}

/// Runs the whole judgement on an exact copy, so that a sanitizer sees every byte beyond its end.
bool is_accepted(std::span<const std::byte> bytes) {
  const std::vector<std::byte> exact(bytes.begin(), bytes.end());
  const auto report = scan(exact);
  return report && parse_manifest(report->manifest_json, report->abi_major, report->abi_minor);
}

std::size_t below(std::mt19937& random, std::size_t end) {
  return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
}

void flip_bit(std::byte& byte, std::mt19937& random) {
  byte ^= std::byte{1} << below(random, 8);
}

}  // namespace

TEST_CASE("no part of a file is taken for a plugin, wherever it is cut", "[scan]") {
  const auto good = plain_plugin();
  std::mt19937 random(seed);

  int accepted = 0;
  for (int i = 0; i < variants; ++i) {
    accepted += is_accepted(std::span(good).first(below(random, good.size()))) ? 1 : 0;
  }

  CHECK(is_accepted(good));
  CHECK(accepted == 0);
}

TEST_CASE("flipped bits anywhere are judged without touching a byte outside the file", "[scan]") {
  const auto good = plain_plugin();
  std::mt19937 random(seed);

  for (int i = 0; i < variants; ++i) {
    auto bytes = good;
    const std::size_t flips = 1 + below(random, 8);
    for (std::size_t flip = 0; flip < flips; ++flip) {
      flip_bit(bytes[below(random, bytes.size())], random);
    }
    static_cast<void>(is_accepted(bytes));
  }
}

TEST_CASE("flipped bits in the headers and the dynamic section are judged safely too", "[scan]") {
  const auto good = plain_plugin();
  std::mt19937 random(seed);
  // Where most of the harm can be done: the headers, and the words of the tables behind them.
  const std::size_t headers = sizeof(Elf64_Ehdr) + 16 * sizeof(Elf64_Phdr);

  for (int i = 0; i < variants; ++i) {
    auto bytes = good;
    flip_bit(bytes[below(random, headers)], random);
    flip_bit(bytes[below(random, std::min<std::size_t>(bytes.size(), 4096))], random);
    static_cast<void>(is_accepted(bytes));
  }
}

TEST_CASE("a zeroed or randomly filled block is judged safely", "[scan]") {
  const auto good = plain_plugin();
  std::mt19937 random(seed);

  for (int i = 0; i < variants; ++i) {
    auto bytes = good;
    const std::size_t start = below(random, bytes.size());
    const std::size_t size = std::min<std::size_t>(bytes.size() - start, 1 + below(random, 512));
    const bool zeroed = below(random, 2) == 0;
    std::generate_n(bytes.begin() + static_cast<std::ptrdiff_t>(start), size,
                    [&] { return zeroed ? std::byte{0} : static_cast<std::byte>(below(random, 256)); });
    static_cast<void>(is_accepted(bytes));
  }
}
