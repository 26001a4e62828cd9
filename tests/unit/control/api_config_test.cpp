// SPDX-License-Identifier: Apache-2.0
// The routes below /v1/config, with a control that the test plays.
#include "host/control/config_control.hpp"
#include "tests/unit/control/control_host.hpp"

using namespace baton;
using namespace baton::test;

namespace {

/// Answers with one step, and notes what it was asked.
class ScriptedControl final : public ConfigControl {
 public:
  std::vector<std::string> asked;
  std::optional<Error> error;

  Result<MadePlan> plan(const std::filesystem::path& file) override { return made("plan " + file.string()); }

  Result<ApplyReport> apply_plan(const std::string& id, const std::string& who) override {
    return applied("apply_plan " + id + " by " + who);
  }

  Result<ApplyReport> apply(const std::filesystem::path& file, const std::string& who) override {
    return applied("apply " + file.string() + " by " + who);
  }

  void reload(const std::string& who) override { asked.push_back("reload by " + who); }

  Result<MadePlan> plan_rollback(std::uint64_t generation) override {
    return made("plan_rollback " + std::to_string(generation));
  }

  Result<ApplyReport> rollback(std::uint64_t generation, const std::string& who) override {
    return applied("rollback " + std::to_string(generation) + " by " + who);
  }

  Result<MadePlan> drift() override { return made("drift"); }

  Result<SavedConfig> save(bool is_dry_run, const std::string& who) override {
    asked.push_back((is_dry_run ? "save, dry, by " : "save by ") + who);
    return error ? Result<SavedConfig>(fail(*error)) : SavedConfig{"/b.yaml", {"- log/a"}, {}, !is_dry_run};
  }

  [[nodiscard]] std::uint64_t generation() const override { return 7; }

  [[nodiscard]] std::vector<GenerationRecord> history() const override {
    return {{7, 5, "uid 0 pid 1", "apply b.yaml", "1 add", "ok", false}};
  }

  [[nodiscard]] ApplyCounts apply_counts() const override { return {3, 1, false, 5'000'000}; }

 private:
  static PlanStep step() {
    return {PlanAction::add, ElementKind::handler, "log/a", "A 1", "new in the file"};
  }

  Result<MadePlan> made(std::string what) {
    asked.push_back(std::move(what));
    if (error) {
      return fail(*error);
    }
    MadePlan made;
    made.plan.steps.push_back(step());
    made.plan.unchanged = {"queue"};
    made.id = "8f21c0";
    made.generation = 7;
    made.file = "/b.yaml";
    return made;
  }

  Result<ApplyReport> applied(std::string what) {
    asked.push_back(std::move(what));
    if (error) {
      return fail(*error);
    }
    ApplyReport report;
    report.generation = 8;
    report.previous = 7;
    report.steps.push_back({step(), StepOutcome::done, "#1", std::chrono::microseconds(12)});
    return report;
  }
};

struct ConfigApiTest : ControlHost {
  ScriptedControl control;

  ConfigApiTest() {
    verbs = std::make_unique<Verbs>(
        Verbs::Parts{host.runtime, *supervisor, deployment, catalog, *libraries, crashes, &control},
        HostFacts{"test", "0", 1, {}, {}, host.clock.steady_now()}, [] {});
    api = std::make_unique<Api>(*verbs);
  }

  ApiReply post(const std::string& verb, const std::string& body) {
    return ask("POST", "/v1/config/" + verb, body, "application/json");
  }

  /// What the control was asked for last.
  std::string last() { return control.asked.empty() ? "" : control.asked.back(); }
};

}  // namespace

