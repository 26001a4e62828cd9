// SPDX-License-Identifier: Apache-2.0
// A plugin of ABI 1.0 in the fake host of today, which must not read behind the end of its table.
#include <baton/testing/fake_host.hpp>
#include <baton/testing/plugin_file.hpp>

#include <catch2/catch.hpp>

#include <cstdint>

using baton::testing::FakeHost;
using baton::testing::PluginFile;

TEST_CASE("what a plugin of ABI 1.0 does not have, it does not have in the fake host either", "[abi]") {
  const PluginFile file(PLUGIN_OF_1_0);
  FakeHost host;
  auto handler = host.create(file, "LoggerHandler", {{"print", false}});
  std::uint32_t version = 0;
  std::uint64_t left = 0;

  CHECK(handler.begin_parts(version).status == BATON_UNSUPPORTED);
  CHECK(handler.save_part(left).status == BATON_UNSUPPORTED);
  CHECK(handler.load_part(1, "").status == BATON_UNSUPPORTED);
  handler.end_parts();
  CHECK(handler.change_options({{"print", false}}).status == BATON_UNSUPPORTED);

  CHECK(handler.notify("msg", "Hello World").status == BATON_OK);
  CHECK(handler.call("messages").reply == R"(["Hello World"])");
}
