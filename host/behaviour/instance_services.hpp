// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/mutex.hpp"
#include "host/behaviour/instance_memory.hpp"
#include "host/behaviour/services.hpp"
#include "host/runtime/runtime.hpp"
#include "host/runtime/timers.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace baton {

/// The services of one instance. Owned by what owns the instance, and made before and
/// destroyed after it; destruction cancels its timers.
class InstanceServices final : public Services {
 public:
  /// How infos and late replies get back into the process; both are called on any thread and must only
  /// post. `info` is dropped by the process when the instance is gone by then.
  struct Sinks {
    std::function<void(OwnedMessage info)> info;
    std::function<Result<void>(std::uint64_t from, Reply reply)> reply;
  };

  InstanceServices(Runtime& runtime, std::string label, Sinks sinks);
  ~InstanceServices() override;

  void log(LogLevel level, std::string_view text) override;
  [[nodiscard]] Atom intern(std::string_view text) override;
  [[nodiscard]] std::string_view atom_text(Atom atom) const override;
  [[nodiscard]] std::int64_t now_us() const override;
  Result<std::uint64_t> start_timer(Duration delay, const Message& info) override;
  Result<void> cancel_timer(std::uint64_t timer) override;
  Result<void> notify(std::string_view manager, const Message& event) override;
  Result<void> cast(std::string_view server, const Message& request) override;
  Result<Reply> call(std::string_view to, const Message& request, Duration timeout) override;
  Result<void> reply(std::uint64_t from, Reply reply) override;
  Result<MemoryView> memory(std::string_view name, std::size_t capacity) override;
  Result<void> free_memory(std::string_view name) override;

  /// To be handed over to a successor, and what one inherits.
  [[nodiscard]] InstanceMemory& memories() { return memories_; }

 private:
  struct TimerTable;

  // Constant after construction.
  Runtime& runtime_;
  const std::string label_;
  const Sinks sinks_;
  InstanceMemory memories_;                   // own synchronisation
  const std::shared_ptr<TimerTable> timers_;  // shared with the timers in flight; own synchronisation
};

}  // namespace baton
