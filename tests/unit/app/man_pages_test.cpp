// SPDX-License-Identifier: Apache-2.0
#include "host/app/man_pages.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <sstream>

using namespace baton;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

ManPage page(const std::string& name) {
  for (const ManPage& page : man_pages()) {
    if (page.name == name) {
      return page;
    }
  }
  FAIL("there is no page " + name);
  return {};
}

bool has(const ManPage& page, const std::string& text) {
  return page.text.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("the program has a page, and every verb of its help", "[man_pages]") {
  std::vector<std::string> expected = {"baton"};
  for (const VerbSummary& verb : verb_summaries(false)) {
    expected.push_back("baton-" + verb.name);
  }

  std::vector<std::string> names;
  for (const ManPage& page : man_pages()) {
    names.push_back(page.name);
  }

  CHECK(names.size() > 20);
  CHECK(names == expected);
}

TEST_CASE("a page has every option that the help of its verb has", "[man_pages]") {
  for (const VerbSummary& verb : verb_summaries(false)) {
    const ManPage its = page("baton-" + verb.name);
    for (const std::string& option : verb.options) {
      INFO(its.name << " " << option);
      CHECK(has(its, "\\fB" + roff_text(option) + "\\fP"));
    }
  }
}

TEST_CASE("a page shows what follows, what must follow, and what may", "[man_pages]") {
  const ManPage add = page("baton-add");

  CHECK(has(add,
            "\\fBbaton add\\fP [\\fIOPTION\\fP]... \\fIMANAGER\\fP \\fITYPE\\fP [\\fIKEY=VALUE\\fP...]\n"));
  CHECK(has(add, "\\fB\\-\\-on\\-crash\\fP \\fIPOLICY\\fP\n"));
  CHECK(has(add, ".SH EXAMPLES\n.PP\n.RS 4\n.nf\nbaton add log LoggerHandler max_messages=100\n.fi\n"));
  CHECK(has(page("baton-status"), "without it and \\-\\-host that of $BATON_SOCKET"));
  CHECK(has(page("baton-run"), "where it listens; as CONFIG says when not given\n"));
  CHECK_FALSE(has(page("baton-run"), "BATON_SOCKET"));
  CHECK(has(page("baton-swap"),
            "\\fB\\-\\-canary\\fP \\fIN\\fP\ngive the last N messages to a throw\\-away copy first; "
            "0 to 10000\n"));
  CHECK(has(page("baton-reload"), "\\fB\\-\\-wait\\fP\n"));  // a flag: nothing follows
}

TEST_CASE("every page has the parts that a reader looks for", "[man_pages]") {
  for (const ManPage& its : man_pages()) {
    INFO(its.name);
    for (const char* part :
         {"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "\"EXIT STATUS\"", "\"SEE ALSO\""}) {
      CHECK(has(its, std::string(".SH ") + part + "\n"));
    }
    CHECK(its.text.starts_with(".\\\" "));
    CHECK(lines_of(its.text)[1].starts_with(".TH " + roff_text("BATON")));
  }
}

TEST_CASE("roff takes nothing of a page for a request that is none", "[man_pages]") {
  const std::vector<std::string> requests = {".\\\"", ".TH", ".SH", ".PP", ".TP", ".RS", ".RE", ".nf", ".fi"};
  for (const ManPage& its : man_pages()) {
    for (const std::string& line : lines_of(its.text)) {
      INFO(its.name << ": " << line);
      CHECK(std::ranges::all_of(line, [](unsigned char c) { return c >= ' ' && c <= '~'; }));
      CHECK_FALSE(line.empty());
      CHECK_FALSE(line.starts_with('\''));
      if (line.starts_with('.')) {
        CHECK(std::ranges::find(requests, line.substr(0, line.find(' '))) != requests.end());
      }
    }
  }
}

TEST_CASE("what roff would understand is escaped, and backticks are bold", "[man_pages]") {
  CHECK(roff_text("--wait \\ 'x' ~ ^") == "\\-\\-wait \\e \\(aqx\\(aq \\(ti \\(ha");
  CHECK(roff_text("see `plan` and `diff`") == "see \\fBplan\\fP and \\fBdiff\\fP");
  CHECK(roff_text("one ` alone") == "one \\fB alone\\fP");
}
