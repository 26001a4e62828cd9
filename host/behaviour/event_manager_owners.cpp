// SPDX-License-Identifier: Apache-2.0
// EventManager: handlers that end with their owner, and owners that hear of their handlers' end.
#include "host/base/assert.hpp"
#include "host/base/log.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/installed_handler.hpp"

#include <fmt/format.h>

#include <utility>

namespace baton {
namespace {

Error owner_ended_error(const Ownership& owner) {
  return {Errc::process_ended, fmt::format("the owner `{}` has ended", owner.name())};
}

}  // namespace

Result<HandlerInfo> EventManager::add_sup_handler(HandlerSpec spec, OwnerRef owner, Duration timeout) {
  BATON_ASSERT(owner != nullptr);
  return ask_change<HandlerInfo>(
      timeout, [this, spec = std::move(spec), owner = std::move(owner)](From<HandlerInfo> from) mutable {
        if (owner->has_ended()) {
          from.reply(fail(owner_ended_error(*owner)));
          return;
        }
        from.reply(install(std::move(spec), std::move(owner)));
      });
}

Result<SwapReport> EventManager::swap_sup_handler(SwapRequest request, OwnerRef owner, Duration timeout) {
  BATON_ASSERT(owner != nullptr);
  return ask_change<SwapReport>(
      timeout, [this, request = std::move(request), owner = std::move(owner)](From<SwapReport> from) mutable {
        if (owner->has_ended()) {
          from.reply(fail(owner_ended_error(*owner)));
          return;
        }
        swap_for(std::move(from),
                 {.request = std::move(request), .new_owner = std::move(owner), .at_event = last_seq_});
      });
}

void EventManager::attach(Installed& handler, OwnerRef owner) {
  if (!owner) {
    return;
  }
  // An owner that has ended meanwhile calls this at once: then the handler goes with the next message.
  auto on_end = [weak = std::weak_ptr(std::static_pointer_cast<EventManager>(shared_from_this())),
                 id = handler.spec.id, instance = handler.instance](const ExitReason& reason) {
    if (const auto manager = weak.lock()) {
      manager->post(
          [manager = manager.get(), id, instance, reason] { manager->owner_ended(id, instance, reason); });
    }
  };
  HandlerExit of;
  of.manager = name();
  of.id = handler.spec.id;
  of.instance = handler.instance;
  handler.owner = std::make_unique<OwnerLink>(std::move(owner), std::move(on_end), std::move(of));
}

void EventManager::owner_ended(const std::string& id, std::uint64_t instance, const ExitReason& reason) {
  Installed* handler = find(id);
  if (handler == nullptr || handler->instance != instance) {
    return;  // it has left or was swapped for one that has a bond of its own
  }
  (void)finish(*handler, {TerminateReason::Kind::owner, to_string(reason)}, HandlerExit::Kind::normal);
  erase(*handler);
  runtime().log.info("handler_removed", {{"manager", name()},
                                         {"id", id},
                                         {"reason", "its owner has ended"},
                                         {"owner_reason", to_string(reason)}});
}

std::optional<State> EventManager::last_state(Installed& handler) {
  if (!handler.owner || handler.owner->owner()->has_ended()) {
    return std::nullopt;  // nobody would get it
  }
  auto saved = guarded_save(*handler.handler);
  if (!saved) {
    runtime().log.warning("save_failed", {{"manager", name()},
                                          {"id", handler.spec.id},
                                          {"owner", handler.owner->owner()->name()},
                                          {"reason", saved.error().text}});
    return std::nullopt;
  }
  return std::move(*saved);
}

}  // namespace baton
