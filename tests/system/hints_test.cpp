// SPDX-License-Identifier: Apache-2.0
// What is said to somebody who took a wrong turn: what would have been right.
#include "tests/system/running_host.hpp"

using namespace baton::test;

namespace {

/// A host with a LoggerHandler in `log` and a SimpleQueue `queue`.
struct Hints {
  Hints() { place.start(place.config(log_with_logger + "servers: {queue: {type: SimpleQueue}}\n")); }

  [[nodiscard]] std::string said(const std::string& words) const { return place.verb(words).output; }

  Place place;
};

}  // namespace

TEST_CASE_METHOD(Hints, "a server where a handler is wanted is told as one, and the other way round",
                 "[hints]") {
  CHECK(contains(said("add log SimpleQueue"),
                 "\"SimpleQueue\" is a server, not a handler: `start NAME SimpleQueue`"));
  CHECK(contains(said("swap log/LoggerHandler SimpleQueue"), "is a server, not a handler"));
  CHECK(contains(said("add log " BATON_PLUGINS "/simple_queue.so"),
                 "\"SimpleQueue\" is a server, not a handler"));
  CHECK(
      contains(said("start other LoggerHandler"), "is a handler, not a server: `add MANAGER LoggerHandler`"));
}

TEST_CASE_METHOD(Hints, "completion offers the kind that is wanted, and the options of the type", "[hints]") {
  const auto completed = [this](const std::string& words) {
    return said("__complete -- " + words);
  };
  CHECK(contains(completed("add log ''"), "LoggerHandler\n"));
  CHECK_FALSE(contains(completed("add log ''"), "SimpleQueue"));
  CHECK_FALSE(contains(completed("swap log/LoggerHandler ''"), "SimpleQueue"));
  CHECK(contains(completed("swap queue ''"), "SimpleQueue\n"));
  CHECK_FALSE(contains(completed("start other ''"), "LoggerHandler"));
  CHECK(completed("add log LoggerHandler max") == "max_messages=\n");
  CHECK(completed("add log --id other LoggerHandler max") == "max_messages=\n");
  CHECK(completed("add log " BATON_PLUGINS "/logger.so max") == "max_messages=\n");
  CHECK(shell(std::string(BATON_BINARY) + " __complete -- --socket " + place.path("host.sock").string() +
              " which ''")
            .output == "log\n");
}

TEST_CASE_METHOD(Hints, "casts go to servers, and what to use for a manager is said", "[hints]") {
  CHECK(contains(said("cast log msg x"),
                 "`log` is an event manager, and casts go to servers; `notify log TYPE`"));
  CHECK(contains(said("cast log/LoggerHandler msg x"), "casts go to servers only"));
  CHECK(contains(said("cast log/LoggerHandler msg x"), "`notify log TYPE`"));
}

TEST_CASE_METHOD(Hints, "of handlers that are not there, those that are are named", "[hints]") {
  for (const std::string words : {"remove log/nope", "call log/nope x", "crash list log/nope"}) {
    const Ran ran = place.verb(words);
    INFO(words << ": " << ran.output);
    CHECK(ran.code == 1);
    CHECK(contains(ran.output, "event manager `log` has no handler `nope`; it has LoggerHandler"));
  }
  CHECK(place.verb("crash list log/LoggerHandler").output == "no crashes\n");
  CHECK(place.verb("remove log/LoggerHandler").code == 0);
  CHECK(contains(said("remove log/LoggerHandler"), "has no handler `LoggerHandler`; it has none"));
}

TEST_CASE_METHOD(Hints, "an unknown request is answered with what the plugin says it knows", "[hints]") {
  CHECK(contains(said("call queue deque"),
                 "SimpleQueue does not know the request `deque`; of itself it says: "
                 "\"a queue: calls queue and dequeue, cast enqueue\""));
  CHECK(contains(said("call log/LoggerHandler message"), "calls messages and count"));
}

TEST_CASE_METHOD(Hints, "try says that there is no such file either", "[hints]") {
  const std::string file = BATON_PLUGINS "/logger.so";
  CHECK(contains(
      said("try " + file + " --replay events.jsonl"),
      "no event manager is called `events.jsonl`; and there is no file `events.jsonl` in this folder"));
  CHECK(contains(shell(std::string(BATON_BINARY) + " --socket /nonexistent/x.sock try " + file +
                       " --replay events.jsonl")
                     .output,
                 "; and there is no file `events.jsonl`"));
}

TEST_CASE("the option --destructive is offered where it is one, and a swap with it does not say `would`",
          "[hints]") {
  Place place;
  std::filesystem::copy_file(PLUGIN_counter_v2, place.path("plugins") / "counter.so");
  place.start(
      place.config("managers: {log: {handlers: [CounterHandler]}}\n", place.path("plugins").string()));

  const Ran upgrade = place.verb("upgrade " PLUGIN_counter_v1);
  CHECK(upgrade.code == 1);
  CHECK_FALSE(contains(upgrade.output, "destructive"));
  CHECK(contains(place.verb("swap log/CounterHandler " PLUGIN_counter_v1).output,
                 "; with --destructive the new one would start empty"));
  const Ran swapped = place.verb("swap log/CounterHandler " PLUGIN_counter_v1 " --destructive");
  CHECK(swapped.code == 0);
  CHECK(contains(swapped.output, "dropped: CounterHandler"));
  CHECK_FALSE(contains(swapped.output, "would"));
}

TEST_CASE("counts of one are singular", "[hints]") {
  const Place place;
  CHECK(contains(
      place.verb("check " + place.config("managers: {a: {}}\nservers: {q: {type: SimpleQueue}}\n").string())
          .output,
      "valid; 1 manager, 1 server\n"));
  CHECK(contains(place.verb("check " + place.config("managers: {a: {}, b: {}}\n").string()).output,
                 "valid; 2 managers, 0 servers\n"));
}

TEST_CASE("a plugin file that is not there is told in one sentence", "[hints]") {
  const Place place;
  const std::string text = place.verb("try /nonexistent/x.so").output;
  CHECK(contains(text, "the file cannot be read: No such file or directory"));
}
