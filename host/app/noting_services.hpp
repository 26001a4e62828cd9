// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"
#include "host/base/mutex.hpp"
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
/// when somebody takes them. Threads: any, since an instance may have some of its own.
class NotingServices final : public Services {
 public:
  /// Both outlive it.
  NotingServices(AtomTable& atoms, const Clock& clock) : atoms_(atoms), clock_(clock) {}

  [[nodiscard]] std::vector<std::string> take_effects();

  /// The infos of the timers that run.
  [[nodiscard]] std::vector<OwnedMessage> take_timers();

  /// What callers were answered later than by the return of handle_call, by the number of the caller. Of
  /// several replies to one the first counts.
  [[nodiscard]] std::map<std::uint64_t, Reply> take_replies();

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
  void note(std::string effect);

  AtomTable& atoms_;
  const Clock& clock_;
  InstanceMemory memories_;
  Mutex mutex_;
  std::vector<std::string> effects_ BATON_GUARDED_BY(mutex_);
  std::map<std::uint64_t, OwnedMessage> timers_ BATON_GUARDED_BY(mutex_);
  std::map<std::uint64_t, Reply> replies_ BATON_GUARDED_BY(mutex_);
  std::uint64_t last_timer_ BATON_GUARDED_BY(mutex_) = 0;
};

}  // namespace baton
