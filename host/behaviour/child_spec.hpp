// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/runtime/process.hpp"

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace baton {

/// When an ended child is started again: always; unless it ended normally; never.
enum class Restart : std::uint8_t { permanent, transient, temporary };

enum class ChildType : std::uint8_t { worker, supervisor };

/// When the end of a significant child ends its supervisor: never; that of any; that of the last one.
enum class AutoShutdown : std::uint8_t { never, any_significant, all_significant };

/// As a time for shutdown: the child is not asked to end and not waited for, but abandoned at once.
inline constexpr Duration brutal_kill = Duration::min();

/// What a child's start gives back. OTP: {ok, Pid} and {ok, Pid, Info}.
struct StartedChild {
  StartedChild() = default;

  template <std::derived_from<Process> P>
  // NOLINTNEXTLINE(google-explicit-constructor): most start functions have a process and nothing to add.
  StartedChild(std::shared_ptr<P> the_process) : process(std::move(the_process)) {}

  std::shared_ptr<Process> process;
  std::string info;          // for the caller of start_child or restart_child
  bool was_running = false;  // it was found, not made: then its start is no progress to report
};

/// Which child of a simple_one_for_one supervisor is to be started.
struct DynamicChild {
  std::string id;        // made by the supervisor: "worker:7" is the seventh from the specification `worker`
  std::string argument;  // of start_child
};

/// How a child is started, and what happens when it ends. OTP: child_spec().
struct ChildSpec {
  std::string id;
  /// Starts the child in full; runs in the supervisor's process and may wait. The error `ignored` is none:
  /// the child is known but does not run.
  std::function<Result<StartedChild>()> start;
  Restart restart = Restart::permanent;
  /// How long the child may take to end when it is told to; infinity and brutal_kill are allowed.
  /// Nothing: 5 s, and infinity for a supervisor, which waits for its own children.
  std::optional<Duration> shutdown{};
  ChildType type = ChildType::worker;
  bool significant = false;
  /// Instead of `start` under simple_one_for_one: starts any one of the children.
  std::function<Result<StartedChild>(const DynamicChild&)> start_dynamic{};
};

/// `spec.shutdown` or its default.
[[nodiscard]] Duration shutdown_of(const ChildSpec& spec);

enum class ChildState : std::uint8_t {
  stopped,     // terminated, ended for good, or its start was ignored
  running,     //
  restarting,  // waits for the next try of its start
};

struct ChildInfo {
  std::string id;
  std::uint64_t instance = 0;  // 0: not running
  Restart restart = Restart::permanent;
  std::uint64_t restarts = 0;  // tries
  ChildState state = ChildState::stopped;
  ChildType type = ChildType::worker;
  std::string info;           // in the answer of start_child and restart_child: what its start said
  std::uint64_t crashes = 0;  // ends of its processes with another reason than a quiet one
};

struct ChildCounts {
  std::size_t specs = 0;  // of simple_one_for_one: 1
  std::size_t active = 0;
  std::size_t supervisors = 0;  // running or not
  std::size_t workers = 0;

  bool operator==(const ChildCounts&) const = default;
};

/// Checks what start, start_child and change would refuse. The text of the error begins with OTP's name of
/// the mistake. Without `auto_shutdown` its combination with significant children is not checked.
/// Errors: bad_options (the first mistake). Threads: any. OTP: supervisor:check_childspecs/1,2.
Result<void> check_childspecs(std::span<const ChildSpec> specs,
                              std::optional<AutoShutdown> auto_shutdown = std::nullopt);

/// As check_childspecs, for simple_one_for_one: exactly one specification, with `start_dynamic`.
Result<void> check_dynamic_childspec(std::span<const ChildSpec> specs, AutoShutdown auto_shutdown);

/// Their words, as in config files and log records.
[[nodiscard]] std::string_view restart_name(Restart restart);
[[nodiscard]] std::string_view child_type_name(ChildType type);
[[nodiscard]] std::string shutdown_name(Duration shutdown);

}  // namespace baton
