// SPDX-License-Identifier: Apache-2.0
// EventManager: what goes to one handler or asks about all of them.
#include "host/base/log.hpp"
#include "host/behaviour/crash_report.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/installed_handler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {

Result<Reply> EventManager::call(std::string id, const Message& request, Duration timeout) {
  if (const Visit here = visit(timeout)) {
    return call_handler(id, request);
  }
  return ask<Reply>(timeout, [this, id = std::move(id), request = OwnedMessage(request)](From<Reply> from) {
    from.reply(call_handler(id, request.view()));
  });
}

Request<Reply> EventManager::send_request(std::string id, const Message& request) {
  return send_question<Reply>([this, id = std::move(id), request = OwnedMessage(request)](From<Reply> from) {
    from.reply(call_handler(id, request.view()));
  });
}

Result<Reply> EventManager::call_handler(const std::string& id, const Message& request) {
  Installed* handler = find(id);
  if (handler == nullptr) {
    const Missing* const waiting = find_waiting(id);
    return fail(waiting != nullptr ? waiting_error(*waiting, Errc::restarting) : no_such_handler(id));
  }
  save_in_time(*handler, last_seq_);
  observe(SysEvent::Kind::call, request, id, 0);
  CallOutcome outcome = guarded_handle_call(*handler->handler, request);
  switch (outcome.verdict) {
    case CallOutcome::Verdict::reply:
      if (outcome.then.kind == Then::Kind::hibernate) {
        hibernate();
      }
      return std::move(outcome.reply);
    case CallOutcome::Verdict::reply_and_remove:
      finish_on_request(*handler);
      erase(*handler);
      return std::move(outcome.reply);
    case CallOutcome::Verdict::reply_and_swap:
      (void)swap_on_request(*handler, outcome.replacement, std::move(outcome.reason), last_seq_);
      return std::move(outcome.reply);  // also when the swap failed, as in OTP
    case CallOutcome::Verdict::unknown_request:
      return fail(Errc::unknown_request,
                  fmt::format("{} does not know the request `{}`", handler->type().name, view(request.type)));
    case CallOutcome::Verdict::refused:
      return fail(Errc::refused, outcome.reason);
    case CallOutcome::Verdict::failed:
      break;
  }
  return fail(end_crashed(*handler, {"handle_call", request, outcome.reason, outcome.is_bad_return}));
}

Result<void> EventManager::send_info(const Message& info, Duration timeout) {
  return ask<void>(timeout, [this, info = OwnedMessage(info)](From<void> from) {
    for_each_handler([&](Installed& handler) { return deliver_info(handler, info.view()); });
    from.reply({});
  });
}

void EventManager::handle_info(const std::string& id, std::uint64_t instance, const Message& info) {
  Installed* handler = find(id);
  if (handler == nullptr || handler->instance != instance) {
    (void)keep_info(instance, info);
    return;  // else its instance is gone; a timer's info is never given to another one
  }
  if (const Installed* const gone = deliver_info(*handler, info)) {
    erase(*gone);
  }
}

EventManager::Installed* EventManager::deliver_info(Installed& to, const Message& info) {
  save_in_time(to, last_seq_);
  observe(SysEvent::Kind::info, info, to.spec.id, 0);
  InfoOutcome outcome = guarded_handle_info(*to.handler, info);
  switch (outcome.verdict) {
    case HandlerVerdict::ok:
      if (outcome.then.kind == Then::Kind::hibernate) {
        hibernate();
      }
      return nullptr;
    case HandlerVerdict::remove:
      finish_on_request(to);
      return &to;
    case HandlerVerdict::swap:
      (void)swap_on_request(to, outcome.replacement, std::move(outcome.reason), last_seq_);
      return nullptr;
    case HandlerVerdict::refused:  // not behind the wall
    case HandlerVerdict::failed:
      break;
  }
  const CrashSite site{"handle_info", info, outcome.reason, outcome.is_bad_return};
  if (const auto back = swap_back_after(to, site)) {
    return back->gone;
  }
  (void)finish_crashed(to, site);
  return &to;
}

std::vector<HandlerInfo> EventManager::infos_newest_first() const {
  std::vector<HandlerInfo> infos;
  infos.reserve(handlers_.size());
  std::transform(handlers_.rbegin(), handlers_.rend(), std::back_inserter(infos),
                 [](const auto& handler) { return handler->info(); });
  return infos;
}

Result<std::vector<HandlerInfo>> EventManager::which_handlers(Duration timeout) {
  return ask<std::vector<HandlerInfo>>(
      timeout, [this](From<std::vector<HandlerInfo>> from) { from.reply(infos_newest_first()); });
}

Result<EventManagerStatus> EventManager::status(Duration timeout) {
  return ask_system<EventManagerStatus>(timeout, [this](From<EventManagerStatus> from) {
    from.reply(EventManagerStatus{name(),
                                  instance(),
                                  mailbox_counters(),
                                  infos_newest_first(),
                                  crashes_,
                                  is_suspended(),
                                  {ended_.begin(), ended_.end()},
                                  missing_infos(),
                                  restarts_,
                                  missed_,
                                  handled_,
                                  totals(),
                                  record_status()});
  });
}

}  // namespace baton
