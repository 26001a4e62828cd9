// SPDX-License-Identifier: Apache-2.0
// EventManager: new options for a handler that goes on.
#include "host/base/log.hpp"
#include "host/base/since.hpp"
#include "host/behaviour/crash_report.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/installed_handler.hpp"
#include "host/runtime/atoms.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace baton {

Result<OptionsReport> EventManager::change_options(std::string id, Options options, Duration timeout) {
  return ask_change<OptionsReport>(
      timeout, [this, id = std::move(id), options = std::move(options)](From<OptionsReport> from) mutable {
        from.reply(change_options_now(id, std::move(options)));
      });
}

Result<OptionsReport> EventManager::change_options_now(const std::string& id, Options options) {
  Installed* const handler = find(id);
  if (handler == nullptr) {
    const Missing* const waiting = find_waiting(id);
    return fail(waiting == nullptr ? no_such_handler(id) : waiting_error(*waiting, Errc::restarting));
  }
  if (is_handed_over(id)) {
    // Its successor has been given the old ones.
    return fail(Errc::refused, fmt::format("a swap of `{}/{}` is under way", name(), id));
  }
  if (auto is_hot = check_hot_change(handler->type(), handler->spec.options, options); !is_hot) {
    return fail(std::move(is_hot.error()));
  }
  const std::vector<std::string> changed = changed_options(handler->spec.options, options);
  OptionsReport report{handler->instance, {}, last_seq_, {}};
  if (changed.empty()) {
    report.old_options = std::move(options);
    return report;
  }
  save_in_time(*handler, last_seq_);
  const SteadyTime begin = runtime().clock.steady_now();
  OptionsOutcome outcome = guarded_change_options(*handler->handler, options);
  report.pause = since(begin, runtime().clock);
  if (outcome.verdict == OptionsOutcome::Verdict::failed) {
    const OwnedMessage message(runtime().atoms.intern("change_options"), "change_options", {},
                               BATON_TEXT_PLAIN);
    return fail(
        end_crashed(*handler, {"change_options", message.view(), outcome.reason, outcome.is_bad_return}));
  }
  const std::string names = fmt::format("{}", fmt::join(changed, ", "));
  if (outcome.verdict == OptionsOutcome::Verdict::refused) {
    runtime().log.warning(
        "options_refused",
        {{"manager", name()}, {"id", id}, {"options", names}, {"reason", shortened(outcome.reason)}});
    return fail(options_refused(outcome.reason));
  }
  runtime().log.info("options_changed", {{"manager", name()},
                                         {"id", id},
                                         {"instance", std::to_string(handler->instance)},
                                         {"options", names},
                                         {"at_event", std::to_string(last_seq_)}});
  if (handler->watch) {
    handler->watch->change_options(options);
  }
  report.old_options = std::exchange(handler->spec.options, std::move(options));
  if (outcome.then.kind == Then::Kind::hibernate) {
    hibernate();
  }
  return report;
}

}  // namespace baton
