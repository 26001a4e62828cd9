// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/child_spec.hpp"
#include "host/behaviour/restart_policy.hpp"
#include "host/behaviour/supervised_children.hpp"
#include "host/behaviour/supervisor_options.hpp"
#include "host/behaviour/sys_process.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// Starts children in order, starts them again when they end, stops them in reverse order. A supervisor
/// may be the child of another. OTP: supervisor; docs/semantics.md has the differences.
///
/// It answers requests while a child is waiting for its next try; while a child's start or stop is running
/// it does not, as in OTP.
///
/// A child that does not end within its shutdown time is abandoned and reported (`shutdown_error`), and the
/// supervisor goes on: its name is free at once, so that it can be started again.
///
/// Threads: every public function by any; `calling_self` inside its own callbacks (a child's start). Those
/// that name a child fail with `not_found`, all with `process_ended` and `timed_out`.
class Supervisor final : public SysProcess {
 public:
  /// Starts the children in order, each in full before the next. When one fails, those before it are
  /// stopped in reverse, nothing is left, and its error is returned with the child's id in front.
  /// Under simple_one_for_one there is one specification and no child yet.
  /// Errors: bad_options (a mistake in `options` or `children`), already_started, and the child's.
  static Result<std::shared_ptr<Supervisor>> start(Runtime& runtime, std::string name,
                                                   SupervisorOptions options,
                                                   std::vector<ChildSpec> children);

  /// For start() only.
  Supervisor(Runtime& runtime, std::string name, const SupervisorOptions& options);
  ~Supervisor() override;

  /// Errors: already_started (running), already_present (known, but stopped or restarting), bad_options,
  /// not_supported (simple_one_for_one), and its start's, then nothing is kept.
  Result<ChildInfo> start_child(ChildSpec spec, Duration timeout = infinity);
  /// Starts one more child of a simple_one_for_one supervisor; it goes by the id in the answer.
  /// Errors: not_supported (another strategy), and its start's.
  Result<ChildInfo> start_child(std::string argument, Duration timeout = infinity);
  /// Stops a child and does not start it again; its specification stays, unless it is temporary or from
  /// simple_one_for_one. Ok also when it was not running.
  Result<void> terminate_child(std::string id, Duration timeout = infinity);
  /// Starts a stopped child again. Errors: already_started (running), restarting, not_supported
  /// (simple_one_for_one), and its start's.
  Result<ChildInfo> restart_child(std::string id, Duration timeout = infinity);
  /// Forgets a stopped child. Errors: already_started (running), restarting, not_supported.
  Result<void> delete_child(std::string id, Duration timeout = infinity);

  /// Newest first.
  Result<std::vector<ChildInfo>> which_children(Duration timeout = default_call_timeout);
  Result<ChildCounts> count_children(Duration timeout = default_call_timeout);

  /// Tries to start children again, ever. Does not wait.
  [[nodiscard]] std::uint64_t restarts() const { return restarts_.load(std::memory_order_relaxed); }

  /// With its defaults filled in; of a temporary child without its start, which is not kept.
  Result<ChildSpec> get_childspec(std::string id, Duration timeout = default_call_timeout);

  /// New options and specifications for a running supervisor. Children keep running as they are; a new
  /// specification replaces that of the same id, others are added and not started, those left out stay,
  /// behind the others. OTP: code_change. Errors: bad_options; then nothing changes.
  Result<void> change(SupervisorOptions options, std::vector<ChildSpec> specs,
                      Duration timeout = default_call_timeout);

 private:
  // All of these run in the process.
  void handle_messages(std::span<const Message> messages) override;
  void handle_stop(ExitReason reason) override;
  void handle_abandoned() override;

  // supervisor.cpp: starting, and what requests ask for
  Result<void> start_children(std::vector<ChildSpec> specs);
  /// May drop the child, when its start is ignored.
  Result<ChildInfo> start_process(Child& child);
  void watch(const Child& child);
  Result<ChildInfo> add(ChildSpec spec);
  Result<ChildInfo> add_dynamic(std::string argument);
  Result<void> terminate(std::string_view id);
  Result<ChildInfo> start_again(std::string_view id);
  Result<void> forget(std::string_view id);
  [[nodiscard]] std::vector<ChildInfo> infos_newest_first() const;
  [[nodiscard]] ChildCounts counts();
  Result<ChildSpec> spec_of(std::string_view id);
  Result<void> apply(const SupervisorOptions& options, std::vector<ChildSpec> specs);

  // supervisor_restart.cpp: child ended -> restart policy -> strategy
  void child_ended(const std::string& id, std::uint64_t instance, const ExitReason& reason);
  void restart(Child& child);
  [[nodiscard]] std::vector<Child*> group_of(Child& ended);
  void stop_group(Child& ended);
  void start_group(Child& ended);
  /// Runs `again` later, if the child is then still waiting for it.
  void try_again(Child& child, Duration delay, void (Supervisor::*again)(Child&));
  void give_up(const Child& child);
  /// Ends the supervisor when auto_shutdown says so.
  void significant_child_ended();

  // supervisor_stop.cpp
  void stop_process(Child& child);
  void stop_all();
  void stop_dynamic_children();
  [[nodiscard]] Duration time_left(std::optional<SteadyTime> deadline) const;
  /// Removes the child; what its id stands for is over.
  void drop(Child& child);

  [[nodiscard]] bool is_dynamic() const { return options_.strategy == Strategy::simple_one_for_one; }

  // supervisor_sys.cpp
  [[nodiscard]] Behaviour behaviour() const override { return {"supervisor", "Status for supervisor"}; }

  [[nodiscard]] std::vector<SysInstance> sys_instances() const override;
  std::vector<SysState> sys_states() override;
  Result<void> replace_states(const ReplaceState& replace) override;
  /// Tells a child whose it is.
  void tell_parent(Process& process) const;

  // The process's only.
  SupervisorOptions options_;
  SupervisedChildren children_;
  std::optional<ChildSpec> dynamic_spec_;  // of all children, under simple_one_for_one
  std::uint64_t last_dynamic_child_ = 0;
  std::uint64_t last_attempt_ = 0;
  RestartIntensity intensity_;
  BackoffDelays backoff_delays_;

  std::atomic<std::uint64_t> restarts_{0};  // written in the process only
};

}  // namespace baton
