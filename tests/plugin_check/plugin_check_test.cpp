// SPDX-License-Identifier: Apache-2.0
#include "tests/system/running_host.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <set>
#include <sstream>

using namespace baton::test;

namespace {

using Json = nlohmann::json;
using Names = std::set<std::string>;

/// A line of findings.tsv.
struct Row {
  std::string group;
  std::string plugin;
  Names findings;
  std::string arguments;
};

Names words_of(const std::string& text) {
  std::istringstream stream(text);
  Names words;
  for (std::string word; stream >> word;) {
    words.insert(word);
  }
  return words;
}

std::vector<Row> read_rows() {
  std::vector<Row> rows;
  std::ifstream file(BATON_FINDINGS);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) {
      continue;
    }
    Row row;
    std::string findings;
    std::istringstream fields(line);
    std::getline(fields, row.group, '\t');
    std::getline(fields, row.plugin, '\t');
    std::getline(fields, findings, '\t');
    std::getline(fields, row.arguments, '\t');
    row.findings = findings == "-" ? Names() : words_of(findings);
    rows.push_back(std::move(row));
  }
  return rows;
}

/// What a sanitizer sees instead of us, or cannot bear; and what this compiler cannot make.
bool is_possible_here(const Row& row) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  static const Names beyond = {"constructor_eats_memory", "careless_memory",
                               "careless_loading",        "state_grows",
                               "state_too_large",         "needs_thread_sanitizer"};
  if (beyond.count(row.plugin) > 0) {
    return false;
  }
#endif
  return words_of(BATON_CHECKED_PLUGINS).count(row.plugin) > 0;
}

std::string path_of(const std::string& plugin) {
  for (const std::string& folder : words_of(BATON_FIXTURE_FOLDERS)) {
    if (std::filesystem::exists(folder + "/" + plugin + ".so")) {
      return folder + "/" + plugin + ".so";
    }
  }
  return {};
}

/// A place without a host, with files of one event each.
struct CheckPlace : Place {
  CheckPlace() {
    for (const char* type :
         {"throw", "own_type", "segfault", "abort", "exit", "exit_at_once", "overflow", "thread"}) {
      write(std::string(type) + ".jsonl", std::string(R"({"type":"fine"})"
                                                      "\n"
                                                      R"({"type":")") +
                                              type + "\"}\n");
    }
  }

  [[nodiscard]] Ran check(const std::string& file, const std::string& arguments = {}) const {
    return shell("cd " + path("").string() + " && " BATON_BINARY " plugin check " + file + " " + arguments);
  }

  [[nodiscard]] Json check_json(const std::string& file, const std::string& arguments = {}) const {
    return Json::parse(check(file, "-o json " + arguments).output, nullptr, false);
  }
};

void check_row(const CheckPlace& place, const Row& row) {
  const std::string file = path_of(row.plugin);
  INFO(row.plugin << " " << row.arguments);
  REQUIRE_FALSE(file.empty());

  const Ran ran = place.check(file, "-o json " + row.arguments);

  const Json document = Json::parse(ran.output, nullptr, false);
  INFO(ran.output);
  REQUIRE(document.is_object());
  Names found;
  for (const Json& line : document.at("checks")) {
    const std::string finding = line.value("finding", "");
    const bool is_of_fixtures = finding == "no_help" || finding == "environment_changed";
    if (!finding.empty() && (!is_of_fixtures || row.group == "shipped" || row.findings.count(finding) > 0)) {
      found.insert(finding);
    }
  }
  CHECK(found == row.findings);
  CHECK(ran.code == (document.value("errors", 0) > 0 ? 1 : 0));
}

void check_group(const std::string& group) {
  const CheckPlace place;
  for (const Row& row : read_rows()) {
    if (row.group == group && is_possible_here(row)) {
      check_row(place, row);
    }
  }
}

}  // namespace

