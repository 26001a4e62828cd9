// SPDX-License-Identifier: Apache-2.0
#include "tests/system/running_host.hpp"

using namespace baton::test;

namespace {

/// Every way of naming a host that is not there, with that verb.
std::vector<std::string> naming_nobody(const std::string& verb) {
  std::vector<std::string> lines;
  for (const std::string option : {"--socket /nonexistent/nobody.sock", "--socket=/nonexistent/nobody.sock",
                                   "--host nobody-has-this-name", "--host=nobody-has-this-name"}) {
    lines.push_back(option + " " + verb);
    lines.push_back(verb + " " + option);
  }
  return lines;
}

}  // namespace

TEST_CASE("the host that was named is the one that is meant, whatever BATON_SOCKET says", "[host]") {
  Place place;
  place.start(place.config(log_with_logger));

  for (const std::string verb : {"status", "stop", "remove log/LoggerHandler"}) {
    for (const std::string& line : naming_nobody(verb)) {
      INFO(line);
      CHECK(place.verb(line).code == 69);
    }
  }

  CHECK(place.verb("which log -q").code == 0);
  CHECK(place.host().is_running());
  CHECK(contains(place.verb("which log").output, "LoggerHandler"));
}

TEST_CASE("a named host is reached though BATON_SOCKET says another", "[host]") {
  Place place;
  place.start(place.config(log_with_logger));
  const std::string socket = place.path("host.sock").string();

  for (const std::string& line : {"status --socket " + socket, "--socket=" + socket + " status"}) {
    CHECK(shell("BATON_SOCKET=/nonexistent/x.sock " BATON_BINARY " " + line).code == 0);
  }
  // One of the place's own is what that name means here.
  std::filesystem::create_directories(place.path("run/baton"));
  std::filesystem::create_symlink(socket, place.path("run/baton/named.sock"));
  const std::string environment =
      "XDG_RUNTIME_DIR=" + place.path("run").string() + " BATON_SOCKET=/nonexistent/x.sock ";
  for (const std::string line : {"status --host named", "--host=named status"}) {
    CHECK(shell(environment + BATON_BINARY + " " + line).code == 0);
  }
}

TEST_CASE("what leaves open which host is meant is refused", "[host]") {
  Place place;
  place.start(place.config(log_with_logger));

  CHECK(place.verb("stop --socket " + place.path("host.sock").string() + " --host test").code == 64);
  CHECK(place.verb("--host test stop --socket " + place.path("host.sock").string()).code == 64);
  CHECK(place.verb("stop --socket ''").code == 64);
  CHECK(place.verb("--host '' stop").code == 64);

  CHECK(place.host().is_running());
}

TEST_CASE("run listens where its config says, unless it is told otherwise", "[host]") {
  const Place place;
  const std::string config = place.config(log_with_logger).string();
  const std::string exported = place.path("exported.sock").string();
  const auto run = [&](const std::string& words) {
    return shell("echo status | BATON_SOCKET=" + exported + " " BATON_BINARY " " + words);
  };

  const Ran by_config = run("run " + config + " --console");
  CHECK(by_config.code == 0);
  CHECK(contains(by_config.output, place.path("host.sock").string()));
  CHECK_FALSE(contains(by_config.output, exported));

  const std::string told = place.path("told.sock").string();
  for (const std::string& words : {"run " + config + " --console --socket " + told,
                                   "--socket=" + told + " run " + config + " --console"}) {
    const Ran ran = run(words);
    CHECK(ran.code == 0);
    CHECK(contains(ran.output, told));
  }
  CHECK(run("run " + config + " --no-console --host other").code == 64);
  CHECK(run("--host other run " + config + " --no-console").code == 64);
}

TEST_CASE("the demo's hosts are its own, whatever BATON_SOCKET says", "[demo]") {
  Place place;
  place.start(place.config(log_with_logger));

  const Ran ran = shell("cd " BATON_SOURCE " && BATON_SOCKET=" + place.path("host.sock").string() + " " +
                        BATON_BINARY + " demo");

  CHECK(ran.code == 0);
  CHECK(place.verb("status -q").code == 0);
}
