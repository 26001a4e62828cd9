// SPDX-License-Identifier: Apache-2.0
// Everything hostile that cases.tsv lists, one after the other in one host, which answers after each.
#include "tests/zoo/zoo.hpp"

#include <map>
#include <sstream>

using namespace baton::test;

namespace {

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& some :
       {file_cases(), loading_cases(), running_cases(), swapping_cases(), folder_cases()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

/// A line of cases.tsv.
struct Line {
  std::string what;
  std::string reason;  // why there is no case; empty: there must be one
};

std::map<std::string, Line> all_lines() {
  std::map<std::string, Line> lines;
  std::istringstream text(bytes_of(BATON_ZOO_CASES));
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("#")) {
      continue;
    }
    std::istringstream columns(line);
    std::string id;
    Line read;
    std::getline(columns, id, '\t');
    std::getline(columns, read.what, '\t');
    std::getline(columns, read.reason, '\t');
    CHECK(lines.emplace(id, read).second);
  }
  return lines;
}

}  // namespace

TEST_CASE("every hostile thing that is listed has its case, or a reason why it has none", "[zoo]") {
  std::map<std::string, Line> without = all_lines();
  CHECK(without.size() == 16 + 7 + 8 + 11 + 9);
  for (const Case& one : all_cases()) {
    INFO(one.id);
    const auto line = without.find(one.id);
    REQUIRE(line != without.end());  // else it is not in the list, or twice in the cases
    CHECK(line->second.reason.empty());
    without.erase(line);
  }
  for (const auto& [id, line] : without) {
    INFO(id << " " << line.what);
    CHECK_FALSE(line.reason.empty());
  }
}

TEST_CASE("one host survives all of them, says why it refuses what it refuses, and goes on answering",
          "[zoo]") {
  std::map<std::string, Line> lines = all_lines();
  Zoo zoo;
  for (const Case& one : all_cases()) {
    INFO(one.id << " " << lines[one.id].what);
    one.run(zoo);
    zoo.expect_unharmed();
  }
}
