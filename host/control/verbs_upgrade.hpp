// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/control/verbs.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

/// For verbs_upgrade.cpp and verbs_upgrade_trial.cpp only.
namespace baton {

/// A handler or server that is going to be swapped.
struct UpgradeTarget {
  std::string name;  // "manager/id" or a server
  std::string type;
  Recipe recipe = {};
  std::optional<Recipe> old_recipe = {};                   // of what runs now, if anybody knows
  std::size_t canary = 0;                                  // events or requests; 0: none
  std::optional<Pending<WatchOutcome>> end_of_watch = {};  // the end of its watch, if there is one

  /// For the one who watches; nothing when nobody is to.
  std::optional<From<WatchOutcome>> watch_end(const WatchPolicy& policy) {
    if (policy.window == Duration::zero()) {
      return std::nullopt;
    }
    auto [pending, end] = make_question<WatchOutcome>();
    end_of_watch.emplace(std::move(pending));
    return std::move(end);
  }
};

/// A process that takes part, and what of it is swapped: handlers or the server itself.
struct UpgradePart {
  std::shared_ptr<SysProcess> process;
  std::vector<UpgradeTarget> targets;
  std::vector<SwapRequest> requests = {};  // of a manager
  std::optional<ServerSwap> swap = {};     // of a server

  [[nodiscard]] EventManager* manager() const { return dynamic_cast<EventManager*>(process.get()); }

  [[nodiscard]] ServerProcess* server() const { return dynamic_cast<ServerProcess*>(process.get()); }
};

/// Between two messages of every process that takes part. What is not finished when it dies is taken back,
/// and all go on.
class UpgradeTransaction {
 public:
  UpgradeTransaction(std::vector<UpgradePart>& parts, Duration timeout) : parts_(parts), timeout_(timeout) {}

  UpgradeTransaction(const UpgradeTransaction&) = delete;
  UpgradeTransaction& operator=(const UpgradeTransaction&) = delete;

  ~UpgradeTransaction() {
    finish(false);
    resume();
  }

  Result<void> suspend() {
    for (UpgradePart& part : parts_) {
      if (auto done = part.process->sys().suspend(timeout_); !done) {
        return fail(done.error().code, part.process->name() + ": " + done.error().text);
      }
      ++suspended_;
    }
    return {};
  }

  /// One report for each target, in their order.
  Result<std::vector<SwapReport>> prepare() {
    std::vector<SwapReport> reports;
    for (UpgradePart& part : parts_) {
      if (EventManager* const manager = part.manager()) {
        auto made = manager->prepare_swaps(std::move(part.requests), timeout_);
        if (!made) {
          return fail(std::move(made.error()));
        }
        reports.insert(reports.end(), made->begin(), made->end());
      } else {
        auto made = part.server()->prepare_swap(std::move(*part.swap), timeout_);
        if (!made) {
          return fail(std::move(made.error()));
        }
        reports.push_back(std::move(*made));
      }
    }
    return reports;
  }

  Result<void> cut_over() {
    for (UpgradePart& part : parts_) {
      EventManager* const manager = part.manager();
      if (auto done = manager != nullptr ? manager->cut_over(timeout_) : part.server()->cut_over(timeout_);
          !done) {
        return fail(done.error().code, part.process->name() + ": " + done.error().text);
      }
    }
    return {};
  }

  /// A process that has ended meanwhile has nothing to finish; its supervisor makes it anew.
  void finish(bool is_kept) {
    if (!std::exchange(is_finished_, true)) {
      for (UpgradePart& part : parts_) {
        EventManager* const manager = part.manager();
        (void)(manager != nullptr ? manager->finish_swaps(is_kept, timeout_)
                                  : part.server()->finish_swap(is_kept, timeout_));
      }
    }
  }

  void resume() {
    for (; suspended_ > 0; --suspended_) {
      (void)parts_[suspended_ - 1].process->sys().resume(timeout_);
    }
  }

 private:
  std::vector<UpgradePart>& parts_;
  const Duration timeout_;
  std::size_t suspended_ = 0;
  bool is_finished_ = false;
};

/// What runs of a plugin.
struct Verbs::Running {
  std::vector<UpgradePart> parts;
  std::vector<std::string> unchanged;

  [[nodiscard]] std::size_t count() const {
    std::size_t count = 0;
    for (const UpgradePart& part : parts) {
      count += part.targets.size();
    }
    return count;
  }
};

}  // namespace baton
