// SPDX-License-Identifier: Apache-2.0
#include "tests/system/running_host.hpp"

using namespace baton::test;

namespace {

const std::string two_handlers =
    "managers:\n  log:\n    handlers:\n      - {type: LoggerHandler, options: {types: [], print: false, "
    "max_messages: 100000}}\n"
    "      - {type: PersistenceHandler, id: store, options: {path: messages.db, types: [], print: false}}\n";

}  // namespace

TEST_CASE(
    "each line of standard input is an event, once and in order, while a third handler comes, is swapped and "
    "goes",
    "[stream]") {
  Place place;
  place.start(place.config(two_handlers));
  const std::string lines = place.path("lines").string();
  REQUIRE(shell("seq -f 'line %.0f' 1 5000 > " + lines).code == 0);

  std::thread changes([&place] {
    for (int i = 0; i < 20; ++i) {
      // Catch's assertions are for one thread: what went wrong shows in the counts below.
      (void)place.verb("add log LoggerHandler --id third print=false types=[] -q");
      (void)place.verb("swap log/third LoggerHandler -q");
      (void)place.verb("remove log/third -q");
    }
  });
  const Ran streamed = place.verb("notify log line - < " + lines);
  changes.join();

  CHECK(streamed.output == "5000 accepted, 5000 handled, 0 refused\n");
  CHECK(place.verb("call log/LoggerHandler count").output == "5000\n");
  const std::string database = place.path("messages.db").string();
  CHECK(shell("sqlite3 " + database + " 'select data from events order by seq' | cmp - " + lines).code == 0);
  CHECK(place.verb("call log/store messages 'limit=1 after=4999'").output.find("line 5000") !=
        std::string::npos);
}

TEST_CASE("acknowledged lines are counted out", "[stream]") {
  Place place;
  place.start(place.config(two_handlers));

  const Ran ran = place.verb("sync-notify log line - --acks < " BATON_SOURCE "/LICENSE");

  CHECK(ran.code == 0);
  CHECK(contains(ran.output, "202\n202 accepted, 202 handled, 0 refused\n"));
}

TEST_CASE("a stream whose host goes away says how much was acknowledged", "[stream]") {
  Place place;
  place.start(place.config(two_handlers));

  // Its socket goes when it does not serve any more.
  const std::string socket = place.path("host.sock").string();
  const Ran ran =
      shell("{ echo a; " + std::string(BATON_BINARY) + " --socket " + socket + " stop -q; while test -S " +
            socket + "; do :; done; cat " BATON_SOURCE "/LICENSE; } | " + BATON_BINARY + " --socket " +
            socket + " sync-notify log line -");

  CHECK(ran.code == 69);
  CHECK(contains(ran.output, "lines were acknowledged before"));
}
