// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"
#include "host/behaviour/instance_memory.hpp"
#include "host/behaviour/services.hpp"
#include "host/runtime/atoms.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace baton {

/// A host that does nothing: what an instance asks for is an effect that it would have had. Its timers fire
/// when somebody takes them. One thread.
class NotingServices final : public Services {
 public:
  /// Both outlive it.
  NotingServices(AtomTable& atoms, const Clock& clock) : atoms_(atoms), clock_(clock) {}

  [[nodiscard]] std::vector<std::string> take_effects() { return std::exchange(effects_, {}); }

  /// The infos of the timers that run.
  [[nodiscard]] std::vector<OwnedMessage> take_timers();

  /// To be handed over to a successor, and what one inherits.
  [[nodiscard]] InstanceMemory& memories() { return memories_; }

  void log(LogLevel level, std::string_view text) override;

  [[nodiscard]] Atom intern(std::string_view text) override { return atoms_.intern(text); }

  [[nodiscard]] std::string_view atom_text(Atom atom) const override { return atoms_.text(atom); }

  [[nodiscard]] std::int64_t now_us() const override { return clock_.utc_now_us(); }

  Result<std::uint64_t> start_timer(Duration delay, const Message& info) override;
  Result<void> cancel_timer(std::uint64_t timer) override;
  Result<void> notify(std::string_view manager, const Message& event) override;
  Result<void> cast(std::string_view server, const Message& request) override;
  Result<Reply> call(std::string_view to, const Message& request, Duration timeout) override;
  Result<void> reply(std::uint64_t from, Reply reply) override;
  Result<MemoryView> memory(std::string_view name, std::size_t capacity) override;
  Result<void> free_memory(std::string_view name) override;

 private:
  void note(std::string effect) { effects_.push_back(std::move(effect)); }

  AtomTable& atoms_;
  const Clock& clock_;
  InstanceMemory memories_;
  std::vector<std::string> effects_;
  std::map<std::uint64_t, OwnedMessage> timers_;
  std::uint64_t last_timer_ = 0;
};

}  // namespace baton
