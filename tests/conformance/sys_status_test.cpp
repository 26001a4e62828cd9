// SPDX-License-Identifier: Apache-2.0
// sys: get_status, and what format_status redacts in it.
#include "host/behaviour/handler_wall.hpp"
#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_handler.hpp"
#include "tests/support/scripted_server.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

using FormatStatus = std::function<Result<void>(StatusPurpose, StatusView&)>;

Result<void> redact(StatusPurpose purpose, StatusView& view) {
  view.state = purpose == StatusPurpose::normal ? "redacted" : "redacted at the end";
  view.message = "redacted";
  return {};
}

/// The ways in which it can fail, each after it has already changed the view.
const std::vector<FormatStatus> failures = {
    [](StatusPurpose, StatusView& view) -> Result<void> {
      view.reason = "half done";
      return fail(Errc::crashed, "failed");
    },
    [](StatusPurpose, StatusView& view) -> Result<void> {
      view.reason = "half done";
      throw std::runtime_error("my_secret");
    },
    [](StatusPurpose, StatusView&) -> Result<void> {
      throw 42;  // NOLINT(hicpp-exception-baseclass): foreign code does that
    }};

}  // namespace

TEST_CASE("get_status shows a handler's state as its format_status has it", "[ge-013][ge-g36]") {
  ManualHost host;
  HandlerScript script;
  const auto manager = host.manager();
  REQUIRE(manager->add_handler({"a", script.factory(), {}}));
  CHECK(manager->sys().get_status()->instances.front().shown.empty());  // it shows nothing

  script.on_format_status = redact;
  CHECK(manager->sys().get_status()->instances.front().shown == "redacted");
  CHECK(manager->sys().get_state()->front().state.value()->data == "0");  // is not for redacting
}

TEST_CASE("get_status shows each handler with its id, its state and its owner", "[xe-017]") {
  ManualHost host;
  HandlerScript script;
  script.on_format_status = [](StatusPurpose, StatusView&) -> Result<void> {
    return {};  // as it is: the count
  };
  HandlerOwner owner(host.runtime, "watcher");
  const auto manager = host.manager();
  REQUIRE(manager->add_handler({"free", script.factory(), {}}));
  REQUIRE(manager->add_sup_handler({"owned", script.factory(), {}}, owner.ref()));

  const auto instances = manager->sys().get_status()->instances;

  REQUIRE(instances.size() == 2);
  CHECK(instances[0].id == "owned");
  CHECK(instances[0].owner == "watcher");
  CHECK(instances[0].shown == "0");
  CHECK(instances[1].id == "free");
  CHECK(instances[1].owner.empty());
}

TEST_CASE("get_status names the manager, its parent and its handlers, newest first",
          "[ge-013][ge-014][differs]") {
  // Every process has a name here. What tells a second one of that name apart is its number: OTP's pid.
  ManualHost host;
  HandlerScript script;
  const auto first = host.manager();
  REQUIRE(first->stop(ExitReason::normal(), infinity));
  const auto manager = host.manager();
  REQUIRE(manager->add_handler({"a", script.factory(), {}}));
  REQUIRE(manager->add_handler({"b", script.factory(), {}}));

  const auto status = manager->sys().get_status();

  REQUIRE(status);
  CHECK(status->header == "Status for event handler log#2");
  CHECK(status->module == "gen_event");
  CHECK(status->parent == "log");
  CHECK_FALSE(status->is_suspended);
  REQUIRE(status->instances.size() == 2);
  CHECK(status->instances[0].id == "b");
  CHECK(status->instances[1].id == "a");
  CHECK(status->instances[1].type == "ScriptedHandler");
}

TEST_CASE("get_status shows a server's state as its format_status has it", "[gs-039]") {
  ManualHost host;
  ServerScript script;
  script.on_format_status = redact;
  const auto server = *ServerProcess::start(host.runtime, {"queue", script.factory(), {}, {}});
  const auto by_name = std::dynamic_pointer_cast<SysProcess>(host.registry.whereis("queue"));

  CHECK(by_name->sys().get_status()->instances.front().shown == "redacted");
  REQUIRE(server->sys().suspend());
  CHECK(server->sys().get_status()->instances.front().shown == "redacted");
}

TEST_CASE("a format_status that fails or throws gives a fixed text and harms nothing",
          "[gs-042][gs-043][differs]") {
  // OTP's format_status/2 may throw its result; in C++ a throw is a failure, always.
  ManualHost host;
  ServerScript server_script;
  HandlerScript handler_script;
  const auto server = *ServerProcess::start(host.runtime, {"queue", server_script.factory(), {}, {}});
  const auto manager = host.manager();
  REQUIRE(manager->add_handler({"a", handler_script.factory(), {}}));
  for (const FormatStatus& failure : failures) {
    server_script.on_format_status = failure;
    handler_script.on_format_status = failure;

    CHECK(server->sys().get_status()->instances.front().shown == "format_status crashed");
    CHECK(manager->sys().get_status()->instances.front().shown == "format_status crashed");
    CHECK(server->call(host.message("sum"))->data.empty());
    CHECK(manager->which_handlers()->size() == 1);
  }

  // Nor does it harm the report of a crash.
  CHECK(code_of(server->call(host.message("throw"))) == "crashed");
  CHECK(code_of(manager->call("a", host.message("throw"))) == "crashed");
  REQUIRE(host.log.count("server_crashed") == 1);
  CHECK(host.log.all("server_crashed")[0].fields.at("reason") == "thrown");
  REQUIRE(host.log.count("handler_crashed") == 1);
  CHECK(host.log.all("handler_crashed")[0].fields.at("reason") == "thrown");
}

TEST_CASE("the guarded format_status hides state and message when it fails, and keeps the reason",
          "[gs-042]") {
  ManualHost host;
  HandlerScript script;
  InstanceInit init;
  InstanceServices services(host.runtime, "a", {});
  const ScriptedHandler handler(script, init, services);
  for (const FormatStatus& failure : failures) {
    script.on_format_status = failure;
    StatusView view{"secret", "secret", "why"};
    guarded_format_status(handler, StatusPurpose::terminate, view);
    CHECK(view.state == "format_status crashed");
    CHECK(view.message == "format_status crashed");
    CHECK(view.reason == "why");
  }
  script.on_format_status = redact;
  StatusView view{"secret", "secret", "why"};
  guarded_format_status(handler, StatusPurpose::terminate, view);
  CHECK(view.state == "redacted at the end");
  CHECK(view.message == "redacted");
}

TEST_CASE("the status of a suspended process is answered and says so", "[gs-039]") {
  ManualHost host;
  ServerScript script;
  const auto server = *ServerProcess::start(host.runtime, {"queue", script.factory(), {}, {}});
  const auto manager = host.manager();
  CHECK_FALSE(server->status()->is_suspended);
  CHECK_FALSE(manager->status()->is_suspended);
  REQUIRE(server->sys().suspend());
  REQUIRE(manager->sys().suspend());
  CHECK(server->status(Duration(10))->is_suspended);
  CHECK(manager->status(Duration(10))->is_suspended);
}
