// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/kept_plugins.hpp"
#include "host/app/plan_applier.hpp"
#include "host/app/turn.hpp"
#include "host/base/mutex.hpp"
#include "host/config/config_reader.hpp"
#include "host/control/config_control.hpp"
#include "host/loader/catalog.hpp"
#include "host/runtime/patience.hpp"

#include <deque>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace baton {

/// The config of a running host over time: reads, plans, applies, and remembers what it was. Owned by Host;
/// its destructor waits for a change under way. Log records: config_applied, config_apply_failed (with the
/// step), config_refused (with the place in the file).
class Generations final : public ConfigControl {
 public:
  static constexpr std::size_t generations_max = 50;  // so many can be gone back to
  static constexpr std::size_t history_max = 200;
  static constexpr std::size_t plans_max = 32;

  struct Parts {
    Runtime& runtime;
    Deployment& deployment;
    Catalog& catalog;
    std::filesystem::path folder;  // for what is kept of plugins
  };

  /// `config` is what the host has just been started with: generation 1. The parts outlive this.
  Generations(Parts parts, HostConfig config);
  ~Generations() override;

  Result<MadePlan> plan(const std::filesystem::path& file) override;
  Result<ApplyReport> apply_plan(const std::string& id, const std::string& who) override;
  Result<ApplyReport> apply(const std::filesystem::path& file, const std::string& who) override;
  void reload(const std::string& who) override;
  Result<MadePlan> plan_rollback(std::uint64_t generation) override;
  Result<ApplyReport> rollback(std::uint64_t number, const std::string& who) override;
  Result<MadePlan> drift() override;
  Result<SavedConfig> save(bool is_dry_run, const std::string& who) override;
  [[nodiscard]] std::uint64_t generation() const override;

  /// The config of the current generation, but what only a start of the host reads: that is what it started
  /// with.
  [[nodiscard]] HostConfig applied() const;

  [[nodiscard]] std::vector<GenerationRecord> history() const override;
  [[nodiscard]] ApplyCounts apply_counts() const override;

 private:
  /// What the host was told to be at one time.
  struct Generation {
    std::uint64_t number = 0;
    HostConfig config;
    HostShape shape;
  };

  /// A plan, and what it leads to.
  struct Intent {
    MadePlan made;
    HostConfig config;
    HostShape running;  // from here
    HostShape wanted;
  };

  /// What an apply finds, when somebody has changed it by hand.
  struct Ran {
    Generation generation;
    std::string steps;                  // that led there: "1 add"
    std::vector<std::string> not_kept;  // targets whose files are gone: they do not come back
  };

  Result<Intent> intent_of_file(const std::filesystem::path& file);
  /// `back_to`: the generation that it is from, when the steps are to say so.
  Result<Intent> intent_of(HostConfig config, std::optional<std::uint64_t> back_to = {});
  Result<Intent> intent_of_rollback(std::uint64_t number, bool is_drift = false);
  Result<void> check(const ReadConfig& read, std::string& warnings);
  /// What the processes are now, of a host with the applied config.
  Result<HostShape> running_shape() const;
  /// The text says what runs, but for versions, which it does not name: the swaps that would be done for
  /// their sake are added to `versions`, for people. Errors: not_supported.
  Result<HostConfig> check_saved(const std::string& text, const HostShape& running,
                                 std::vector<std::string>& versions) const;

  /// One's turn to plan or change. Errors: as Turn::take.
  Result<Turn::Guard> begin() {
    return changing_.take(parts_.runtime.scheduler, "another plan or change of the config");
  }

  /// Carries an intent out; changing_ is held.
  ApplyReport carry_out(Intent intent, const std::string& who, std::string what);
  /// As the generation behind `now`, to go back to. Nothing: what was applied is what runs.
  std::optional<Ran> ran_before(const Generation& now, HostShape running);
  void note(GenerationRecord record);
  void count_apply(bool is_done);
  MadePlan remember(Intent intent);
  [[nodiscard]] Generation current() const;
  void run_reloads();
  void reload_now(const std::string& who);

  const Parts parts_;
  const HostConfig started_with_;
  KeptPlugins kept_;  // whoever holds changing_

  /// One plan or change at a time; held while plugins run, which can plan and change nothing.
  Turn changing_;

  mutable Mutex mutex_;
  std::deque<Generation> generations_ BATON_GUARDED_BY(mutex_);  // the last is the current one
  std::deque<GenerationRecord> history_ BATON_GUARDED_BY(mutex_);
  std::deque<Intent> plans_ BATON_GUARDED_BY(mutex_);
  ApplyCounts apply_counts_ BATON_GUARDED_BY(mutex_);

  CallOff reloads_;  // what the reloader waits for

  Mutex reload_mutex_;
  Condition reload_asked_;
  std::optional<std::string> reload_for_ BATON_GUARDED_BY(reload_mutex_);
  bool is_ending_ BATON_GUARDED_BY(reload_mutex_) = false;
  std::thread reloader_;  // the last member: it uses all others
};

/// "1 swap, 2 add".
[[nodiscard]] std::string counted(const Plan& plan);

}  // namespace baton
