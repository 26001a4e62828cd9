// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/manual_host.hpp"
#include "tests/support/parted_handler.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace baton::test {

using Trace = std::vector<std::string>;

inline constexpr int keys = 200;  // a first turn takes no more than 64 parts, and time stands still

struct HandoverTest {
  PartedScript old_script;  // first: the handlers that write into them go before
  PartedScript new_script;
  ManualHost host;
  std::shared_ptr<EventManager> manager = host.manager();
  int sent = 0;

  HandoverTest() {
    new_script.version = "2";
    new_script.writes = 2;
    REQUIRE(manager->add_handler({"a", old_script.factory(), {}}));
    for (int key = 0; key < keys; ++key) {
      send(key);
    }
    settle();
    old_script.trace.clear();
  }

  void send(int key) {
    const Message event = host.message("count", std::to_string(key));
    REQUIRE(manager->notify({&event, 1}));
    ++sent;
  }

  void settle() { host.scheduler.run_all(); }

  SwapRequest request(const std::string& new_id = "a") {
    return {"a", {new_id, new_script.factory(), {}}, SwapMode::safe, "argument", "extra"};
  }

  Result<SwapReport> swap(const std::string& new_id = "a") {
    auto report = manager->swap_handler(request(new_id));
    settle();
    return report;
  }

  std::string call(const std::string& type, const std::string& data = {}, const std::string& id = "a") {
    const auto reply = manager->call(id, host.message(type, data));
    return reply ? reply->data : code_of(reply);
  }

  /// What holds of every attempt that came to nothing.
  void check_old_goes_on() {
    CHECK(manager->which_handlers()->at(0).version == "1");
    const int before = sent;
    send(3);
    settle();
    CHECK(call("sum") == std::to_string(before + 1));
    CHECK(std::count(old_script.trace.begin(), old_script.trace.end(), "destroyed") == 0);
    for (const std::string& line : old_script.trace) {
      CHECK(line.substr(0, 9) != "terminate");
    }
    for (const std::string& line : new_script.trace) {
      CHECK(line.substr(0, 9) != "terminate");
    }
    CHECK(host.log.count("swap_failed") >= 1);
  }
};

}  // namespace baton::test
