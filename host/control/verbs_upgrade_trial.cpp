// SPDX-License-Identifier: Apache-2.0
// Verbs: what comes before the cut of an upgrade and after it. All or nothing is said of the cut. What goes
// back afterwards goes back alone: the others do well, by the same limits, and to take them back would
// convert their states once more, for a fault that need not be theirs. Whoever wants them all back upgrades
// to the old file.
#include "host/control/verbs_upgrade.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>
#include <utility>

namespace baton {

Result<std::string> Verbs::run_canaries(Running& running, const UpgradeOrder& order, Duration timeout) {
  std::vector<std::string> texts;
  for (UpgradePart& part : running.parts) {
    for (std::size_t i = 0; i < part.targets.size(); ++i) {
      const UpgradeTarget& target = part.targets[i];
      if (target.canary == 0) {
        continue;
      }
      const CanaryWish wish{target.canary, order.extra};
      EventManager* const manager = part.manager();
      const auto told =
          manager != nullptr
              ? run_canary(*manager, part.requests[i].old_id, part.requests[i].replacement, wish, timeout)
              : run_canary(*part.server(), part.swap->replacement, wish, timeout);
      if (!told) {
        return fail(told.error().code, target.name + ": " + told.error().text);
      }
      texts.push_back(target.name + ": " + *told);
    }
  }
  return fmt::format("{}", fmt::join(texts, "; "));
}

Result<void> Verbs::await_watches(Running& running, const UpgradeOrder& order, Duration timeout,
                                  UpgradeReport& report) {
  std::vector<std::string> failed;
  bool went_back = false;
  std::vector<std::shared_ptr<const void>> codes;
  std::set<std::uint64_t> libraries;
  std::size_t next = 0;
  for (UpgradePart& part : running.parts) {
    for (UpgradeTarget& target : part.targets) {
      SwapReport& swapped = report.swapped[next++].report;
      libraries.insert(swapped.old_library);
      if (!target.end_of_watch) {
        continue;
      }
      auto outcome =
          watched(std::move(*target.end_of_watch), *order.record, target.name, target.name + ": ", timeout);
      if (!outcome) {
        continue;
      }
      codes.push_back(std::exchange(outcome->code, nullptr));
      if (outcome->verdict == WatchOutcome::Verdict::stays) {
        failed.push_back(fmt::format("{} stays: {}", target.name, outcome->reason));
      } else if (outcome->verdict == WatchOutcome::Verdict::swapped_back) {
        failed.push_back(fmt::format("{} has gone back to {}, alone: {}", target.name, swapped.old_version,
                                     outcome->reason));
        went_back = true;
        libraries.insert(swapped.new_library);
        if (target.old_recipe) {
          parts_.deployment.remember(target.name, *target.old_recipe);
        }
      }
      swapped.watch = std::move(*outcome);
    }
  }
  codes.clear();
  for (const std::uint64_t library : libraries) {
    unload(*order.record, nullptr, library);
  }
  if (failed.empty()) {
    return {};
  }
  const std::size_t others = report.swapped.size() - failed.size();
  return fail(
      went_back ? Errc::swapped_back : Errc::init_failed,
      fmt::format("the upgrade failed at the step `watch`: {}; {} of {} run {} {}", fmt::join(failed, "; "),
                  others, report.swapped.size(), report.plugin, report.version));
}

}  // namespace baton
