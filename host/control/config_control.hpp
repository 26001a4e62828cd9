// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/config/plan.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

enum class StepOutcome : std::uint8_t { done, failed, skipped, taken_back, not_taken_back };

/// "ok", "failed", "skipped", "taken back", "NOT taken back".
[[nodiscard]] std::string_view step_outcome_name(StepOutcome outcome);

struct StepReport {
  PlanStep step;
  StepOutcome outcome = StepOutcome::done;
  std::string text;  // what came of it, or why not
  std::chrono::microseconds took{};
};

enum class ApplyResult : std::uint8_t {
  done,            // all of it; also when there was nothing to do
  taken_back,      // a step failed, and the host is as it was
  half_taken_back  // a step failed, and another could not be taken back, or it has crashed what it changed
};

/// "done", "taken_back", "half_taken_back".
[[nodiscard]] std::string_view apply_result_name(ApplyResult result);

/// What became of a plan.
struct ApplyReport {
  ApplyResult result = ApplyResult::done;
  std::vector<StepReport> steps;
  std::string error;  // of the step that failed, with its target
  std::uint64_t generation = 0;
  std::uint64_t previous = 0;  // the generation before
  std::chrono::milliseconds took{};
  std::vector<std::string> later;  // as of plans
  std::string warnings = {};       // of the file, for people
  bool found_by_hand = false;      // `previous` is what ran, which somebody had changed since the last apply
  std::vector<std::string> not_kept = {};  // of that: targets that do not come back, their files are gone
};

/// A plan as it is told: it can be applied as long as it still leads there.
struct MadePlan {
  Plan plan;
  std::string id;  // "8f21c0"; empty when there is nothing to apply
  std::uint64_t generation = 0;
  std::filesystem::path file;
  std::string warnings;                       // of the file, for people
  std::optional<std::uint64_t> back_to = {};  // of a rollback: the generation; the file says nothing of it
};

/// What was written into a config file, or would be.
struct SavedConfig {
  std::filesystem::path file;
  std::vector<std::string> changes;  // for people, see EditedConfig; empty: the file says what runs
  std::vector<std::string>
      versions;  // for people: swaps that the next apply does, since a config names no versions
  bool is_written = false;
};

/// One line of the history of a host.
struct GenerationRecord {
  std::uint64_t generation = 0;  // of a failure: the one that it would have been
  std::int64_t time_us = 0;      // UTC
  std::string who;               // "uid 1000 pid 4711", "SIGHUP", "watch_config"
  std::string what;              // "apply baton.yaml", "rollback 3", "start"
  std::string steps;             // "1 swap, 2 add"
  std::string result;            // "ok", or the error
  bool is_failure = false;
};

/// How often a config was to be applied since the start of the host, and what came of it.
struct ApplyCounts {
  std::uint64_t done = 0;
  std::uint64_t failed = 0;       // also those that were refused
  bool is_last_done = true;       // of the last one; the start of the host is one
  std::int64_t last_done_us = 0;  // UTC
};

/// The generations of a running host: what it was told to be, one after the other. Implemented above, by
/// what knows how a config becomes a host. Threads: any; one change at a time, the next one waits.
class ConfigControl {
 public:
  virtual ~ConfigControl() = default;

  /// What applying `file` (empty: the config file of the host) would do. Nothing is changed.
  /// Errors: bad_config, with every mistake of the file; io_failed, plugin_not_found, timed_out.
  virtual Result<MadePlan> plan(const std::filesystem::path& file) = 0;

  /// Carries out a plan that was made. Errors: not_found (no such plan); refused when it does not hold any
  /// more, because the host is at another generation, or what runs has changed.
  virtual Result<ApplyReport> apply_plan(const std::string& id, const std::string& who) = 0;

  /// Plans `file` as plan() does and carries that out. Errors: plan()'s, and nothing was changed.
  virtual Result<ApplyReport> apply(const std::filesystem::path& file, const std::string& who) = 0;

  /// Asks for apply() of the host's own file, soon, and does not wait.
  virtual void reload(const std::string& who) = 0;

  /// What going back to generation N would do. Errors: not_found.
  virtual Result<MadePlan> plan_rollback(std::uint64_t generation) = 0;

  /// Makes the host what it was at generation N, as a new generation. Errors: not_found, and plan()'s.
  virtual Result<ApplyReport> rollback(std::uint64_t generation, const std::string& who) = 0;

  /// How what runs differs from the current generation: what was changed by hand. Errors: as plan().
  virtual Result<MadePlan> drift() = 0;

  /// Writes what was changed by hand into the host's own config file, which keeps its comments and all else;
  /// or only tells what it would write. Errors: refused when the file has changes that were not applied;
  /// not_supported for what cannot be written, and the file is as it was; bad_config, io_failed.
  virtual Result<SavedConfig> save(bool is_dry_run, const std::string& who) = 0;

  [[nodiscard]] virtual std::uint64_t generation() const = 0;
  /// Oldest first; those that failed too.
  [[nodiscard]] virtual std::vector<GenerationRecord> history() const = 0;
  [[nodiscard]] virtual ApplyCounts apply_counts() const = 0;
};

}  // namespace baton
