// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/unit/control/control_host.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <string>
#include <thread>

namespace baton::test {

/// The handler `a` of `log` is in handle_events until let_go().
struct StuckTest : ControlHost {
  std::atomic<bool> is_in_it{false};
  std::atomic<bool> may_go_on{false};

  StuckTest() {
    script.on_run = [this](Services&) {
      is_in_it = true;
      while (!may_go_on) {
        std::this_thread::yield();
      }
    };
    CHECK(ask("POST", "/v1/managers/log/notify?type=run").status == 200);
    while (!is_in_it) {
      std::this_thread::yield();
    }
  }

  ~StuckTest() { let_go(); }

  StuckTest(const StuckTest&) = delete;
  StuckTest& operator=(const StuckTest&) = delete;

  void let_go() { may_go_on = true; }

  /// The text of the failure, which must be that of a time limit.
  std::string timed_out(const std::string& method, const std::string& target, const std::string& body = {}) {
    const ApiReply reply = ask(method, target, body);
    CHECK(reply.status == 504);
    const auto document = nlohmann::json::parse(reply.body);
    CHECK(document["error"]["code"] == "timed_out");
    return document["error"]["text"];
  }

  std::string handlers() { return ask("GET", "/v1/managers/log/handlers").body; }
};

}  // namespace baton::test
