// SPDX-License-Identifier: Apache-2.0
#include "host/app/generations.hpp"

#include "host/app/observed_shape.hpp"
#include "host/config/plugin_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace baton {
namespace {

/// The same steps for the same generation have the same id. FNV-1a: nobody attacks it, and it is short.
std::string id_of(const Plan& plan, std::uint64_t generation) {
  std::uint64_t hash = 14695981039346656037U;
  const auto mix = [&hash](std::string_view text) {
    for (const char c : text) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    }
    hash = (hash ^ 0x1fU) * 1099511628211U;
  };
  mix(std::to_string(generation));
  for (const PlanStep& step : plan.steps) {
    mix(plan_action_name(step.action));
    mix(step.target);
    mix(step.what);
  }
  return plan.is_empty() ? "" : fmt::format("{:06x}", (hash ^ (hash >> 24U)) & 0xffffffU);
}

/// The first mistake, as one line for the log: "12:5: unknown key …".
std::string first_error(const std::vector<Diagnostic>& diagnostics) {
  const auto error = std::ranges::find(diagnostics, Diagnostic::Severity::error, &Diagnostic::severity);
  return error == diagnostics.end()
             ? ""
             : fmt::format("{}:{}: {}", error->place.line, error->place.column, error->message);
}

/// It is a generation that differs, not the file.
void say_why_back(Plan& plan, std::uint64_t number) {
  for (PlanStep& step : plan.steps) {
    step.reason = step.action == PlanAction::remove ? fmt::format("not in generation {}", number)
                                                    : fmt::format("as in generation {}", number);
  }
}

/// Pins what is made of a type to the file of the version that a generation ran.
class Pinning {
 public:
  Pinning(const KeptPlugins& kept, const OfferedLookup& lookup) : kept_(kept), lookup_(lookup) {}

  Result<void> pin(OfferKind kind, const InstanceShape& made_of, std::filesystem::path& file) const {
    const auto newest = lookup_(kind, made_of.type, {});
    if (newest && newest->version == made_of.version) {
      file.clear();
      return {};
    }
    auto found = kept_.find(kind, made_of.type, made_of.version);
    if (!found && !newest && newest.error().code == Errc::quarantined) {
      return {};  // it is left out
    }
    if (!found) {
      return fail(found.error());
    }
    file = std::move(*found);
    return {};
  }

  Result<void> pin_all(const HostShape& shape, HostConfig& config) const {
    for (ManagerConfig& manager : config.managers) {
      for (HandlerConfig& handler : manager.handlers) {
        if (auto pinned = pin_handler(shape, manager.name, handler); !pinned) {
          return pinned;
        }
      }
    }
    for (ServerConfig& server : config.servers) {
      for (const ServerShape& ran : shape.servers) {
        if (ran.process.name == server.name) {
          if (auto pinned = pin(OfferKind::server, ran.made_of, server.file); !pinned) {
            return pinned;
          }
        }
      }
    }
    return {};
  }

 private:
  Result<void> pin_handler(const HostShape& shape, const std::string& manager, HandlerConfig& handler) const {
    for (const ManagerShape& ran : shape.managers) {
      const auto found = std::ranges::find(ran.handlers, handler.id, &HandlerShape::id);
      if (ran.process.name == manager && found != ran.handlers.end()) {
        return pin(OfferKind::handler, found->made_of, handler.file);
      }
    }
    return {};
  }

  const KeptPlugins& kept_;
  const OfferedLookup& lookup_;
};

}  // namespace

std::string counted(const Plan& plan) {
  std::string text;
  for (const PlanAction action :
       {PlanAction::stop, PlanAction::start, PlanAction::restart, PlanAction::adjust, PlanAction::add,
        PlanAction::swap, PlanAction::reconfigure, PlanAction::reorder, PlanAction::supervise,
        PlanAction::remove}) {
    const auto count = std::ranges::count(plan.steps, action, &PlanStep::action);
    if (count > 0) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, plan_action_name(action));
    }
  }
  return text;
}

Generations::Generations(Parts parts, HostConfig config)
    : parts_(std::move(parts)),
      started_with_(std::move(config)),
      kept_(parts_.folder, parts_.catalog, parts_.runtime.log) {
  // What a config wants is what runs now; if a process does not answer, it is taken at its word.
  auto shape = observed_shape(parts_.runtime, started_with_);
  if (!shape) {
    shape = shape_of(started_with_, offered_by(parts_.catalog));
  }
  if (shape) {
    kept_.keep(*shape);
  }
  {
    const Lock lock(mutex_);
    generations_.push_back({1, started_with_, shape ? std::move(*shape) : HostShape()});
    apply_counts_.last_done_us = parts_.runtime.clock.utc_now_us();
  }
  note({1, 0, "start", "run " + started_with_.file.string(), "", "ok", false});
  reloader_ = std::thread([this] { run_reloads(); });
}

