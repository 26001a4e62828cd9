// SPDX-License-Identifier: Apache-2.0
// Verbs: the swap of one handler or server, with all that is around it.
#include "host/base/name.hpp"
#include "host/base/since.hpp"
#include "host/control/verbs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

constexpr Duration look_timeout{1000};

/// What is to take the place, and the recipe it was made from.
template <class Spec>
struct Wanted {
  Recipe recipe;
  Spec spec;
};

Result<void> noted_canary(StepTimer& step, Result<std::string> told) {
  if (!told) {
    step.failed("canary", told.error().text);
    return fail(std::move(told.error()));
  }
  step.done("canary", std::move(*told));
  return {};
}

/// Notes, when the swap is done, what is in the place now.
auto noting(std::shared_ptr<RecipeBook> book, std::string old_target, std::string target, Recipe recipe) {
  return [book = std::move(book), old_target = std::move(old_target), target = std::move(target),
          recipe = std::move(recipe)](const Result<SwapReport>& done) {
    if (!done) {
      return;
    }
    if (old_target != target) {
      book->forget(old_target);
    }
    book->remember(target, recipe);
  };
}

SwapRequest request_of(const SwapOrder& order, const std::string& old_id, HandlerSpec replacement) {
  SwapRequest request{old_id, std::move(replacement), order.mode, order.argument, order.extra};
  request.record = order.record;
  request.left_state_advice = fmt::format(
      "name the right file, or `baton add {}` it beside this one; with --destructive the state is lost",
      order.target.substr(0, order.target.find('/')));
  return request;
}

}  // namespace

Result<SwapReport> Verbs::swap(const Caller& caller, SwapOrder order, Duration timeout) {
  if (!order.record) {
    order.record = std::make_shared<SwapRecord>(parts_.runtime.clock);
  }
  const SwapOrder copy = order;
  const SteadyTime begin = parts_.runtime.clock.steady_now();
  auto report = is_handler_target(order.target) ? swap_handler(std::move(order), timeout)
                                                : swap_server(std::move(order), timeout);
  if (report) {
    copy.record->add({"total", true, since(begin, parts_.runtime.clock), "from the request to its answer"});
    report->steps = copy.record->steps();
  } else {
    report = fail(explained(std::move(report.error()), copy));
  }
  log_change(caller, "swap", copy.target, report ? nullptr : &report.error());
  return report;
}

/// A swap by hand is undone by the next apply, unless the file is found by then.
std::string Verbs::place_of(const Recipe& recipe) const {
  const bool is_found = recipe.file.empty() || parts_.catalog.has_directory_of(recipe.file);
  return std::string(is_found ? "" : not_in_directories);
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
  const std::string note = place_of(made->recipe);
  record.add({"check", true, took - times.copy - times.trial - times.load,
              fmt::format("{} {}; its options are valid{}{}", type.name, type.version,
                          note.empty() ? "" : "; ", note)});
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
  if (auto can_be = check_name(new_id, "an id"); !order.new_id.empty() && !can_be) {
    return fail(std::move(can_be.error()));
  }
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
    StepTimer step(order.record.get());
    auto told = run_canary(**manager, old_id, wanted->spec, {events, order.extra}, timeout);
    if (auto passed = noted_canary(step, std::move(told)); !passed) {
      return fail(std::move(passed.error()));
    }
  }
  std::shared_ptr<const void> code = wanted->spec.factory;  // if it fails, not the manager unloads it
  SwapRequest request = request_of(order, old_id, std::move(wanted->spec));
  request.watch = watch;
  auto [pending, end] = make_question<WatchOutcome>();
  if (is_watched) {
    request.watch_end.emplace(std::move(end));
  }
  const auto note =
      noting(parts_.deployment.book(), order.target, handler_target(manager_name, new_id), wanted->recipe);
  request.if_late = note;
  auto report = (*manager)->swap_handler(std::move(request), timeout);
  note(report);
  if (!report && report.error().code == Errc::not_found) {
    return fail(unknown_handler(**manager, old_id));
  }
  if (!report) {
    return report;
  }
  code = nullptr;
  if (!is_watched) {
    unload(*order.record, order.record->take_code(), report->old_library);
    return report;
  }
  (void)order.record->take_code();  // the watch has it too
  auto stays = await_watch(std::move(pending), order, timeout, *report);
  if (stays) {
    return report;
  }
  if (stays.error().code == Errc::swapped_back && old_recipe) {
    noting(parts_.deployment.book(), handler_target(manager_name, new_id), order.target, *old_recipe)(report);
  }
  return fail(std::move(stays.error()));
}

Result<SwapReport> Verbs::swap_server(SwapOrder order, Duration timeout) {
  if (!order.new_id.empty() || order.mode != SwapMode::safe) {
    return fail(Errc::bad_request,
                "a new id and --destructive are for handlers; `" + order.target + "` names a server");
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
  const WatchPolicy watch = order.watch.value_or(wanted->recipe.watch);
  const bool is_watched = watch.window > Duration::zero();
  if (const std::size_t requests = order.canary.value_or(wanted->recipe.canary); requests > 0) {
    StepTimer step(order.record.get());
    auto told = run_canary(**server, wanted->spec, {requests, order.extra}, timeout);
    if (auto passed = noted_canary(step, std::move(told)); !passed) {
      return fail(std::move(passed.error()));
    }
  }
  std::shared_ptr<const void> code =
      wanted->spec.factory;  // if it fails, it is not the server that unloads it
  const std::string new_type = wanted->spec.factory->type().name;
  ServerSwap request{std::move(wanted->spec), order.extra, order.record, watch};
  request.left_state_advice = fmt::format(
      "name the right file, or `baton stop {}` and start a {} under that name: then the state is lost",
      order.target, new_type);
  auto [pending, end] = make_question<WatchOutcome>();
  if (is_watched) {
    request.watch_end.emplace(std::move(end));
  }
  const std::optional<Recipe> old_recipe = parts_.deployment.recipe_of(order.target);
  const auto note = noting(parts_.deployment.book(), order.target, order.target, std::move(wanted->recipe));
  auto report = (*server)->swap_code(std::move(request), timeout, note);
  note(report);
  if (!report) {
    return report;
  }
  code = nullptr;
  if (!is_watched) {
    unload(*order.record, order.record->take_code(), report->old_library);
    return report;
  }
  (void)order.record->take_code();  // the watch has it too
  if (auto stays = await_watch(std::move(pending), order, timeout, *report); !stays) {
    if (stays.error().code == Errc::swapped_back && old_recipe) {
      parts_.deployment.remember(order.target, *old_recipe);
    }
    return fail(std::move(stays.error()));
  }
  return report;
}

Error Verbs::explained(Error error, const SwapOrder& order) {
  const std::string step = order.record->failed_step();
  if (step.empty() || error.code == Errc::timed_out || error.code == Errc::shutting_down ||
      error.code == Errc::process_ended) {
    return error;
  }
  const std::string now = occupant_of(order.target);
  const std::string named = now.empty() ? order.target : now;
  std::string after;
  if (step == "watch") {
    after = error.code == Errc::swapped_back ? named + " has taken over again" : named + " stays";
  } else if (order.mode == SwapMode::safe || step == "check" || step == "load" || step == "canary") {
    after = named + " never stopped";
    if (error.code == Errc::state_refused && is_handler_target(order.target)) {
      after += "; with --destructive the new one would start empty";
    }
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
