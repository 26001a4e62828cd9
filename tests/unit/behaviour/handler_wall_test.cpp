// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/handler_wall.hpp"

#include "tests/support/code_of.hpp"

#include <catch2/catch.hpp>

#include <array>

using namespace baton;
using namespace baton::test;

namespace {

/// Returns what the test says, whatever its contract.
class Answering final : public Handler {
 public:
  EventsOutcome events;
  CallOutcome call;
  InfoOutcome info;

  EventsOutcome handle_events(std::span<const Message> /*events*/) override { return events; }

  CallOutcome handle_call(const Message& /*request*/) override { return call; }

  InfoOutcome handle_info(const Message& /*info*/) override { return info; }

  Result<Reply> terminate(const TerminateReason& /*why*/) override { return Reply{}; }

  Result<std::optional<State>> save() override { return std::optional<State>(); }
};

/// The same of a server.
class AnsweringServer final : public Server {
 public:
  ServerOutcome casts;

  ServerOutcome handle_call(const Message& /*request*/, std::uint64_t /*from*/) override { return {}; }

  ServerOutcome handle_casts(std::span<const Message> /*requests*/) override { return casts; }

  ServerOutcome handle_info(const Message& /*info*/) override { return {}; }

  Result<void> terminate(const TerminateReason& /*why*/) override { return {}; }

  Result<std::optional<State>> save() override { return std::optional<State>(); }
};

EventsOutcome outcome(HandlerVerdict verdict, std::size_t handled, std::size_t refused = 0,
                      std::string replacement = {}) {
  EventsOutcome outcome;
  outcome.verdict = verdict;
  outcome.handled = handled;
  outcome.refused = refused;
  outcome.replacement = std::move(replacement);
  return outcome;
}

constexpr std::array<Message, 3> batch{};

}  // namespace

TEST_CASE("an outcome of events that breaks its contract is a failure at an event of the batch",
          "[handler_wall]") {
  Answering handler;
  handler.events = GENERATE(outcome(HandlerVerdict::ok, 2), outcome(HandlerVerdict::ok, 4),
                            outcome(HandlerVerdict::remove, 0), outcome(HandlerVerdict::remove, 4),
                            outcome(HandlerVerdict::refused, 1, 0), outcome(HandlerVerdict::refused, 1, 3),
                            outcome(HandlerVerdict::refused, 4, 1), outcome(HandlerVerdict::swap, 0, 0, "T"),
                            outcome(HandlerVerdict::swap, 4, 0, "T"), outcome(HandlerVerdict::swap, 1),
                            outcome(HandlerVerdict::failed, 4), outcome(HandlerVerdict(99), 1));

  const EventsOutcome checked = guarded_handle_events(handler, batch);

  CHECK(checked.verdict == HandlerVerdict::failed);
  CHECK(checked.is_bad_return);
  CHECK(checked.handled < batch.size());
  CHECK(checked.reason.rfind("bad return from handle_events: ", 0) == 0);
}

TEST_CASE("an outcome of events that keeps its contract passes as it is", "[handler_wall]") {
  Answering handler;
  handler.events = GENERATE(outcome(HandlerVerdict::ok, 3), outcome(HandlerVerdict::remove, 1),
                            outcome(HandlerVerdict::refused, 0, 3), outcome(HandlerVerdict::refused, 2, 1),
                            outcome(HandlerVerdict::swap, 1, 0, "T"),
                            outcome(HandlerVerdict::swap, 3, 0, "T"), outcome(HandlerVerdict::failed, 2));

  const EventsOutcome checked = guarded_handle_events(handler, batch);

  CHECK(checked.verdict == handler.events.verdict);
  CHECK(checked.handled == handler.events.handled);
  CHECK_FALSE(checked.is_bad_return);
}

TEST_CASE("a failure at no event in particular is one at the last event", "[handler_wall]") {
  Answering handler;
  handler.events = outcome(HandlerVerdict::failed, 3);

  CHECK(guarded_handle_events(handler, batch).handled == 2);
}

TEST_CASE("a swap for nobody and a refused info are bad returns", "[handler_wall]") {
  Answering handler;
  handler.call.verdict = CallOutcome::Verdict::reply_and_swap;
  handler.info.verdict = GENERATE(HandlerVerdict::swap, HandlerVerdict::refused);

  CHECK(guarded_handle_call(handler, {}).verdict == CallOutcome::Verdict::failed);
  CHECK(guarded_handle_call(handler, {}).is_bad_return);
  CHECK(guarded_handle_info(handler, {}).verdict == HandlerVerdict::failed);
  CHECK(guarded_handle_info(handler, {}).is_bad_return);
}

TEST_CASE("a sibling that throws or is nothing is init_failed", "[handler_wall]") {
  struct Faulty final : HandlerFactory {
    TypeInfo info{"Faulty", "", 0, {}};

    [[nodiscard]] const TypeInfo& type() const override { return info; }

    Result<std::unique_ptr<Handler>> create(const InstanceInit&, Services&) const override {
      return fail(Errc::init_failed, "");
    }

    [[nodiscard]] Result<std::shared_ptr<const HandlerFactory>> sibling(
        std::string_view other) const override {
      if (other == "throws") {
        throw std::runtime_error("thrown");
      }
      return std::shared_ptr<const HandlerFactory>();
    }
  };

  CHECK(code_of(guarded_sibling(Faulty(), "throws")) == "init_failed");
  CHECK(code_of(guarded_sibling(Faulty(), "nothing")) == "init_failed");
}

TEST_CASE("a failure of casts is at a cast of the batch, and keeps what was handled before",
          "[handler_wall]") {
  using Verdict = ServerOutcome::Verdict;
  AnsweringServer server;
  SECTION("it failed at none in particular") {
    server.casts = {Verdict::failed, 3, {}, "no"};
  }
  SECTION("the last one wants what nobody can do") {
    server.casts.handled = 3;
    server.casts.then = {Then::Kind::timeout, std::chrono::milliseconds(-1), {}};
  }
  SECTION("the last one says what only a call can say") {
    server.casts = {Verdict::no_reply, 3, {}, {}};
  }
  const ServerOutcome checked = guarded_handle_casts(server, batch);
  CHECK(checked.verdict == Verdict::failed);
  CHECK(checked.handled == 2);
}
