// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/event_manager.hpp"

#include <memory>

/// For event_manager.cpp and event_manager_swap.cpp only.
namespace baton {

/// A handler in its place. Destroyed from below: the handler goes before its services.
struct EventManager::Installed {
  HandlerSpec spec;
  std::uint64_t instance = 0;
  std::unique_ptr<InstanceServices> services;
  std::unique_ptr<Handler> handler;
  std::uint64_t handled = 0;
  std::uint64_t refused = 0;
  SteadyTime refusal_logged_at{};
  std::uint64_t refused_unlogged = 0;

  [[nodiscard]] const TypeInfo& type() const { return spec.factory->type(); }

  [[nodiscard]] HandlerInfo info() const {
    return {spec.id, type().name, type().version, instance, handled, refused};
  }
};

}  // namespace baton
