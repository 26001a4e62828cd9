// SPDX-License-Identifier: Apache-2.0
// Verbs: the swap of one handler or server, with all that is around it.
#include "host/base/log.hpp"
#include "host/behaviour/canary.hpp"
#include "host/control/verbs.hpp"
#include "host/runtime/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

// How soon somebody who waits for a watch notices that the host ends.
constexpr Duration watch_slice{100};

constexpr Duration look_timeout{1000};

/// What is to take the place, and the recipe it was made from.
template <class Spec>
struct Wanted {
  Recipe recipe;
  Spec spec;
};

std::chrono::microseconds since(SteadyTime begin, const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::microseconds>(clock.steady_now() - begin);
}

std::string readable(std::chrono::nanoseconds time) {
  return time.count() == 0 ? "unknown" : fmt::format("{:.3g} us", static_cast<double>(time.count()) / 1000);
}

bool is_handler(const std::string& target) {
  return target.find('/') != std::string::npos;
}

std::string watched_text(const WatchOutcome& outcome) {
  return fmt::format("{} events, {} errors, p99 {} (before: {})", outcome.events, outcome.errors,
                     readable(outcome.p99), readable(outcome.p99_before));
}

std::string back_text(const WatchOutcome& outcome) {
  std::string text =
      fmt::format("as #{} after event {}; state: {}", outcome.instance, outcome.at_event, outcome.state);
  if (outcome.redone > 0) {
    text += fmt::format("; {} events were given to it again", outcome.redone);
  }
  if (outcome.not_redone > 0) {
    text += fmt::format("; {} more were too many to be kept, and were not", outcome.not_redone);
  }
  return text;
}

}  // namespace

Result<SwapReport> Verbs::swap(const Caller& caller, SwapOrder order, Duration timeout) {
  if (!order.record) {
    order.record = std::make_shared<SwapRecord>(parts_.runtime.clock);
  }
  const SwapOrder copy = order;
  auto report = is_handler(order.target) ? swap_handler(std::move(order), timeout)
                                         : swap_server(std::move(order), timeout);
  if (report) {
    report->steps = copy.record->steps();
  } else {
    report = fail(explained(std::move(report.error()), copy));
  }
  log_change(caller, "swap", copy.target, report ? nullptr : &report.error());
  return report;
}

template <class Make>
auto Verbs::noted_spec(SwapRecord& record, Make make) -> std::invoke_result_t<Make, bool&> {
  const SteadyTime begin = parts_.runtime.clock.steady_now();
  const auto records = parts_.libraries.records();
  const std::uint64_t last_serial = records.empty() ? 0 : records.back().serial;
  bool is_judged = false;  // what is refused then was refused when it was loaded
  auto made = make(is_judged);
  const auto took = since(begin, parts_.runtime.clock);
  if (!made) {
    const bool was_loading = is_judged && made.error().code == Errc::plugin_refused;
    record.add({was_loading ? "load" : "check", false, took, made.error().text});
    return made;
  }
  const TypeInfo& type = made->spec.factory->type();
  const auto library = parts_.libraries.record(type.library);
  const bool is_new = library && library->serial > last_serial;
  const LoadTimes times = is_new ? library->times : LoadTimes{};
  record.add({"check", true, took - times.copy - times.trial - times.load,
              fmt::format("{} {}; its options are valid", type.name, type.version)});
  if (!library) {
    return made;
  }
  if (!is_new) {
    record.add({"load", true, {}, "its library is loaded already"});
    return made;
  }
  record.add({"copy", true, times.copy, fmt::format("sha256 {}", library->sha256.substr(0, 16))});
  if (times.trial.count() > 0) {
    record.add({"trial", true, times.trial, "loaded and unloaded in a process of its own"});
  }
  record.add({"load", true, times.load, fmt::format("library {}", library->serial)});
  return made;
}

