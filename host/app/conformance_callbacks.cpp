// SPDX-License-Identifier: Apache-2.0
// The steps about callbacks other than those for events and casts.
#include "host/app/conformance_report.hpp"
#include "host/app/conformance_trial.hpp"
#include "host/app/given_call.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace baton {

void ConformanceTrial::check_calls() {
  const auto subject = make_worked("calls", "calls");
  if (subject == nullptr) {
    return;
  }
  for (const auto* request : {"no_such_request", "nor_this_one"}) {
    tell_step(fmt::format("handle_call: {}, which it does not know", request));
    const SubjectAnswer answer = subject->call(text_message(request, "1", atoms_));
    if (!answer.failure.empty()) {
      return tell_finding("calls", "call_fails",
                          fmt::format("a request that it does not know made it fail: {}", answer.failure));
    }
  }
  for (const std::string& request : calls_) {
    tell_step("handle_call: " + request);
    const GivenCall call = read_call(request);
    const SubjectAnswer answer = subject->call(text_message(call.request, call.data, atoms_));
    if (!answer.failure.empty()) {
      return tell_finding("calls", "call_fails", fmt::format("{} made it fail: {}", request, answer.failure));
    }
    if (answer.is_unknown || !answer.refusal.empty()) {
      tell_finding("calls", "call_refused",
                   fmt::format("{}: {}", request, answer.is_unknown ? "unknown" : answer.refusal));
    }
  }
  tell_ok("calls", fmt::format("2 that it does not know{}: it goes on",
                               calls_.empty() ? "" : fmt::format(" and {} that it may know", calls_.size())));
}

void ConformanceTrial::check_infos() {
  const auto subject = make_worked("infos", "infos");
  if (subject == nullptr) {
    return;
  }
  std::vector<OwnedMessage> infos = subject->services().take_timers();
  infos.emplace_back(text_message("no_such_info", "", atoms_));
  for (const OwnedMessage& info : infos) {
    const Message message = info.view();
    tell_step(fmt::format("handle_info: {}", view(message.type)));
    const SubjectAnswer answer = subject->info(message);
    if (!answer.failure.empty()) {
      return tell_finding("infos", "info_fails",
                          fmt::format("{} made it fail: {}", view(message.type), answer.failure));
    }
  }
  tell_ok("infos",
          infos.size() == 1
              ? "one that it does not know: it goes on"
              : fmt::format("{} of its timers, and one that it does not know: it goes on", infos.size() - 1));
}

void ConformanceTrial::check_options() {
  if (std::none_of(offer_.options.begin(), offer_.options.end(),
                   [](const auto& one) { return one.is_hot; })) {
    return;
  }
  const auto subject = make_worked("options", "options");
  const auto options = options_(folder_ / "options");
  if (subject == nullptr || !options) {
    return;
  }
  tell_step("change_options");
  const OptionsOutcome outcome = subject->change_options(*options);
  if (outcome.verdict == OptionsOutcome::Verdict::failed) {
    return tell_finding("options", "options_fail", "its own options made it fail: " + outcome.reason);
  }
  if (outcome.verdict == OptionsOutcome::Verdict::refused) {
    return tell_finding("options", "options_fail",
                        "it refuses the options that it was made with: " + outcome.reason);
  }
  tell_ok("options", "changed while it goes on");
}

void ConformanceTrial::check_status() {
  const auto subject = make_worked("status", "status");
  if (subject == nullptr) {
    return;
  }
  tell_step("format_status");
  StatusView view;
  view.message = "msg \"Hello World\"";
  if (const auto shown = subject->format_status(view); !shown) {
    return tell_finding("status", "status_fails", shown.error().text);
  }
  tell_ok("status", view.state.empty() ? "shows no state" : fmt::format("shows {} bytes", view.state.size()));
}

}  // namespace baton