TEST_CASE("plugin check names what is wrong with a file by its bytes", "[plugin_check]") {
  check_group("bytes");
}

TEST_CASE("plugin check names what is wrong with a library that cannot be loaded", "[plugin_check]") {
  check_group("loading");
}

TEST_CASE("plugin check names what is wrong with a handler or server at work, and survives it",
          "[plugin_check]") {
  check_group("running");
}

TEST_CASE("plugin check names what is wrong with a state", "[plugin_check]") {
  check_group("state");
}

TEST_CASE("plugin check has nothing against a good plugin", "[plugin_check]") {
  check_group("good");
}

TEST_CASE("plugin check has nothing at all against a plugin that is shipped", "[plugin_check]") {
  check_group("shipped");
}

TEST_CASE("every fixture has a line in the table", "[plugin_check]") {
  Names known;
  for (const Row& row : read_rows()) {
    known.insert(row.plugin);
  }
  for (const std::string& fixture : words_of(BATON_FIXTURES)) {
    CHECK(known.count(fixture) == 1);
  }
}

TEST_CASE_METHOD(CheckPlace, "what is found comes with its place, and with what to do about it",
                 "[plugin_check]") {
  const Ran crash = check(PLUGIN_careless_foreign_state);
  CHECK(crash.code == 1);
  CHECK(contains(crash.output, "careless 1.0.0, abi 1."));
  CHECK(contains(crash.output, "create from 0 bytes that are no state of version 1: ended by signal 6"));
  CHECK(contains(crash.output, "-> run it under a debugger"));
  CHECK(contains(crash.output, "does not pass: 1 error, no warnings"));

  const Ran good = check(PLUGIN_careless_none);
  CHECK(good.code == 0);
  CHECK(contains(good.output, "the same 100 at once: the same state, 16 bytes"));
  CHECK(contains(good.output, "saved, loaded, and saved again: the same 16 bytes, version 1"));
  CHECK(contains(good.output, "100 times loaded and unloaded: nothing is left"));
  CHECK(contains(good.output, "passes: no errors, no warnings"));
  CHECK(check(PLUGIN_careless_none, "-q").output.empty());
}

TEST_CASE_METHOD(CheckPlace, "messages that change nothing prove nothing, and that is said",
                 "[plugin_check]") {
  const std::string hint = "but as it was before: give it messages that it knows (--replay FILE)";
  write("casts.jsonl", R"({"type":"enqueue","data":"1"})"
                       "\n");
  CHECK(contains(check(PLUGIN_simple_queue).output, hint));
  CHECK_FALSE(contains(check(PLUGIN_simple_queue, "--replay casts.jsonl").output, hint));
}

TEST_CASE_METHOD(CheckPlace, "what cannot be compared is said to be so", "[plugin_check]") {
  CHECK(contains(check(PLUGIN_uses_make_shared).output, "not comparable: it shows no state"));
  CHECK(contains(check(PLUGIN_persistence).output,
                 "not comparable: the same messages twice make two different"));
}

TEST_CASE_METHOD(CheckPlace, "a command that cannot be meant is told from a plugin that is wrong",
                 "[plugin_check]") {
  const Ran unknown = check(PLUGIN_careless_none, "colour=red");
  CHECK(unknown.code == 65);
  CHECK(contains(unknown.output, "nothing in careless has an option `colour`"));
  CHECK(check(PLUGIN_careless_none, "--replay nowhere.jsonl").code == 65);
  CHECK(check("", "").code == 64);
  const Ran no_file = check("nowhere.so");
  CHECK(no_file.code == 1);
  CHECK(contains(no_file.output, "unreadable"));
  const Ran wrong_value = check(PLUGIN_counter_v1, "start=x");
  CHECK(wrong_value.code == 1);
  CHECK(contains(wrong_value.output, "start: "));
  CHECK(check_json(PLUGIN_counter_v1, "start=7").at("errors") == 0);
}
