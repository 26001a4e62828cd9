// SPDX-License-Identifier: Apache-2.0
#include "tests/system/running_host.hpp"

using namespace baton::test;

namespace {

/// A host with a counter of version 1 from a folder that newer versions are dropped into.
struct DropInPlace : Place {
  const std::string plugins = path("plugins").string();

  void start_with(const std::string& directory_rule, const std::string& handler_rule) {
    install(PLUGIN_counter_v1, "counter-1.so");
    start(configure(directory_rule, handler_rule));
  }

  std::filesystem::path configure(const std::string& directory_rule, const std::string& handler_rule) const {
    return write("baton.yaml", "host: {name: test, socket: " + path("host.sock").string() +
                                   ", runtime_dir: " + path("runtime").string() +
                                   "}\nplugins: {directories: [{folder: " + plugins + directory_rule +
                                   "}]}\nmanagers: {log: {handlers: [{type: CounterHandler, id: c" +
                                   handler_rule + "}]}}\n");
  }

  /// As `install` does: written under another name and renamed.
  void install(const std::string& file, const std::string& name) const {
    REQUIRE(shell("cp " + file + " " + plugins + "/.new && mv " + plugins + "/.new " + plugins + "/" + name)
                .code == 0);
  }

  [[nodiscard]] std::size_t logged(const std::string& what) const {
    const std::string text = log();
    std::size_t count = 0;
    for (auto place = text.find(what); place != std::string::npos; place = text.find(what, place + 1)) {
      ++count;
    }
    return count;
  }

  [[nodiscard]] std::string version() const {
    const std::string handlers = verb("which log -o json").output;
    const auto place = handlers.find("\"version\":\"");
    return place == std::string::npos ? handlers : handlers.substr(place + 11, 5);
  }
};

}  // namespace

TEST_CASE_METHOD(DropInPlace, "a newer version is swapped in by itself, with its state, where it is to be",
                 "[plugins]") {
  SECTION("the directory says so") {
    start_with(", on_new: swap", "");
  }
  SECTION("the handler says so") {
    start_with("", ", on_new: swap");
  }
  SECTION("the handler is told so while it runs") {
    start_with("", "");
    configure("", ", on_new: swap");
    const Ran applied = verb("apply");
    CHECK(contains(applied.output, "on_new as the directory says -> swap"));
    CHECK(contains(verb("which log").output, "#1"));
  }
  verb("sync-notify log msg");
  install(PLUGIN_counter_v2, "counter-2.so");

  REQUIRE(eventually([this] { return logged("swapped_in target=log/c") > 0; }));

  CHECK(version() == "2.0.0");
  CHECK(verb("sync-notify log msg").code == 0);
  CHECK(verb("call log/c count").output == "2.0.0 2 1\n");
  install(PLUGIN_constructor_exits, "other.so");
  REQUIRE(eventually([this] { return logged("other.so") > 0; }));
  CHECK(logged("swapped_in target=log/c") == 1);
}

TEST_CASE_METHOD(DropInPlace, "a newer version is only told of, where nothing else is said", "[plugins]") {
  SECTION("by nobody") {
    start_with("", "");
  }
  SECTION("by the handler, against its directory") {
    start_with(", on_new: swap", ", on_new: announce");
  }
  install(PLUGIN_counter_v2, "counter-2.so");

  REQUIRE(eventually([this] { return logged("newer_version target=log/c") > 0; }));

  CHECK(version() == "1.0.0");
  CHECK(logged("swapped_in") == 0);
}

TEST_CASE_METHOD(DropInPlace, "a newer version that fails is tried once, and the old one goes on",
                 "[plugins]") {
  start_with(", on_new: swap", "");
  install(PLUGIN_counter_v3_refuses, "counter-3.so");

  REQUIRE(eventually([this] { return logged("swap_in_failed target=log/c") > 0; }));
  shell("touch " + plugins + "/counter-3.so");
  install(PLUGIN_constructor_exits, "other.so");
  REQUIRE(eventually([this] { return logged("other.so") > 0; }));

  CHECK(version() == "1.0.0");
  CHECK(verb("sync-notify log msg").code == 0);
  CHECK(logged("swap_in_failed") == 1);
}
