// SPDX-License-Identifier: Apache-2.0
#include "host/loader/outcome_sinks.hpp"

#include <catch2/catch.hpp>

using namespace baton;

namespace {

void say(baton_sink* sink, std::string_view text) {
  CHECK(sink->write(sink->context, text.data(), text.size()) == BATON_OK);
}

}  // namespace

TEST_CASE("a sink collects what is written, with its content type", "[outcome_sinks]") {
  Sink sink;
  say(sink.get(), "[1");
  say(sink.get(), "]");
  sink.get()->set_content_type(sink.get()->context, BATON_APPLICATION_JSON);

  const Reply reply = sink.take();

  CHECK(reply.data == "[1]");
  CHECK(reply.content_type == BATON_APPLICATION_JSON);
  CHECK(sink.text().empty());
  CHECK_FALSE(sink.is_written());
}

TEST_CASE("a sink takes 64 MiB and refuses what is beyond, keeping the rest", "[outcome_sinks]") {
  Sink sink;
  const std::string block(Sink::size_max, 'x');
  say(sink.get(), block);

  CHECK(sink.get()->write(sink.get()->context, "y", 1) == BATON_NO_MEMORY);
  CHECK(sink.get()->write(sink.get()->context, "y", ~std::size_t{0}) == BATON_NO_MEMORY);
  CHECK(sink.is_cut());
  CHECK(sink.text().size() == Sink::size_max);
}

TEST_CASE("a sink refuses a pointer to nothing", "[outcome_sinks]") {
  Sink sink;

  CHECK(sink.get()->write(sink.get()->context, nullptr, 1) == BATON_INVALID);
  CHECK(sink.get()->write(sink.get()->context, nullptr, 0) == BATON_OK);
  CHECK(sink.is_written());
}

TEST_CASE("an outcome starts afresh for every callback", "[outcome_sinks]") {
  CallbackOutcome outcome;
  baton_outcome* const first = outcome.fresh();
  first->handled = 3;
  first->reason = nullptr;
  say(first->reply, "left over");

  const baton_outcome* const second = outcome.fresh();

  CHECK(second->handled == 0);
  CHECK(second->reason != nullptr);
  CHECK(outcome.reply().text().empty());
}

TEST_CASE("a reason is the plugin's text, or else the meaning of its status", "[outcome_sinks]") {
  CallbackOutcome outcome;

  static_cast<void>(outcome.fresh());
  CHECK(outcome.reason("create", BATON_NO_MEMORY) == "create failed without a reason (out of memory)");
  CHECK(outcome.reason("create", 4711) == "bad return: create answered with status 4711");
  CHECK(outcome.reason("create", std::numeric_limits<baton_status>::min()).starts_with("bad return: "));
  say(outcome.fresh()->reason, "no disk");
  CHECK(outcome.reason("create", BATON_ERROR) == "no disk");
  CHECK(outcome.reason("create", 4711) ==
        "bad return: create answered with status 4711; its reason: no disk");
}

TEST_CASE("a long reason is cut between characters", "[outcome_sinks]") {
  CallbackOutcome outcome;
  std::string text(8 * 1024 - 1, 'x');
  text += "\u00e4\u00e4\u00e4";
  say(outcome.fresh()->reason, text);

  CHECK(outcome.reason() == std::string(8 * 1024 - 1, 'x'));
}
