// SPDX-License-Identifier: Apache-2.0
// Verbs: the parts of an upgrade, each in all processes before the next.
#include "host/control/verbs_upgrade.hpp"

#include <utility>

namespace baton {

Result<std::vector<SwapReport>> UpgradePart::prepare(Duration timeout) {
  EventManager* const of = manager();
  auto prepared = of != nullptr ? of->prepare_swaps(std::move(requests), timeout)
                                : server()->prepare_swap(std::move(*swap), timeout);
  if (!prepared) {
    return fail(std::move(prepared.error()));
  }
  ticket = prepared->ticket;
  return std::move(prepared->reports);
}

Result<void> UpgradePart::cut_over(Duration timeout) {
  EventManager* const of = manager();
  return of != nullptr ? of->cut_over(ticket, timeout) : server()->cut_over(ticket, timeout);
}

Result<void> UpgradePart::finish(bool is_kept, Duration timeout) {
  EventManager* const of = manager();
  return of != nullptr ? of->finish_swaps(ticket, is_kept, timeout)
                       : server()->finish_swap(ticket, is_kept, timeout);
}

Result<void> UpgradeTransaction::suspend() {
  for (UpgradePart& part : parts_) {
    ++suspended_;  // also one that does not answer in time: it suspends itself later
    if (auto done = part.process->sys().suspend(timeout_); !done) {
      return fail(done.error().code, part.process->name() + ": " + done.error().text);
    }
  }
  return {};
}

Result<std::vector<SwapReport>> UpgradeTransaction::prepare() {
  std::vector<SwapReport> reports;
  for (UpgradePart& part : parts_) {
    auto made = part.prepare(timeout_);
    if (!made) {
      return made;
    }
    reports.insert(reports.end(), made->begin(), made->end());
  }
  return reports;
}

Result<void> UpgradeTransaction::cut_over() {
  for (UpgradePart& part : parts_) {
    if (auto done = part.cut_over(timeout_); !done) {
      return fail(done.error().code, part.process->name() + ": " + done.error().text);
    }
  }
  return {};
}

std::vector<UpgradePart*> UpgradeTransaction::finish(bool is_kept) {
  std::vector<UpgradePart*> others;
  if (std::exchange(is_finished_, true)) {
    return others;
  }
  for (UpgradePart& part : parts_) {
    if (part.ticket == 0) {
      continue;
    }
    if (const auto done = part.finish(is_kept, timeout_); !done && done.error().code == Errc::refused) {
      others.push_back(&part);
    }
  }
  return others;
}

void UpgradeTransaction::resume() {
  for (; suspended_ > 0; --suspended_) {
    (void)parts_[suspended_ - 1].process->sys().resume(timeout_);
  }
}

}  // namespace baton