Generations::~Generations() {
  {
    const Lock lock(reload_mutex_);
    is_ending_ = true;
  }
  reload_asked_.notify_all();
  reloads_.call_off(CallOff::Why::host_ends);
  reloader_.join();
}

// ---- Planning -------------------------------------------------------------------------------------

Result<void> Generations::check(const ReadConfig& read, std::string& warnings) {
  const std::vector<Diagnostic> diagnostics = all_diagnostics(
      read, [this](OfferKind kind, std::string_view type) { return parts_.catalog.offer(kind, type); });
  const std::string report =
      render_diagnostics(diagnostics, read.config.file.string(), read.source) + unchecked_note(read);
  if (!has_errors(diagnostics)) {
    warnings = report;
    return {};
  }
  parts_.runtime.log.warning("config_refused", {{"file", read.config.file.string()},
                                                {"place", first_error(diagnostics)},
                                                {"found", count_diagnostics(diagnostics)},
                                                {"generation", std::to_string(generation())}});
  return fail(Errc::bad_config, fmt::format("{}: {}; generation {} goes on\n{}", read.config.file.string(),
                                            count_diagnostics(diagnostics), generation(), report));
}

Result<Generations::Intent> Generations::intent_of_file(const std::filesystem::path& file) {
  ReadConfig read = read_config(file.empty() ? started_with_.file : file);
  std::string warnings;
  if (auto checked = check(read, warnings); !checked) {
    return fail(checked.error());
  }
  auto intent = intent_of(std::move(read.config));
  if (intent) {
    intent->made.warnings = std::move(warnings);
  }
  return intent;
}

Result<HostShape> Generations::running_shape() const {
  auto running = observed_shape(parts_.runtime, current().config);
  if (running) {
    running->host = started_with_.host;
    running->plugins = started_with_.plugins;
  }
  return running;
}

Result<Generations::Intent> Generations::intent_of(HostConfig config, std::optional<std::uint64_t> back_to) {
  const Generation now = current();
  const auto running = running_shape();
  if (!running) {
    return fail(running.error());
  }
  auto wanted = shape_of(config, offered_by(parts_.catalog), &*running);
  if (!wanted) {
    return fail(wanted.error());
  }
  Intent intent;
  intent.running = *running;
  intent.made.plan = make_plan(now.shape, *running, *wanted);
  intent.made.back_to = back_to;
  if (back_to) {
    say_why_back(intent.made.plan, *back_to);
  }
  intent.made.generation = now.number;
  intent.made.id = id_of(intent.made.plan, now.number);
  intent.made.file = config.file;
  intent.config = std::move(config);
  intent.wanted = std::move(*wanted);
  return intent;
}

Result<Generations::Intent> Generations::intent_of_rollback(std::uint64_t number, bool is_drift) {
  std::optional<Generation> then;
  {
    const Lock lock(mutex_);
    for (const Generation& generation : generations_) {
      if (generation.number == number) {
        then = generation;
      }
    }
    if (!then) {
      return fail(Errc::not_found,
                  fmt::format("there is no generation {} to go back to; there are {} to {}", number,
                              generations_.front().number, generations_.back().number));
    }
  }
  parts_.catalog.rescan();
  const OfferedLookup lookup = offered_by(parts_.catalog);
  if (auto pinned = Pinning(kept_, lookup).pin_all(then->shape, then->config); !pinned) {
    return fail(pinned.error());
  }
  return intent_of(std::move(then->config), is_drift ? std::nullopt : std::optional(number));
}

MadePlan Generations::remember(Intent intent) {
  MadePlan made = intent.made;
  if (!made.id.empty()) {
    const Lock lock(mutex_);
    std::erase_if(plans_, [&made](const Intent& known) { return known.made.id == made.id; });
    plans_.push_back(std::move(intent));
    if (plans_.size() > plans_max) {
      plans_.pop_front();
    }
  }
  return made;
}

Result<MadePlan> Generations::plan(const std::filesystem::path& file) {
  const auto changing = begin();
  if (!changing) {
    return fail(changing.error());
  }
  auto intent = intent_of_file(file);
  return intent ? Result<MadePlan>(remember(std::move(*intent))) : fail(intent.error());
}

Result<MadePlan> Generations::plan_rollback(std::uint64_t generation) {
  const auto changing = begin();
  if (!changing) {
    return fail(changing.error());
  }
  auto intent = intent_of_rollback(generation);
  return intent ? Result<MadePlan>(remember(std::move(*intent))) : fail(intent.error());
}

