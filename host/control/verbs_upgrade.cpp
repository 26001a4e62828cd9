// SPDX-License-Identifier: Apache-2.0
// Verbs: all handlers and servers of a plugin are swapped together, or none.
#include "host/control/verbs_upgrade.hpp"

#include "host/base/suggest.hpp"
#include "host/loader/plugin_file.hpp"
#include "host/runtime/registry.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
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
    return fail(Errc::plugin_refused,
                fmt::format("{}: {}: {}", path.string(), refusal_sentence(entry.refusal->reason),
                            entry.refusal->text));
  }
  if (!plugin.empty() && entry.manifest->name != plugin) {
    return fail(Errc::bad_request,
                fmt::format("{} is the plugin `{}`, not `{}`", path.string(), entry.manifest->name, plugin));
  }
  return entry;
}

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
  const auto failed = [&](std::string_view name, Error error) {
    step.failed(name, error.text);
    error.text =
        fmt::format("the upgrade failed at the step `{}`: {}; nothing was changed", name, error.text);
    return fail(std::move(error));
  };
  const auto entry =
      order.file.empty() ? newest_of(plugins(), order.plugin) : entry_of(order.file, order.plugin);
  if (!entry) {
    return failed("check", entry.error());
  }
  auto running = running_of(*entry, std::min(timeout, Patience::Limits{}.begin));  // only a look
  if (!running) {
    return failed("check", running.error());
  }
  UpgradeReport report{entry->manifest->name, entry->manifest->version, {}, running->unchanged, {}, {}};
  if (running->parts.empty() && report.unchanged.empty()) {
    return failed("check", {Errc::not_found, fmt::format("nothing of the plugin `{}` runs", report.plugin)});
  }
  step.done("check", fmt::format("{} {}: {} to swap, {} unchanged", report.plugin, report.version,
                                 running->count(), report.unchanged.size()));
  if (running->parts.empty()) {
    return report;
  }
  if (auto filled = fill(*running, order); !filled) {
    return failed("load", filled.error());
  }
  step.done("load", "the options of all are valid");
  auto canaries = run_canaries(*running, order, timeout);
  if (!canaries) {
    return failed("canary", canaries.error());
  }
  if (!canaries->empty()) {
    step.done("canary", std::move(*canaries));
  }
  if (auto done = carry_out(*running, timeout, report, step); !done) {
    return failed(done.error().first, std::move(done.error().second));
  }
  if (auto stay = await_watches(*running, order, timeout, report); !stay) {
    return fail(std::move(stay.error()));
  }
  return report;
}

tl::expected<void, std::pair<std::string_view, Error>> Verbs::carry_out(Running& running, Duration timeout,
                                                                        UpgradeReport& report,
                                                                        StepTimer& step) {
  const auto failed = [](std::string_view name, Error& error) {
    return tl::make_unexpected(std::pair(name, std::move(error)));
  };
  const Clock& clock = parts_.runtime.clock;
  const SteadyTime begin = clock.steady_now();
  UpgradeTransaction transaction(running.parts, timeout);
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
  transaction.finish(true);
  step.done("old", "terminated (swapped) and destroyed");
  transaction.resume();
  report.pause = std::chrono::duration_cast<std::chrono::microseconds>(clock.steady_now() - begin);
  step.done("resume", fmt::format("nobody waited for longer than {} us", report.pause.count()));
  std::size_t next = 0;
  for (UpgradePart& part : running.parts) {
    for (UpgradeTarget& target : part.targets) {
      report.swapped.push_back({target.name, target.type, std::move((*reports)[next++])});
      parts_.deployment.remember(target.name, std::move(target.recipe));
    }
  }
  return {};
}

}  // namespace baton
