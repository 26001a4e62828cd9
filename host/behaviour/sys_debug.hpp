// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/sys_types.hpp"
#include "host/runtime/message.hpp"
#include "host/runtime/runtime.hpp"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace baton {

/// Who wants to know what of one process's events: its log, trace, statistics and observers. Exists only
/// while there is something on. Used in the process only.
class SysDebug {
 public:
  SysDebug(Runtime& runtime, std::string process) : runtime_(runtime), process_(std::move(process)) {}

  [[nodiscard]] bool is_off() const { return !wants_each() && !statistics_; }

  /// Somebody looks at each event; else they are only counted.
  [[nodiscard]] bool wants_each() const { return log_max_ > 0 || is_traced_ || !observers_.empty(); }

  void count_in(std::size_t messages);
  void count_out();
  /// To the log, the trace and the observers. The time is filled in here.
  void record(SysEvent event);

  /// Keeps the last `count` events; 0: keeps none.
  void set_log(std::size_t count);

  [[nodiscard]] std::vector<SysEvent> log() const { return {log_.begin(), log_.end()}; }

  void set_trace(bool is_on) { is_traced_ = is_on; }

  void set_statistics(bool is_on);
  [[nodiscard]] std::optional<SysStatistics> statistics() const;
  /// An id that is there already keeps the observer that it has.
  void install(std::string id, SysObserver observer);
  void remove(std::string_view id);

 private:
  struct Installed {
    std::string id;
    SysObserver observer;
  };

  /// False: it is to be removed.
  [[nodiscard]] bool show_to(const Installed& installed, const SysEvent& event) const;

  Runtime& runtime_;
  const std::string process_;
  std::size_t log_max_ = 0;
  std::deque<SysEvent> log_;
  bool is_traced_ = false;
  std::optional<SysStatistics> statistics_;
  std::vector<Installed> observers_;  // in the order of installing
};

/// The event of a message, with no more of its data than an event keeps.
[[nodiscard]] SysEvent sys_event_of(SysEvent::Kind kind, const Message& message);

/// The event of a reply of these data.
[[nodiscard]] SysEvent sys_event_of_reply(std::string_view data, std::uint64_t from);

}  // namespace baton
