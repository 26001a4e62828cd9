// SPDX-License-Identifier: Apache-2.0
// EventManager: what sys asks of it.
#include "host/base/log.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/installed_handler.hpp"
#include "host/behaviour/state_handover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {

// ---- Looking --------------------------------------------------------------------------------------

std::vector<SysInstance> EventManager::sys_instances() const {
  std::vector<SysInstance> instances;
  std::transform(handlers_.rbegin(), handlers_.rend(), std::back_inserter(instances),
                 [](const auto& installed) {
                   StatusView view;
                   guarded_format_status(*installed->handler, StatusPurpose::normal, view);
                   HandlerInfo info = installed->info();
                   return SysInstance{std::move(info.id),  std::move(info.type),  std::move(info.version),
                                      installed->instance, std::move(view.state), std::move(info.owner)};
                 });
  return instances;
}

std::vector<SysState> EventManager::sys_states() {
  std::vector<SysState> states;
  auto handler = handlers_.rbegin();
  for (SysInstance& instance : sys_instances()) {
    states.push_back({std::move(instance), guarded_save(*(*handler++)->handler)});
  }
  return states;
}

// ---- Changing -------------------------------------------------------------------------------------

Result<void> EventManager::replace_states(const ReplaceState& replace) {
  if (auto none = upgrade_->stage.check_none(); !none) {
    return none;
  }
  // OTP: a failure keeps that handler as it was and is no failure of the whole.
  for (auto handler = handlers_.rbegin(); handler != handlers_.rend(); ++handler) {
    if (const auto replaced = replace_state_of(**handler, replace); !replaced) {
      runtime().log.warning("replace_state_failed", {{"manager", name()},
                                                     {"id", (*handler)->spec.id},
                                                     {"kept", "old"},
                                                     {"reason", replaced.error().text}});
    }
  }
  return {};
}

Result<void> EventManager::replace_state_of(Installed& handler, const ReplaceState& replace) {
  auto replaced = replaced_state(*handler.handler, handler.type(), handler.spec.id, replace);
  if (!replaced) {
    return fail(std::move(replaced.error()));
  }
  auto made = make(handler.spec, std::move(*replaced), &handler.services->memories());
  if (!made) {
    return fail(std::move(made.error()));
  }
  take_over(handler, std::move(*made));
  return {};
}

void EventManager::take_over(Installed& place, std::unique_ptr<Installed> made) {
  exchange_instances(place, *made);
  place.watch = nullptr;  // it was another instance's
  if (place.recovery) {
    place.recovery->forget_saved();
  }
  attach(place, place.owner_ref());                              // its bond names the instance
  (void)terminate(*made, {TerminateReason::Kind::swapped, {}});  // it holds the old one now
}

Result<std::vector<SwapReport>> EventManager::change_code(CodeChange change, Duration timeout) {
  using Reports = std::vector<SwapReport>;
  return ask_system<Reports>(timeout, [this, change = std::move(change)](From<Reports> from) {
    if (!is_suspended()) {
      from.reply(fail(Errc::unknown_request,
                      fmt::format("`{}` is not suspended: suspend it, change its code, resume it", name())));
      return;
    }
    from.reply(change_code_now(change));
  });
}

Result<std::vector<SwapReport>> EventManager::update_code(CodeChange change, Duration timeout) {
  using Reports = std::vector<SwapReport>;
  // Nothing else runs in the process meanwhile: that is all that suspending it would bring.
  return ask_system<Reports>(timeout, [this, change = std::move(change)](From<Reports> from) {
    from.reply(change_code_now(change));
  });
}

Result<std::vector<SwapReport>> EventManager::change_code_now(const CodeChange& change) {
  if (auto none = upgrade_->stage.check_none(); !none) {
    return fail(std::move(none.error()));
  }
  if (change.factory->type().name != change.type) {
    return fail(Errc::bad_request,
                fmt::format("the code of {} cannot be changed to that of {}; swap_handler replaces one type "
                            "by another",
                            change.type, change.factory->type().name));
  }
  // First all are made, and the old ones go on unharmed; then all take their places, which cannot fail.
  const auto waiting_can = check_change_of_waiting(change);
  auto all = waiting_can ? make_all_changed(change) : Result<std::vector<Changed>>(fail(waiting_can.error()));
  if (!all) {
    runtime().log.warning(
        "code_change_failed",
        {{"manager", name()}, {"type", change.type}, {"kept", "old"}, {"reason", all.error().text}});
    return fail(std::move(all.error()));
  }
  std::vector<SwapReport> reports;
  for (Changed& changed : *all) {
    take_over(*changed.place, std::move(changed.made));
    totals_.count_swap(changed.place->spec.id, std::nullopt);
    runtime().log.info("code_changed", {{"manager", name()},
                                        {"id", changed.place->spec.id},
                                        {"from", changed.report.old_version},
                                        {"to", changed.report.new_version}});
    reports.push_back(std::move(changed.report));
  }
  change_waiting(change);
  return reports;
}

Result<std::vector<EventManager::Changed>> EventManager::make_all_changed(const CodeChange& change) {
  std::vector<Changed> all;
  for (auto handler = handlers_.rbegin(); handler != handlers_.rend(); ++handler) {
    if ((*handler)->type().name != change.type) {
      continue;
    }
    auto changed = make_changed(**handler, change);
    if (changed) {
      all.push_back(std::move(*changed));
      continue;
    }
    for (; !all.empty(); all.pop_back()) {
      (void)terminate(*all.back().made, {TerminateReason::Kind::stop, "code change failed"});
    }
    return fail(changed.error().code,
                fmt::format("handler `{}/{}`: {}", name(), (*handler)->spec.id, changed.error().text));
  }
  return all;
}

Result<EventManager::Changed> EventManager::make_changed(Installed& old, const CodeChange& change) {
  const TypeInfo& to = change.factory->type();
  auto state = state_for_swap(*old.handler, old.type(), to, change.extra);
  if (!state) {
    return fail(std::move(state.error()));
  }
  SwapReport report = swap_report_of(old.type(), to, *state);
  HandlerSpec spec = old.spec;
  spec.factory = change.factory;
  spec.options = change.options.value_or(std::move(spec.options));
  auto made = make(std::move(spec), std::move(*state), &old.services->memories());
  if (!made) {
    return fail(std::move(made.error()));
  }
  report.old_instance = old.instance;
  report.new_instance = (*made)->instance;
  report.at_message = last_seq_;
  return Changed{&old, std::move(*made), std::move(report)};
}

}  // namespace baton
