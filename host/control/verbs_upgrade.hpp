// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/control/verbs.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// For verbs_upgrade*.cpp only.
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
  std::uint64_t ticket = 0;                // 0: nothing has been prepared

  [[nodiscard]] EventManager* manager() const { return dynamic_cast<EventManager*>(process.get()); }

  [[nodiscard]] ServerProcess* server() const { return dynamic_cast<ServerProcess*>(process.get()); }

  Result<std::vector<SwapReport>> prepare(Duration timeout);
  Result<void> cut_over(Duration timeout);
  Result<void> finish(bool is_kept, Duration timeout);
};

/// Between two messages of every process that takes part. What is not finished when it dies is taken back,
/// and all go on; also those that answered too late to be waited for, when they come to it.
class UpgradeTransaction {
 public:
  UpgradeTransaction(std::vector<UpgradePart>& parts, Duration timeout) : parts_(parts), timeout_(timeout) {}

  UpgradeTransaction(const UpgradeTransaction&) = delete;
  UpgradeTransaction& operator=(const UpgradeTransaction&) = delete;

  ~UpgradeTransaction() {
    (void)finish(false);
    resume();
  }

  Result<void> suspend();
  /// One report for each target, in their order.
  Result<std::vector<SwapReport>> prepare();
  Result<void> cut_over();
  /// Once. Returns those that had gone on in the other way: somebody resumed them meanwhile. One that has
  /// ended has nothing to finish; its supervisor makes it anew.
  std::vector<UpgradePart*> finish(bool is_kept);
  void resume();

 private:
  std::vector<UpgradePart>& parts_;
  const Duration timeout_;
  std::size_t suspended_ = 0;
  bool is_finished_ = false;
};

/// Why an upgrade failed, and what became of all then.
struct UpgradeFailure {
  std::string_view step;
  Error error;
  std::vector<std::string> kept = {};  // the processes that have the new code all the same
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