Result<MadePlan> Generations::drift() {
  const auto changing = begin();
  if (!changing) {
    return fail(changing.error());
  }
  // The current generation with the versions that it ran: a newer plugin file is no drift.
  auto intent = intent_of_rollback(generation(), true);
  return intent ? Result<MadePlan>(std::move(intent->made)) : fail(intent.error());
}

// ---- Changing -------------------------------------------------------------------------------------

ApplyReport Generations::carry_out(Intent intent, const std::string& who, std::string what) {
  const Generation now = current();
  auto ran = ran_before(now, std::move(intent.running));
  ApplyReport report =
      PlanApplier({parts_.runtime, parts_.deployment}, now.config, intent.config).apply(intent.made.plan);
  report.warnings = std::move(intent.made.warnings);
  count_apply(report.result == ApplyResult::done);
  report.previous = now.number;
  report.generation = now.number;
  const std::string steps = counted(intent.made.plan);
  if (report.result == ApplyResult::done) {
    kept_.keep(intent.wanted);
    const Lock lock(mutex_);
    if (intent.made.plan.is_empty()) {
      generations_.back() = {now.number, std::move(intent.config), std::move(intent.wanted)};
      return report;
    }
    if (ran) {
      report.previous = ran->generation.number;
      report.found_by_hand = true;
      report.not_kept = std::move(ran->not_kept);
      generations_.push_back(std::move(ran->generation));
    }
    report.generation = report.previous + 1;
    generations_.push_back({report.generation, std::move(intent.config), std::move(intent.wanted)});
    while (generations_.size() > generations_max) {
      generations_.pop_front();
    }
  }
  const bool is_done = report.result == ApplyResult::done;
  if (report.found_by_hand) {
    note({report.previous, 0, "", "changed since the last apply", ran->steps, "ok", false});
  }
  const std::string number = std::to_string(report.generation);
  const std::string result =
      is_done ? "ok" : std::string(apply_result_name(report.result)) + ": " + report.error;
  parts_.runtime.log.write(
      is_done ? LogLevel::info : LogLevel::error, is_done ? "config_applied" : "config_apply_failed",
      {{"generation", number}, {"who", who}, {"what", what}, {"steps", steps}, {"result", result}});
  note({is_done ? report.generation : now.number + 1, 0, who, std::move(what), steps, result, !is_done});
  return report;
}

Result<ApplyReport> Generations::apply(const std::filesystem::path& file, const std::string& who) {
  const auto changing = begin();
  if (!changing) {
    return fail(changing.error());
  }
  auto intent = intent_of_file(file);
  if (!intent) {
    const std::string& text = intent.error().text;
    count_apply(false);
    note({generation() + 1, 0, who, "apply " + (file.empty() ? started_with_.file : file).string(), "",
          text.substr(0, text.find('\n')), true});
    return fail(intent.error());
  }
  std::string what = "apply " + intent->config.file.string();
  return carry_out(std::move(*intent), who, std::move(what));
}

Result<ApplyReport> Generations::apply_plan(const std::string& id, const std::string& who) {
  const auto changing = begin();
  if (!changing) {
    return fail(changing.error());
  }
  std::optional<Intent> made;
  {
    const Lock lock(mutex_);
    for (const Intent& known : plans_) {
      if (known.made.id == id) {
        made = known;
      }
    }
  }
  if (!made) {
    return fail(Errc::not_found, fmt::format("there is no plan {}; `baton plan` makes one", id));
  }
  if (made->made.generation != generation()) {
    return fail(Errc::refused,
                fmt::format("plan {} was made for generation {}, the host is at {}; run `baton plan` again",
                            id, made->made.generation, generation()));
  }
  auto now = intent_of(made->config, made->made.back_to);
  if (!now) {
    return fail(now.error());
  }
  if (now->made.plan.steps != made->made.plan.steps) {
    return fail(
        Errc::refused,
        fmt::format("plan {} does not hold any more: what runs, or a plugin file, has changed since; run "
                    "`baton plan` again",
                    id));
  }
  return carry_out(std::move(*now), who, "apply plan " + id);
}

Result<ApplyReport> Generations::rollback(std::uint64_t number, const std::string& who) {
  const auto changing = begin();
  if (!changing) {
    return fail(changing.error());
  }
  auto intent = intent_of_rollback(number);
  if (!intent) {
    return fail(intent.error());
  }
  return carry_out(std::move(*intent), who, fmt::format("rollback {}", number));
}

}  // namespace baton
