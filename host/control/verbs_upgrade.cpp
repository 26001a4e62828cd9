// SPDX-License-Identifier: Apache-2.0
// Verbs: all handlers and servers of a plugin are swapped together, or none. One upgrade at a time looks at
// what runs and changes it; the next one may begin while the watches of the one before go on, and is how one
// goes back. What somebody else does to a process in between (resume, swap, stop) is met by its part of the
// swap: host/behaviour/swap_in_parts.hpp.
#include "host/control/verbs_upgrade.hpp"

#include "host/base/since.hpp"
#include "host/base/suggest.hpp"
#include "host/loader/plugin_file.hpp"
#include "host/runtime/registry.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

namespace baton {
namespace {

std::string names_of(const std::vector<UpgradePart>& parts) {
  std::vector<std::string> names;
  for (const UpgradePart& part : parts) {
    for (const UpgradeTarget& target : part.targets) {
      names.push_back(target.name);
    }
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The newest of that name. Errors: plugin_not_found, plugin_refused.
Result<CatalogEntry> newest_of(const std::vector<CatalogEntry>& files, const std::string& plugin) {
  const CatalogEntry* newest = nullptr;
  std::vector<std::string> names;
  for (const CatalogEntry& file : files) {
    if (!file.manifest) {
      continue;
    }
    names.push_back(file.manifest->name);
    const bool is_newer =
        newest == nullptr || compare_versions(file.manifest->version, newest->manifest->version) > 0;
    if (file.manifest->name == plugin && is_newer) {
      newest = &file;
    }
  }
  if (newest == nullptr) {
    return fail(Errc::plugin_not_found, fmt::format("no plugin in the directories is called `{}`{}", plugin,
                                                    did_you_mean(plugin, names)));
  }
  return *newest;
}

/// Errors: plugin_refused; bad_request when it is not the plugin that was named.
Result<CatalogEntry> entry_of(const std::filesystem::path& path, const std::string& plugin) {
  CatalogEntry entry = judge_plugin_file(path).entry;
  if (entry.refusal) {
    return fail(Errc::plugin_refused, path.string() + ": " + to_string(*entry.refusal));
  }
  if (!plugin.empty() && entry.manifest->name != plugin) {
    return fail(Errc::bad_request,
                fmt::format("{} is the plugin `{}`, not `{}`", path.string(), entry.manifest->name, plugin));
  }
  return entry;
}

/// What it has been given is what it is made from at its next start.
void remember(const UpgradePart& part, Deployment& deployment) {
  for (const UpgradeTarget& target : part.targets) {
    deployment.remember(target.name, target.recipe);
  }
}

/// Of the one upgrade that may be under way. A second one is refused and does not wait: what it would wait
/// for are callbacks and canaries, and what it has been asked for may be done by then, or undone.
class Turn {
 public:
  explicit Turn(std::atomic<bool>& is_taken) : is_taken_(is_taken), is_mine_(!is_taken.exchange(true)) {}

  ~Turn() {
    if (is_mine_) {
      is_taken_ = false;
    }
  }

  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  explicit operator bool() const { return is_mine_; }

 private:
  std::atomic<bool>& is_taken_;
  const bool is_mine_;
};

}  // namespace

Result<Verbs::Running> Verbs::running_of(const CatalogEntry& entry, Duration timeout) const {
  Running running;
  const auto is_this_file = [&](std::uint64_t library) {
    const auto record = parts_.libraries.record(library);
    return record && record->sha256 == entry.sha256;
  };
  for (const std::shared_ptr<Process>& process : parts_.runtime.registry.all()) {
    UpgradePart part{std::dynamic_pointer_cast<SysProcess>(process), {}};
    const auto add = [&](OfferKind kind, std::string name, std::string type, std::uint64_t library) {
      if (entry.manifest->find(kind, type) == nullptr) {
        return;
      }
      if (is_this_file(library)) {
        running.unchanged.push_back(std::move(name));
      } else {
        part.targets.push_back({std::move(name), std::move(type)});
      }
    };
    if (auto* const manager = part.manager()) {
      const auto status = manager->status(timeout);
      if (!status) {
        return fail(status.error().code, manager->name() + ": " + status.error().text);
      }
      for (const HandlerInfo& handler : status->handlers) {
        add(OfferKind::handler, handler_target(manager->name(), handler.id), handler.type, handler.library);
      }
      for (const MissingHandler& missing : status->missing) {
        if (missing.why == MissingHandler::Why::backing_off) {  // the others have no place any more
          add(OfferKind::handler, handler_target(manager->name(), missing.id), missing.type, missing.library);
        }
      }
    } else if (auto* const server = part.server()) {
      const auto status = server->status(timeout);
      if (!status) {
        return fail(status.error().code, server->name() + ": " + status.error().text);
      }
      add(OfferKind::server, server->name(), status->type, status->library);
    }
    if (part.targets.empty()) {
      continue;
    }
    if (auto is_running = check_running(*process); !is_running) {
      return fail(std::move(is_running.error()));
    }
    running.parts.push_back(std::move(part));
  }
  return running;
}

Result<void> Verbs::fill(Running& running, const UpgradeOrder& order) const {
  const auto failed = [](const UpgradeTarget& target, const Error& error) {
    return fail(error.code, target.name + ": " + error.text);
  };
  for (UpgradePart& part : running.parts) {
    const OfferKind kind = part.manager() != nullptr ? OfferKind::handler : OfferKind::server;
    for (UpgradeTarget& target : part.targets) {
      target.old_recipe = parts_.deployment.recipe_of(target.name);
      auto recipe = parts_.deployment.replacement(target.name, kind, {target.type, order.file, {}, {}});
      if (!recipe) {
        return failed(target, recipe.error());
      }
      target.recipe = std::move(*recipe);
      target.canary = order.canary.value_or(target.recipe.canary);
      const WatchPolicy watch = order.watch.value_or(target.recipe.watch);
      if (kind == OfferKind::server) {
        auto spec = parts_.deployment.server(target.name, target.recipe, part.process->options());
        if (!spec) {
          return failed(target, spec.error());
        }
        part.swap.emplace(ServerSwap{std::move(*spec), order.extra, nullptr, watch, target.watch_end(watch)});
        continue;
      }
      const std::string id = target.name.substr(target.name.find('/') + 1);
      auto spec = parts_.deployment.handler(id, target.recipe);
      if (!spec) {
        return failed(target, spec.error());
      }
      part.requests.push_back({id,
                               std::move(*spec),
                               SwapMode::safe,
                               {},
                               order.extra,
                               false,
                               nullptr,
                               watch,
                               target.watch_end(watch)});
    }
  }
  return {};
}

Result<UpgradeReport> Verbs::upgrade(const Caller& caller, const UpgradeOrder& order, Duration timeout) {
  UpgradeOrder noted = order;
  if (!noted.record) {
    noted.record = new_record();
  }
  auto report = upgrade_all(noted, timeout);
  if (report) {
    report->steps = noted.record->steps();
  }
  log_change(caller, "upgrade", order.plugin.empty() ? order.file.string() : order.plugin,
             report ? nullptr : &report.error());
  return report;
}

Result<UpgradeReport> Verbs::upgrade_all(const UpgradeOrder& order, Duration timeout) {
  StepTimer step(order.record.get());
  Running running;
  auto report = upgrade_once(order, timeout, running, step);
  if (!report) {
    UpgradeFailure& failure = report.error();
    step.failed(failure.step, failure.error.text);
    return fail(
        failure.error.code,
        fmt::format("the upgrade failed at the step `{}`: {}; {}", failure.step, failure.error.text,
                    failure.kept.empty() ? std::string("nothing was changed")
                                         : fmt::format("but somebody has resumed {}, with the new code",
                                                       fmt::join(failure.kept, ", "))));
  }
  if (auto stay = await_watches(running, order, timeout, *report); !stay) {
    return fail(std::move(stay.error()));
  }
  return std::move(*report);
}

tl::expected<UpgradeReport, UpgradeFailure> Verbs::upgrade_once(const UpgradeOrder& order, Duration timeout,
                                                                Running& running, StepTimer& step) {
  const auto failed = [](std::string_view name, Error error) {
    return tl::make_unexpected(UpgradeFailure{name, std::move(error)});
  };
  const Turn turn(is_upgrading_);
  if (!turn) {
    return failed("check", {Errc::refused, "another upgrade is under way; try again when it has ended"});
  }
  const auto entry =
      order.file.empty() ? newest_of(plugins(), order.plugin) : entry_of(order.file, order.plugin);
  if (!entry) {
    return failed("check", entry.error());
  }
  auto found = running_of(*entry, std::min(timeout, Patience::Limits{}.begin));  // only a look
  if (!found) {
    return failed("check", std::move(found.error()));
  }
  running = std::move(*found);
  UpgradeReport report{entry->manifest->name, entry->manifest->version, {}, running.unchanged, {}, {}};
  if (running.parts.empty() && report.unchanged.empty()) {
    return failed("check", {Errc::not_found, fmt::format("nothing of the plugin `{}` runs", report.plugin)});
  }
  step.done("check", fmt::format("{} {}: {} to swap, {} unchanged", report.plugin, report.version,
                                 running.count(), report.unchanged.size()));
  if (running.parts.empty()) {
    return report;
  }
  if (auto filled = fill(running, order); !filled) {
    return failed("load", std::move(filled.error()));
  }
  step.done("load", "the options of all are valid");
  auto canaries = run_canaries(running, order, timeout);
  if (!canaries) {
    return failed("canary", std::move(canaries.error()));
  }
  if (!canaries->empty()) {
    step.done("canary", std::move(*canaries));
  }
  if (auto done = carry_out(running, timeout, report, step); !done) {
    return tl::make_unexpected(std::move(done.error()));
  }
  return report;
}

tl::expected<void, UpgradeFailure> Verbs::carry_out(Running& running, Duration timeout, UpgradeReport& report,
                                                    StepTimer& step) {
  const Clock& clock = parts_.runtime.clock;
  const SteadyTime begin = clock.steady_now();
  UpgradeTransaction transaction(running.parts, timeout);
  const auto failed = [&](std::string_view name, Error& error) {
    UpgradeFailure failure{name, std::move(error)};
    for (UpgradePart* const part : transaction.finish(false)) {
      failure.kept.push_back(part->process->name());
      remember(*part, parts_.deployment);
    }
    return tl::make_unexpected(std::move(failure));
  };
  if (auto done = transaction.suspend(); !done) {
    return failed("suspend", done.error());
  }
  step.done("suspend", fmt::format("{} processes", running.parts.size()));
  auto reports = transaction.prepare();
  if (!reports) {
    return failed("create", reports.error());
  }
  step.done("create", names_of(running.parts) + ": new ones beside the old ones");
  if (auto done = transaction.cut_over(); !done) {
    return failed("cut over", done.error());
  }
  step.done("cut over", "all, each between two events");
  (void)transaction.finish(true);  // who was resumed since has the new code, too
  step.done("old", "terminated (swapped) and destroyed");
  transaction.resume();
  report.pause = since(begin, clock);
  step.done("resume", fmt::format("nobody waited for longer than {} us", report.pause.count()));
  std::size_t next = 0;
  for (const UpgradePart& part : running.parts) {
    for (const UpgradeTarget& target : part.targets) {
      report.swapped.push_back({target.name, target.type, std::move((*reports)[next++])});
    }
    remember(part, parts_.deployment);
  }
  return {};
}

}  // namespace baton