TEST_CASE_METHOD(ConfigApiTest, "a plan is made of a file, or of the host's own", "[api]") {
  const ApiReply reply = post("plan", R"({"file": "/b.yaml"})");

  CHECK(reply.body == R"({"plan":{"id":"8f21c0","generation":7,"file":"/b.yaml","steps":[{"action":"add",)"
                      R"("kind":"handler","target":"log/a","what":"A 1","reason":"new in the file"}],)"
                      R"("unchanged":["queue"],"later":[],"warnings":""}})");
  CHECK(last() == "plan /b.yaml");
  CHECK(post("plan", "").status == 200);
  CHECK(last() == "plan ");
  CHECK(ask("GET", "/v1/config/drift").status == 200);
  CHECK(last() == "drift");
}

TEST_CASE_METHOD(ConfigApiTest, "a file or a plan is applied, by whoever asks", "[api]") {
  const ApiReply reply = post("apply", R"({"plan": "8f21c0"})");

  CHECK(last() == "apply_plan 8f21c0 by uid 0 pid 0");
  CHECK(contains(reply.body, R"({"apply":{"result":"done","generation":8,"previous":7,)"));
  CHECK(contains(reply.body, R"("outcome":"ok","text":"#1","took_us":12)"));
  CHECK(post("apply", R"({"file": "/b.yaml"})").status == 200);
  CHECK(last() == "apply /b.yaml by uid 0 pid 0");
  CHECK(post("reload", "").body == R"({"reloading":true,"generation":7})");
  CHECK(last() == "reload by uid 0 pid 0");
}

TEST_CASE_METHOD(ConfigApiTest, "a rollback is done, or planned only", "[api]") {
  CHECK(post("rollback", R"({"generation": 3})").status == 200);
  CHECK(last() == "rollback 3 by uid 0 pid 0");
  CHECK(post("rollback", R"({"generation": 3, "dry_run": true})").status == 200);
  CHECK(last() == "plan_rollback 3");
  CHECK(ask("GET", "/v1/config/history").body ==
        R"({"generation":7,"history":[{"generation":7,"time_us":5,"who":"uid 0 pid 1","what":"apply b.yaml",)"
        R"("steps":"1 add","result":"ok","failed":false}]})");
}

TEST_CASE_METHOD(ConfigApiTest, "what was changed by hand is saved, or only told", "[api]") {
  CHECK(post("save", "").body ==
        R"({"save":{"file":"/b.yaml","changes":["- log/a"],"versions":[],"written":true}})");
  CHECK(last() == "save by uid 0 pid 0");
  CHECK(contains(post("save", R"({"dry_run": true})").body, R"("written":false)"));
  CHECK(last() == "save, dry, by uid 0 pid 0");
}

TEST_CASE_METHOD(ConfigApiTest, "what cannot be meant is refused, and nothing is asked for", "[api]") {
  const auto wrong = GENERATE(
      as<std::pair<std::string, std::string>>{}, std::pair("plan", R"({"file": "b.yaml"})"),
      std::pair("plan", R"({"fiel": "/b"})"), std::pair("apply", R"({"file": "/b.yaml", "plan": "8f21c0"})"),
      std::pair("apply", R"({"plan": 8})"), std::pair("rollback", "{}"),
      std::pair("rollback", R"({"generation": -1})"),
      std::pair("rollback", R"({"generation": 1, "dry_run": "yes"})"));
  CAPTURE(wrong.second);
  CHECK(post(wrong.first, wrong.second).status == 400);
  CHECK(control.asked.empty());
}

TEST_CASE_METHOD(ConfigApiTest, "a failure of the control is the answer", "[api]") {
  control.error = Error{Errc::bad_config, "two errors"};
  CHECK(post("apply", "").status == 400);
  CHECK(contains(post("plan", "").body, R"("code":"bad_config","text":"two errors")"));
}

TEST_CASE_METHOD(ControlHost, "an embedded host has no config to plan with", "[api]") {
  CHECK(contains(ask("POST", "/v1/config/apply").body, R"("code":"not_supported")"));
  CHECK(contains(ask("GET", "/v1/config/history").body, R"("code":"not_supported")"));
}
