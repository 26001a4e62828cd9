// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/sys_process.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// When an ended child is started again: always; unless it ended normally; never.
enum class Restart : std::uint8_t { permanent, transient, temporary };

struct ChildSpec {
  std::string id;
  /// Starts the child in full; runs in the supervisor's process and may wait.
  std::function<Result<std::shared_ptr<Process>>()> start;
  Restart restart = Restart::permanent;
  Duration shutdown{5000};  // how long stop() waits for it
};

/// one_for_one: only the child that ended is started again. More than `max_restarts` within `within` and
/// the supervisor gives up: it stops its children and ends. OTP's defaults.
struct SupervisorOptions {
  std::uint32_t max_restarts = 1;
  Duration within{5000};
};

struct ChildInfo {
  std::string id;
  std::uint64_t instance = 0;  // 0: not running
  Restart restart = Restart::permanent;
  std::uint64_t restarts = 0;
};

/// Starts children in order, starts them again when they end, stops them in reverse order.
/// OTP: supervisor, strategy one_for_one. Threads: every public function by any.
class Supervisor final : public SysProcess {
 public:
  /// Starts the children in order, each in full before the next. When one fails, those before it are
  /// stopped in reverse and its error is returned, with the child's id in front.
  static Result<std::shared_ptr<Supervisor>> start(Runtime& runtime, std::string name,
                                                   SupervisorOptions options,
                                                   std::vector<ChildSpec> children);

  /// For start() only.
  Supervisor(Runtime& runtime, std::string name, SupervisorOptions options);
  ~Supervisor() override;

  /// Errors: already_started (running), already_present (known but not running), and start's.
  Result<ChildInfo> start_child(ChildSpec spec, Duration timeout = infinity);
  /// Stops a child and does not start it again; its specification stays (a temporary one's goes).
  /// Errors: not_found, timed_out (it goes on ending).
  Result<void> terminate_child(std::string id, Duration timeout = infinity);
  /// Starts a terminated child again. Errors: not_found, already_started, and start's.
  Result<ChildInfo> restart_child(std::string id, Duration timeout = infinity);
  /// Forgets a terminated child. Errors: not_found, already_started.
  Result<void> delete_child(std::string id, Duration timeout = infinity);
  /// Newest first.
  Result<std::vector<ChildInfo>> which_children(Duration timeout = default_call_timeout);

 private:
  struct Child {
    ChildSpec spec;
    std::shared_ptr<Process> process;  // null: not running
    bool is_restarting = false;        // its start failed and is tried again
    std::uint64_t restarts = 0;
  };

  // All of these run in the process.
  void handle_messages(std::span<const Message> messages) override;
  void handle_stop(ExitReason reason) override;
  Result<ChildInfo> add(ChildSpec spec);
  Result<void> start_process(Child& child);
  Result<ChildInfo> start_again(std::string_view id);
  Result<void> stop_process(Child& child);
  Result<void> terminate(std::string_view id);
  Result<void> forget(std::string_view id);
  void child_ended(const std::string& id, std::uint64_t instance, const ExitReason& reason);
  void restart(Child& child);
  [[nodiscard]] bool may_restart();
  void give_up(const std::string& id);
  void stop_all();
  [[nodiscard]] Child* find(std::string_view id);
  [[nodiscard]] ChildInfo info_of(const Child& child) const;
  [[nodiscard]] Error no_such_child(std::string_view id) const;

  // supervisor_sys.cpp
  [[nodiscard]] Behaviour behaviour() const override { return {"supervisor", "Status for supervisor"}; }

  [[nodiscard]] std::vector<SysInstance> sys_instances() const override;
  std::vector<SysState> sys_states() override;
  Result<void> replace_states(const ReplaceState& replace) override;
  /// Tells a child whose it is.
  void adopt(Process& process) const;

  const SupervisorOptions options_;

  // The process's only.
  std::vector<std::unique_ptr<Child>> children_;  // in the order of starting
  std::deque<SteadyTime> recent_restarts_;        // those not older than `within`
};

}  // namespace baton
