// SPDX-License-Identifier: Apache-2.0
// The routes to crashes, and what others say of them.
#include "tests/unit/control/control_host.hpp"

using namespace baton;
using namespace baton::test;

namespace {

struct ApiCrashTest : ControlHost {
  /// One that comes back after a day.
  void add_patient() {
    const auto manager = std::dynamic_pointer_cast<EventManager>(host.registry.whereis("log"));
    REQUIRE(manager);
    CrashPolicy policy;
    policy.on_crash = OnCrash::restart;
    policy.backoff = {std::chrono::hours(24), std::chrono::hours(24)};
    REQUIRE(manager->add_handler({"patient", script.factory(), {}, {}, policy}));
  }

  std::string crash(const std::string& id) {
    return ask("POST", "/v1/managers/log/notify?type=fail&mode=sync", id).body;
  }

  std::string add(const std::string& policy) {
    const std::string document = R"({"type": "T", "crash_policy": )" + policy + "}";
    return ask("POST", "/v1/managers/log/handlers", document, "application/json").body;
  }
};

}  // namespace

TEST_CASE_METHOD(ApiCrashTest, "crashes are listed, newest first, of all or of one", "[api][crash]") {
  CHECK(ask("GET", "/v1/crashes").body == R"({"crashes":[]})");
  add_patient();
  crash("a");
  crash("patient");

  const std::string all = ask("GET", "/v1/crashes").body;
  CHECK(contains(all, R"({"crashes":[{"id":2,)"));
  CHECK(contains(all, R"("manager":"log","handler":"a","instance":1,"type":"ScriptedHandler","version":"1",)"
                      R"("callback":"handle_event","reason":"failed","done":"removed")"));
  CHECK_FALSE(contains(ask("GET", "/v1/crashes?manager=log&handler=patient").body, R"("handler":"a")"));
  const ApiReply nobody = ask("GET", "/v1/crashes?manager=log&handler=nobody");
  CHECK(nobody.status == 404);
  CHECK(contains(nobody.body, "has no handler `nobody`"));
  CHECK(ask("GET", "/v1/crashes?manager=nobody").status == 404);
}

TEST_CASE_METHOD(ApiCrashTest, "a crash is shown with everything that is known of it", "[api][crash]") {
  crash("a");
  const ApiReply shown = ask("GET", "/v1/crashes/1");
  CHECK(shown.status == 200);
  CHECK(contains(shown.body, R"("policy":"remove","callback":"handle_event","message":{"type":"fail",)"
                             R"("content_type":"text/plain","seq":1,"size":1,"shown":"fail \"a\" seq=1",)"
                             R"("beginning":"a"},"state":"","reason":"failed","done":[{"time_us":)"));

  CHECK(ask("GET", "/v1/crashes/2").status == 404);
  CHECK(contains(ask("GET", "/v1/crashes/2").body, "there is no crash 2; there were 1 so far"));
  CHECK(ask("GET", "/v1/crashes/two").status == 400);
}

TEST_CASE_METHOD(ApiCrashTest, "the beginning of bytes that are no text is base64", "[api][crash]") {
  REQUIRE(host.registry.whereis("log"));
  const std::string id = "\xff\xfe";
  const auto manager = std::dynamic_pointer_cast<EventManager>(host.registry.whereis("log"));
  REQUIRE(manager->add_handler({id, script.factory(), {}}));
  ask("POST", "/v1/managers/log/notify?type=fail&mode=sync", id, "application/octet-stream");
  CHECK(contains(ask("GET", "/v1/crashes/1").body, R"("beginning_base64":"//4=")"));
}

TEST_CASE_METHOD(ApiCrashTest, "the status is degraded while a handler is missing", "[api][crash]") {
  CHECK(contains(ask("GET", "/v1/status").body, R"("degraded":false)"));
  add_patient();
  CHECK(contains(crash("patient"), R"("crashed":true,"reason":"failed","restarted":true)"));

  const std::string status = ask("GET", "/v1/status").body;
  CHECK(contains(status, R"("degraded":true},"managers")"));  // the host
  CHECK(
      contains(status, R"("degraded":true,"crashes":1,"restarts":0,"missed":0,"missing":[{"id":"patient",)"));
  CHECK(contains(status, R"("why":"backing_off","reason":"failed","crash":1,)"));
  CHECK(contains(status, R"("restarts_in_ms":)"));
  CHECK(contains(ask("GET", "/v1/names").body, R"("missing":["log/patient"])"));
  const ApiReply call = ask("POST", "/v1/handlers/log/patient/call?type=count");
  CHECK(call.status == 409);
  CHECK(contains(call.body, R"("code":"restarting")"));

  CHECK(ask("DELETE", "/v1/handlers/log/patient").status == 200);
  CHECK_FALSE(contains(ask("GET", "/v1/status").body, R"("degraded":true)"));
}

TEST_CASE_METHOD(ApiCrashTest, "one that does not come back can be forgotten", "[api][crash]") {
  crash("a");
  CHECK(contains(ask("GET", "/v1/status").body, R"("why":"removed")"));
  CHECK(ask("POST", "/v1/handlers/log/a/forget").body == R"({"forgotten":"log/a"})");
  CHECK_FALSE(contains(ask("GET", "/v1/status").body, R"("degraded":true)"));
  CHECK(ask("POST", "/v1/handlers/log/a/forget").status == 404);
  CHECK(host.log.all("verb").back().fields.at("verb") == "crash clear");

  add_patient();
  crash("patient");
  CHECK(ask("POST", "/v1/handlers/log/patient/forget").status == 400);
}

TEST_CASE_METHOD(ApiCrashTest, "who asks for a handler that crashed is told where to look", "[api][crash]") {
  crash("a");
  const ApiReply call = ask("POST", "/v1/handlers/log/a/call?type=count");
  CHECK(call.status == 404);
  CHECK(contains(call.body, "has no handler `a`; it crashed: `crash show 1` says why"));
}

TEST_CASE_METHOD(ApiCrashTest, "a policy that comes with add is checked", "[api][crash]") {
  // A good one gets as far as the type.
  CHECK(contains(add(R"({"on_crash":"restart","max_restarts":3,"within_ms":60000,"save_every_ms":0,)"
                     R"("backoff":{"initial_ms":1,"max_ms":2,"factor":2,"jitter_percent":0}})"),
                 R"("code":"plugin_not_found")"));
  CHECK(contains(add(R"({"on_crash":"restat"})"), "did you mean"));
  CHECK(contains(add(R"({"on_crash":7})"), "on_crash is `7`"));
  CHECK(contains(add(R"({"max_restart":3})"), "unknown key `max_restart`"));
  CHECK(contains(add(R"({"max_restarts":-1})"), "whole number"));
  CHECK(contains(add(R"({"within_ms":99999999999})"), "whole number"));
  CHECK(contains(add(R"({"within_ms":0})"), R"("code":"bad_options")"));
  CHECK(contains(add(R"({"backoff":{"initial_ms":2,"max_ms":1}})"), R"("code":"bad_options")"));
  CHECK(contains(add(R"({"backoff":5})"), "`backoff` must be an object"));
  CHECK(contains(add(R"({"backoff":{"first_ms":5}})"), "unknown key `first_ms`"));
  CHECK(contains(add(R"("restart")"), "`crash_policy` must be an object"));
}
