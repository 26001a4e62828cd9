// SPDX-License-Identifier: Apache-2.0
#include "host/app/config_verbs.hpp"

#include "host/app/command_line.hpp"
#include "tests/plugin/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace baton;
using namespace baton::test;
using Json = nlohmann::ordered_json;

namespace {

HostRequest request(const std::vector<std::string>& words) {
  const auto parsed = parse_command_line(words, true);
  REQUIRE(std::holds_alternative<Invocation>(parsed));
  const auto made = request_of(std::get<Invocation>(parsed));
  REQUIRE(made);
  return *made;
}

Json step(const std::string& action, const std::string& target, const std::string& outcome = {}) {
  Json document = {
      {"action", action}, {"kind", "handler"}, {"target", target}, {"what", "T 1"}, {"reason", "why"}};
  if (!outcome.empty()) {
    document["outcome"] = outcome;
    document["text"] = "#2";
    document["took_us"] = 1500;
  }
  return document;
}

Json plan_of(const Json& steps) {
  return {{"plan",
           {{"id", "8f21c0"},
            {"generation", 7},
            {"file", "/b.yaml"},
            {"steps", steps},
            {"unchanged", {"audit", "queue"}},
            {"later", {"host.workers 0 -> 3"}},
            {"warnings", ""}}}};
}

Json applied(const std::string& result, const Json& steps) {
  return {{"apply",
           {{"result", result},
            {"generation", 8},
            {"previous", 7},
            {"took_ms", 41},
            {"steps", steps},
            {"later", Json::array()},
            {"error", "log/b: no disk"}}}};
}

}  // namespace

TEST_CASE("a config that a verb names is named absolutely, for the host has another folder",
          "[config_verbs]") {
  CHECK(request({"plan"}).body == "{}");
  CHECK(request({"plan", "/etc/../etc/b.yaml"}).body == R"({"file":"/etc/b.yaml"})");
  CHECK(request({"diff", "/b.yaml"}).path == "/v1/config/plan");
  CHECK(request({"diff", "--runtime"}).path == "/v1/config/drift");
  CHECK(Json::parse(request({"apply", "b.yaml"}).body)["file"].get<std::string>().front() == '/');
}

TEST_CASE("six hexadecimal digits are the id of a plan, unless there is such a file", "[config_verbs]") {
  CHECK(request({"apply", "8f21c0"}).body == R"({"plan":"8f21c0"})");
  CHECK(Json::parse(request({"apply", "8f21cx"}).body).contains("file"));
  const TemporaryFolder folder;
  const auto file = folder.write("8f21c0", "managers: {}\n");
  CHECK(Json::parse(request({"apply", file.string()}).body)["file"].get<std::string>() == file.string());
}

TEST_CASE("a reload is asked for, or waited for", "[config_verbs]") {
  CHECK(request({"reload"}).path == "/v1/config/reload");
  CHECK(request({"reload", "--wait"}).path == "/v1/config/apply");
}

TEST_CASE("a rollback names its generation", "[config_verbs]") {
  CHECK(request({"rollback", "7"}).body == R"({"generation":7,"dry_run":false})");
  CHECK(request({"rollback", "7", "--dry-run"}).body == R"({"generation":7,"dry_run":true})");
  CHECK(std::holds_alternative<CommandLineReply>(parse_command_line({"rollback", "last"}, true)));
}

TEST_CASE("a plan says what is done, what is not touched, what waits, and how to apply it",
          "[config_verbs]") {
  CHECK(plan_text(plan_of(
            Json::array({step("swap", "log/a"), step("add", "log/words"), step("remove", "log/c")}))) ==
        "plan of 3 steps from generation 7 to /b.yaml; nothing has been changed\n\n"
        "  * log/a      swap    T 1  why\n"
        "  + log/words  add     T 1  why\n"
        "  - log/c      remove  T 1  why\n"
        "  = audit, queue  unchanged, not touched\n"
        "  ! host.workers 0 -> 3  with the next start of the host\n"
        "apply it: baton apply 8f21c0");
}

TEST_CASE("an empty plan says so", "[config_verbs]") {
  CHECK(plan_text(plan_of(Json::array())) ==
        "nothing to do: generation 7 is what /b.yaml says\n"
        "  ! host.workers 0 -> 3  with the next start of the host");
}

TEST_CASE("each step that was applied is printed with its outcome and its time", "[config_verbs]") {
  CHECK(apply_text(applied("done", Json::array({step("swap", "log/a", "ok")}))) ==
        "* log/a  swap  ok  1.50 ms  T 1  #2\n"
        "generation 8 in 41 ms, 1 of 1 steps done; undo: baton rollback 7");
  CHECK(apply_text(applied("taken_back", Json::array({step("add", "log/b", "failed")}))) ==
        "+ log/b  add  failed  1.50 ms  T 1  #2\n"
        "failed: log/b: no disk\n"
        "generation 8 goes on: what was done has been taken back");
}

TEST_CASE("the exit code says whether there are changes, and what became of them", "[config_verbs]") {
  CHECK(config_exit_code(plan_of(Json::array())) == ExitCode::done);
  CHECK(config_exit_code(plan_of(Json::array({step("swap", "log/a")}))) == ExitCode::changes);
  CHECK(config_exit_code(applied("done", Json::array())) == ExitCode::done);
  CHECK(config_exit_code(applied("taken_back", Json::array())) == ExitCode::taken_back);
  CHECK(config_exit_code(applied("half_taken_back", Json::array())) == ExitCode::half_taken_back);
  CHECK_FALSE(config_exit_code(Json{{"started", "queue#2"}}));
}