Result<SwapReport> Verbs::swap_handler(SwapOrder order, Duration timeout) {
  const std::size_t slash = order.target.find('/');
  const std::string manager_name = order.target.substr(0, slash);
  const std::string old_id = order.target.substr(slash + 1);
  const auto manager = find_running_manager(manager_name);
  if (!manager) {
    return fail(manager.error());
  }
  const std::string new_id = order.new_id.empty() ? old_id : order.new_id;
  const std::optional<Recipe> old_recipe = parts_.deployment.recipe_of(order.target);
  auto wanted = noted_spec(*order.record, [&](bool& is_judged) -> Result<Wanted<HandlerSpec>> {
    auto recipe = parts_.deployment.replacement(order.target, OfferKind::handler, std::move(order.recipe));
    if (!recipe) {
      return fail(std::move(recipe.error()));
    }
    is_judged = true;
    auto spec = parts_.deployment.handler(new_id, *recipe);
    return spec ? Result<Wanted<HandlerSpec>>(Wanted<HandlerSpec>{std::move(*recipe), std::move(*spec)})
                : Result<Wanted<HandlerSpec>>(fail(std::move(spec.error())));
  });
  if (!wanted) {
    return fail(std::move(wanted.error()));
  }
  const WatchPolicy watch = order.watch.value_or(wanted->recipe.watch);
  const bool is_watched = watch.window > Duration::zero() && order.mode == SwapMode::safe;
  if (order.watch && order.mode != SwapMode::safe) {
    return fail(Errc::bad_request, "a destructive swap leaves nothing to come back: it cannot be watched");
  }
  if (const std::size_t events = order.canary.value_or(wanted->recipe.canary); events > 0) {
    if (auto passed = run_canary(**manager, old_id, wanted->spec, order, events, timeout); !passed) {
      return fail(std::move(passed.error()));
    }
  }
  std::shared_ptr<const void> code =
      wanted->spec.factory;  // if it fails, it is not the manager that unloads it
  SwapRequest request{old_id, std::move(wanted->spec), order.mode, order.argument, order.extra};
  request.record = order.record;
  request.watch = watch;
  auto [pending, end] = make_question<WatchOutcome>();
  if (is_watched) {
    request.watch_end.emplace(std::move(end));
  }
  auto report = (*manager)->swap_handler(std::move(request), timeout);
  if (!report && report.error().code == Errc::not_found) {
    return fail(unknown_handler(**manager, old_id));
  }
  if (!report) {
    return report;
  }
  code = nullptr;
  parts_.deployment.forget(order.target);
  parts_.deployment.remember(handler_target(manager_name, new_id), std::move(wanted->recipe));
  if (!is_watched) {
    unload(*order.record, order.record->take_code(), report->old_library);
    return report;
  }
  (void)order.record->take_code();  // the watch has it too
  if (auto stays = await_watch(std::move(pending), order, timeout, *report); !stays) {
    if (stays.error().code == Errc::swapped_back && old_recipe) {
      parts_.deployment.forget(handler_target(manager_name, new_id));
      parts_.deployment.remember(order.target, *old_recipe);
    }
    return fail(std::move(stays.error()));
  }
  return report;
}

Result<SwapReport> Verbs::swap_server(SwapOrder order, Duration timeout) {
  if (!order.new_id.empty() || order.mode != SwapMode::safe) {
    return fail(Errc::bad_request,
                "a new id and --destructive are for handlers; `" + order.target + "` names a server");
  }
  if (order.canary || order.watch) {
    return fail(Errc::bad_request,
                "a canary and a watch are for handlers; `" + order.target + "` names a server");
  }
  const auto server = find_server(order.target);
  if (!server) {
    return fail(server.error());
  }
  auto wanted = noted_spec(*order.record, [&](bool& is_judged) -> Result<Wanted<ServerSpec>> {
    auto recipe = parts_.deployment.replacement(order.target, OfferKind::server, std::move(order.recipe));
    if (!recipe) {
      return fail(std::move(recipe.error()));
    }
    is_judged = true;
    auto spec = parts_.deployment.server(order.target, *recipe, (*server)->options());
    return spec ? Result<Wanted<ServerSpec>>(Wanted<ServerSpec>{std::move(*recipe), std::move(*spec)})
                : Result<Wanted<ServerSpec>>(fail(std::move(spec.error())));
  });
  if (!wanted) {
    return fail(std::move(wanted.error()));
  }
  auto report = (*server)->swap(std::move(wanted->spec), std::move(order.extra), timeout, order.record);
  if (report) {
    parts_.deployment.remember(order.target, std::move(wanted->recipe));
    unload(*order.record, order.record->take_code(), report->old_library);
  }
  return report;
}

Result<void> Verbs::run_canary(EventManager& manager, const std::string& id, const HandlerSpec& spec,
                               const SwapOrder& order, std::size_t events, Duration timeout) {
  StepTimer step(order.record.get());
  const TypeInfo& type = spec.factory->type();
  if (!type.has_pure_events) {
    step.done("canary", fmt::format("none: the manifest of {} {} does not say {}", type.name, type.version,
                                    pure_events_capability));
    return {};
  }
  auto material = manager.canary_material(id, events, timeout);
  if (!material) {
    step.failed("canary", material.error().text);
    return fail(std::move(material.error()));
  }
  material->extra = order.extra;
  const std::size_t given = material->events.size();
  const InstanceInit init{spec.id, manager.name(), 0, spec.options, {}};
  const auto report = baton::run_canary(*spec.factory, init, std::move(*material), parts_.runtime);
  if (!report) {
    step.failed("canary", report.error().text);
    return fail(report.error());
  }
  std::string text = fmt::format("a throw-away copy got the last {} events: 0 errors, p99 {}", given,
                                 readable(report->p99.value_or(std::chrono::nanoseconds(0))));
  if (given < events) {
    text += fmt::format("; more are kept from now on, up to {}", events);
  }
  if (report->refused > 0) {
    text += fmt::format("; it refused {}: {}", report->refused, report->reason);
  }
  step.done("canary", std::move(text));
  return {};
}

