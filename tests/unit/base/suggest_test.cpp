// SPDX-License-Identifier: Apache-2.0
#include "host/base/suggest.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace baton;

TEST_CASE("an edit is an insertion, a deletion, a replacement or a swap of neighbours", "[suggest]") {
  CHECK(edit_distance("queue", "queue") == 0);
  CHECK(edit_distance("queue", "queues") == 1);
  CHECK(edit_distance("queue", "quue") == 1);
  CHECK(edit_distance("queue", "quewe") == 1);
  CHECK(edit_distance("queue", "quueu") == 2);
  CHECK(edit_distance("queue", "uqeue") == 1);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("the closest name is suggested when it is close enough", "[suggest]") {
  const std::vector<std::string> names = {"LoggerHandler", "PersistenceHandler", "max_messages"};

  CHECK(closest("LogerHandler", names) == "LoggerHandler");
  CHECK(closest("loggerhandler", names) == "LoggerHandler");
  CHECK(closest("max_message", names) == "max_messages");
  CHECK_FALSE(closest("Counter", names));
  CHECK_FALSE(closest("", names));
  CHECK_FALSE(closest(std::string(65, 'x'), names));
  CHECK(did_you_mean("LogerHandler", names) == "; did you mean \"LoggerHandler\"?");
  CHECK(did_you_mean("Counter", names).empty());
}

TEST_CASE("the beginning of a word suggests the word, when it is the beginning of one only", "[suggest]") {
  const std::vector<std::string> levels = {"debug", "info", "warning", "error"};
  CHECK(closest("warn", levels) == "warning");
  CHECK(closest("WARN", levels) == "warning");
  const std::vector<std::string> policies = {"drop_newest", "drop_oldest"};
  CHECK_FALSE(closest("drop", policies));
}
