// SPDX-License-Identifier: Apache-2.0
// ServerProcess: new options for the server that runs.
#include "host/base/log.hpp"
#include "host/base/since.hpp"
#include "host/behaviour/crash_report.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/server_process.hpp"
#include "host/runtime/atoms.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace baton {

Result<OptionsReport> ServerProcess::change_options(Options options, Duration timeout) {
  return ask_system_change<OptionsReport>(
      timeout, [this, options = std::move(options)](From<OptionsReport> from) mutable {
        from.reply(change_options_now(std::move(options)));
      });
}

Result<OptionsReport> ServerProcess::change_options_now(Options options) {
  if (auto none = in_parts_.check_none(); !none) {
    return fail(std::move(none.error()));  // the one that is to come has been given the old ones
  }
  if (auto is_hot = check_hot_change(running_->type(), running_->options, options); !is_hot) {
    return fail(std::move(is_hot.error()));
  }
  const std::vector<std::string> changed = changed_options(running_->options, options);
  OptionsReport report{running_->instance, {}, last_seq_, {}};
  if (changed.empty()) {
    report.old_options = std::move(options);
    return report;
  }
  const SteadyTime begin = runtime().clock.steady_now();
  OptionsOutcome outcome = guarded_change_options(*running_->server, options);
  report.pause = since(begin, runtime().clock);
  if (outcome.verdict == OptionsOutcome::Verdict::failed) {
    const OwnedMessage message(runtime().atoms.intern("change_options"), "change_options", {},
                               BATON_TEXT_PLAIN);
    const Message at = message.view();
    ServerOutcome crash{ServerOutcome::Verdict::failed, 0, std::nullopt, outcome.reason};
    const Occasion occasion{"change_options", &at};
    if (!swapped_back_after(occasion, crash)) {
      (void)settle(occasion, crash);
    }
    return fail(outcome.is_bad_return ? Errc::bad_return : Errc::crashed,
                fmt::format("server `{}` crashed: {}", name(), outcome.reason));
  }
  const std::string names = fmt::format("{}", fmt::join(changed, ", "));
  if (outcome.verdict == OptionsOutcome::Verdict::refused) {
    runtime().log.warning("options_refused",
                          {{"server", name()}, {"options", names}, {"reason", shortened(outcome.reason)}});
    return fail(options_refused(outcome.reason));
  }
  runtime().log.info("options_changed", {{"server", name()},
                                         {"instance", std::to_string(running_->instance)},
                                         {"options", names},
                                         {"at_cast", std::to_string(last_seq_)}});
  if (running_->watch) {
    running_->watch->change_options(options);
  }
  report.old_options = std::exchange(running_->options, std::move(options));
  running_->after_init = std::move(outcome.then);
  return report;
}

}  // namespace baton
