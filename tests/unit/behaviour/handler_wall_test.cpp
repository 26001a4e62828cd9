// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/handler_wall.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace baton;

namespace {

/// Answers every batch with the same outcome.
class StubbornHandler final : public Handler {
 public:
  explicit StubbornHandler(EventsOutcome outcome) : outcome_(std::move(outcome)) {}

  EventsOutcome handle_events(std::span<const Message> /*events*/) override { return outcome_; }

  CallOutcome handle_call(const Message& /*request*/) override { return {}; }

  InfoOutcome handle_info(const Message& /*info*/) override { return {}; }

  Result<Reply> terminate(const TerminateReason& /*why*/) override { return Reply{}; }

  Result<std::optional<State>> save() override { return std::optional<State>(); }

 private:
  const EventsOutcome outcome_;
};

EventsOutcome behind_wall_of_three(EventsOutcome outcome) {
  StubbornHandler handler(std::move(outcome));
  const std::vector<Message> events(3);
  return guarded_handle_events(handler, events);
}

}  // namespace

// The manager looks at the event that a handler failed at: it must be one of the batch.
TEST_CASE("a handler that breaks the contract of its batch has failed at one of its events",
          "[handler_wall]") {
  const auto breach = GENERATE(EventsOutcome{HandlerVerdict::ok, 4, 0, {}},       // more than there were
                               EventsOutcome{HandlerVerdict::ok, 2, 0, {}},       // fewer
                               EventsOutcome{HandlerVerdict::refused, 1, 0, {}},  // refuses nothing
                               EventsOutcome{HandlerVerdict::refused, 3, 1, {}},  // beyond the end
                               EventsOutcome{HandlerVerdict::remove, 0, 0, {}},   // at no event
                               EventsOutcome{static_cast<HandlerVerdict>(77), 3, 0, {}});
  const EventsOutcome outcome = behind_wall_of_three(breach);
  CHECK(outcome.verdict == HandlerVerdict::failed);
  CHECK(outcome.handled < 3);
  CHECK(outcome.reason.starts_with("bad return from handle_events: "));
}

TEST_CASE("a batch that was handled, refused in part or left early comes through the wall unchanged",
          "[handler_wall]") {
  const auto fair = GENERATE(
      EventsOutcome{HandlerVerdict::ok, 3, 0, {}}, EventsOutcome{HandlerVerdict::refused, 1, 2, "disk full"},
      EventsOutcome{HandlerVerdict::remove, 1, 0, {}}, EventsOutcome{HandlerVerdict::failed, 2, 0, "failed"});
  const EventsOutcome outcome = behind_wall_of_three(fair);
  CHECK(outcome.verdict == fair.verdict);
  CHECK(outcome.handled == fair.handled);
  CHECK(outcome.refused == fair.refused);
  CHECK(outcome.reason == fair.reason);
}
