// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/handler.hpp"
#include "plugins/sequence_check/times.hpp"

#include <chrono>
#include <memory>

namespace baton::test {

/// A handler that sees how long its manager hands out nothing, while there is always something to hand out.
class PauseProbe final : public Handler {
 public:
  explicit PauseProbe(Pauses& pauses) : pauses_(pauses) {}

  EventsOutcome handle_events(std::span<const Message> events) override {
    const std::int64_t now = now_us();
    if (free_since_ != 0) {
      pauses_.add({free_since_, now, events.front().seq});
    }
    free_since_ = now_us();
    EventsOutcome outcome;
    outcome.handled = events.size();
    return outcome;
  }

  CallOutcome handle_call(const Message& /*request*/) override { return {}; }

  InfoOutcome handle_info(const Message& /*info*/) override { return {}; }

  Result<Reply> terminate(const TerminateReason& /*why*/) override { return Reply(); }

  Result<std::optional<State>> save() override { return std::optional<State>(); }

 private:
  static std::int64_t now_us() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  }

  Pauses& pauses_;
  std::int64_t free_since_ = 0;
};

/// `pauses` is written by the manager's process only, and outlives it.
class PauseProbeFactory final : public HandlerFactory {
 public:
  explicit PauseProbeFactory(Pauses& pauses) : pauses_(pauses) { type_.name = "PauseProbe"; }

  [[nodiscard]] const TypeInfo& type() const override { return type_; }

  Result<std::unique_ptr<Handler>> create(const InstanceInit& /*init*/,
                                          Services& /*services*/) const override {
    return std::make_unique<PauseProbe>(pauses_);
  }

 private:
  Pauses& pauses_;
  TypeInfo type_;
};

}  // namespace baton::test