Result<void> Verbs::await_watch(Pending<WatchOutcome> pending, const SwapOrder& order, Duration timeout,
                                SwapReport& report) {
  SwapRecord& record = *order.record;
  const Clock& clock = parts_.runtime.clock;
  const SteadyTime begin = clock.steady_now();
  const auto is_over = [&] {
    return is_ending_ || (timeout != infinity && clock.steady_now() - begin >= timeout);
  };
  while (!pending.wait_until_answered(parts_.runtime.scheduler, clock.steady_now() + watch_slice)) {
    if (is_over()) {
      record.add({"watch", true, since(begin, clock), "goes on; nobody waits for it any more"});
      return {};
    }
  }
  auto outcome = pending.take();
  if (!outcome) {
    record.add(
        {"watch", true, since(begin, clock), "ended early: the handler is gone, or was swapped again"});
    return {};
  }
  std::shared_ptr<const void> code = std::exchange(outcome->code, nullptr);
  report.watch = *outcome;
  switch (outcome->verdict) {
    case WatchOutcome::Verdict::passed:
      record.add({"watch", true, outcome->lasted, watched_text(*outcome)});
      unload(record, std::move(code), report.old_library);
      return {};
    case WatchOutcome::Verdict::stays:
      record.add({"watch", false, outcome->lasted, outcome->reason});
      return fail(Errc::init_failed, outcome->reason);
    case WatchOutcome::Verdict::swapped_back:
      break;
  }
  record.add({"watch", false, outcome->lasted, outcome->reason});
  record.add({"back", true, outcome->pause, back_text(*outcome)});
  unload(record, std::move(code), report.new_library);
  return fail(Errc::swapped_back, outcome->reason);
}

void Verbs::unload(SwapRecord& record, std::shared_ptr<const void> code, std::uint64_t library) {
  if (library == 0) {
    return;  // it is part of this program
  }
  StepTimer step(&record);
  code = nullptr;
  const auto now = parts_.libraries.record(library);
  if (!now || now->state == LibraryState::unloaded) {
    step.done("unload", fmt::format("library {}: its mapping is gone", library));
  } else if (now->state == LibraryState::pinned) {
    step.done("unload", fmt::format("library {} is pinned: {}", library, now->reason));
  } else {
    step.done("unload", fmt::format("library {} stays: others use it too", library));
  }
}

Error Verbs::explained(Error error, const SwapOrder& order) {
  const std::string step = order.record->failed_step();
  if (step.empty() || error.code == Errc::timed_out || error.code == Errc::process_ended) {
    return error;
  }
  const std::string now = occupant_of(order.target);
  const std::string named = now.empty() ? order.target : now;
  std::string after;
  if (step == "watch") {
    after = error.code == Errc::swapped_back ? named + " has taken over again" : named + " stays";
  } else if (order.mode == SwapMode::safe || step == "check" || step == "load" || step == "canary") {
    after = named + " never stopped";
  } else {
    after = "the old one has ended, as a destructive swap demands";
  }
  error.text = fmt::format("the swap failed at the step `{}`: {}; {}", step, error.text, after);
  return error;
}

std::string Verbs::occupant_of(const std::string& target) {
  const std::size_t slash = target.find('/');
  if (slash == std::string::npos) {
    const auto server = find_server(target);
    const auto status = server ? (*server)->status(look_timeout) : Result<ServerStatus>(fail(server.error()));
    return status ? fmt::format("{}#{} ({})", target, status->instance, status->version) : std::string();
  }
  const auto handlers = which(target.substr(0, slash), look_timeout);
  if (!handlers) {
    return {};
  }
  const auto found = std::find_if(handlers->begin(), handlers->end(), [&](const HandlerInfo& handler) {
    return handler.id == target.substr(slash + 1);
  });
  return found == handlers->end() ? std::string()
                                  : fmt::format("{}#{} ({})", target, found->instance, found->version);
}

}  // namespace baton
