// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/unit/control/control_host.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

namespace baton::test {

/// The handler `a` of `log` is in handle_events until let_go(), or until this goes.
class StuckHandler {
 public:
  explicit StuckHandler(ControlHost& host) {
    host.script.on_run = [state = state_](Services&) {
      state->is_in_it = true;
      while (!state->may_go_on) {
        std::this_thread::yield();
      }
    };
    CHECK(host.ask("POST", "/v1/managers/log/notify?type=run").status == 200);
    while (!state_->is_in_it) {
      std::this_thread::yield();
    }
  }

  ~StuckHandler() { let_go(); }

  StuckHandler(const StuckHandler&) = delete;
  StuckHandler& operator=(const StuckHandler&) = delete;

  void let_go() { state_->may_go_on = true; }

 private:
  struct State {
    std::atomic<bool> is_in_it{false};
    std::atomic<bool> may_go_on{false};
  };

  const std::shared_ptr<State> state_ = std::make_shared<State>();  // the handler may look once more
};

struct StuckTest : ControlHost {
  StuckHandler stuck{*this};

  void let_go() { stuck.let_go(); }

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
