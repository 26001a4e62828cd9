// SPDX-License-Identifier: Apache-2.0
// Verbs: all handlers and servers of a plugin are swapped together, or none.
#include "host/base/suggest.hpp"
#include "host/control/verbs.hpp"
#include "host/loader/plugin_file.hpp"
#include "host/runtime/registry.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace baton {
namespace {

/// A handler or server that is going to be swapped.
struct Target {
  std::string name;  // "manager/id" or a server
  std::string type;
  Recipe recipe = {};
};

/// A process that takes part, and what of it is swapped: handlers or the server itself.
struct Part {
  std::shared_ptr<SysProcess> process;
  std::vector<Target> targets;
  std::vector<SwapRequest> requests = {};  // of a manager
  std::optional<ServerSpec> spec = {};     // of a server

  [[nodiscard]] EventManager* manager() const { return dynamic_cast<EventManager*>(process.get()); }

  [[nodiscard]] ServerProcess* server() const { return dynamic_cast<ServerProcess*>(process.get()); }
};

/// Between two events of every process that takes part. What is not finished when it dies is taken back, and
/// all go on.
class Transaction {
 public:
  Transaction(std::vector<Part>& parts, Duration timeout) : parts_(parts), timeout_(timeout) {}

  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  ~Transaction() {
    finish(false);
    resume();
  }

  Result<void> suspend() {
    for (Part& part : parts_) {
      if (auto done = part.process->sys().suspend(timeout_); !done) {
        return fail(done.error().code, part.process->name() + ": " + done.error().text);
      }
      ++suspended_;
    }
    return {};
  }

  /// One report for each target, in their order.
  Result<std::vector<SwapReport>> prepare(const std::string& extra) {
    std::vector<SwapReport> reports;
    for (Part& part : parts_) {
      if (EventManager* const manager = part.manager()) {
        auto made = manager->prepare_swaps(std::move(part.requests), timeout_);
        if (!made) {
          return fail(std::move(made.error()));
        }
        reports.insert(reports.end(), made->begin(), made->end());
      } else {
        auto made = part.server()->prepare_swap(std::move(*part.spec), extra, timeout_);
        if (!made) {
          return fail(std::move(made.error()));
        }
        reports.push_back(std::move(*made));
      }
    }
    return reports;
  }

  Result<void> cut_over() {
    for (Part& part : parts_) {
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
      for (Part& part : parts_) {
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
  std::vector<Part>& parts_;
  const Duration timeout_;
  std::size_t suspended_ = 0;
  bool is_finished_ = false;
};

std::string names_of(const std::vector<Part>& parts) {
  std::vector<std::string> names;
  for (const Part& part : parts) {
    for (const Target& target : part.targets) {
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

/// What runs of a plugin.
struct Verbs::Running {
  std::vector<Part> parts;
  std::vector<std::string> unchanged;

  [[nodiscard]] std::size_t count() const {
    std::size_t count = 0;
    for (const Part& part : parts) {
      count += part.targets.size();
    }
    return count;
  }
};

Result<Verbs::Running> Verbs::running_of(const CatalogEntry& entry, Duration timeout) const {
  Running running;
  const auto is_this_file = [&](std::uint64_t library) {
    const auto record = parts_.libraries.record(library);
    return record && record->sha256 == entry.sha256;
  };
  for (const std::shared_ptr<Process>& process : parts_.runtime.registry.all()) {
    Part part{std::dynamic_pointer_cast<SysProcess>(process), {}};
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
  const auto failed = [](const Target& target, const Error& error) {
    return fail(error.code, target.name + ": " + error.text);
  };
  for (Part& part : running.parts) {
    const OfferKind kind = part.manager() != nullptr ? OfferKind::handler : OfferKind::server;
    for (Target& target : part.targets) {
      auto recipe = parts_.deployment.replacement(target.name, kind, {target.type, order.file, {}, {}});
      if (!recipe) {
        return failed(target, recipe.error());
      }
      target.recipe = std::move(*recipe);
      if (kind == OfferKind::server) {
        auto spec = parts_.deployment.server(target.name, target.recipe, part.process->options());
        if (!spec) {
          return failed(target, spec.error());
        }
        part.spec.emplace(std::move(*spec));
        continue;
      }
      const std::string id = target.name.substr(target.name.find('/') + 1);
      auto spec = parts_.deployment.handler(id, target.recipe);
      if (!spec) {
        return failed(target, spec.error());
      }
      part.requests.push_back({id, std::move(*spec), SwapMode::safe, {}, order.extra});
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
  auto running = running_of(*entry, timeout);
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
  if (auto done = carry_out(*running, order, timeout, report, step); !done) {
    return failed(done.error().first, std::move(done.error().second));
  }
  note_unloaded(report, *order.record);
  return report;
}

tl::expected<void, std::pair<std::string_view, Error>> Verbs::carry_out(
    Running& running, const UpgradeOrder& order, Duration timeout, UpgradeReport& report, StepTimer& step) {
  const auto failed = [](std::string_view name, Error& error) {
    return tl::make_unexpected(std::pair(name, std::move(error)));
  };
  const Clock& clock = parts_.runtime.clock;
  const SteadyTime begin = clock.steady_now();
  Transaction transaction(running.parts, timeout);
  if (auto done = transaction.suspend(); !done) {
    return failed("suspend", done.error());
  }
  step.done("suspend", fmt::format("{} processes", running.parts.size()));
  auto reports = transaction.prepare(order.extra);
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
  for (Part& part : running.parts) {
    for (Target& target : part.targets) {
      report.swapped.push_back({target.name, target.type, std::move((*reports)[next++])});
      parts_.deployment.remember(target.name, std::move(target.recipe));
    }
  }
  return {};
}

void Verbs::note_unloaded(const UpgradeReport& report, SwapRecord& record) {
  std::set<std::uint64_t> old;
  for (const Upgraded& upgraded : report.swapped) {
    old.insert(upgraded.report.old_library);
  }
  for (const std::uint64_t library : old) {
    unload(record, nullptr, library);
  }
}

}  // namespace baton
