// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/plan_applier.hpp"

#include <memory>
#include <optional>
#include <string>

/// The single steps of a plan. For plan_applier.cpp.
namespace baton {

/// What all steps work with.
struct StepContext {
  const ApplierParts& parts;
  const HostConfig& from;
  const HostConfig& to;
};

/// add, swap, reconfigure, adjust and remove of a handler; reorder of a manager. Errors: the step's; nothing
/// changed, unless it is crashed or bad_return: then the handler or server itself has ended, or is going to
/// be restarted, with the options that it had.
Result<DoneStep> add_handler_step(const StepContext& context, const std::string& target);
Result<DoneStep> swap_handler_step(const StepContext& context, const std::string& target);
Result<DoneStep> adjust_handler_step(const StepContext& context, const std::string& target);
Result<DoneStep> change_handler_options_step(const StepContext& context, const std::string& target);
Result<DoneStep> remove_handler_step(const StepContext& context, const std::string& target);
Result<DoneStep> reorder_step(const StepContext& context, const std::string& name);

/// swap and reconfigure of a server.
Result<DoneStep> swap_server_step(const StepContext& context, const std::string& name);
Result<DoneStep> change_server_options_step(const StepContext& context, const std::string& name);

/// What is done to a process as a child of its supervisor.
Result<DoneStep> start_step(const StepContext& context, const std::string& name);
Result<DoneStep> stop_step(const StepContext& context, const std::string& name);
Result<DoneStep> restart_step(const StepContext& context, const std::string& name);
Result<DoneStep> adjust_step(const StepContext& context, const std::string& name);
Result<DoneStep> supervise_step(const StepContext& context, const std::string& name);

/// One handler of a manager.
struct HandlerPlace {
  std::shared_ptr<EventManager> manager;
  std::string id;
  std::string target;
};

/// Errors: not_found; refused when the manager is suspended.
[[nodiscard]] Result<HandlerPlace> find_place(const StepContext& context, const std::string& target);

/// What the new config says of it. Errors: not_found.
[[nodiscard]] Result<HandlerOrder> wanted_order(const StepContext& context, const HandlerPlace& place);

/// A handler that is to change: what the new config says of it, and what it is made from now.
struct HandlerChange {
  HandlerPlace place;
  HandlerOrder order;
  HandlerSpec old;
};

/// Errors: not_found; refused when the manager is suspended; restarting.
[[nodiscard]] Result<HandlerChange> find_change(const StepContext& context, const std::string& target);

/// The same of a server.
struct ServerChange {
  std::shared_ptr<ServerProcess> server;
  ServerOrder order;
  ServerSpec old;
};

/// Errors: not_found.
[[nodiscard]] Result<ServerChange> find_server_change(const StepContext& context, const std::string& name);

/// As Deployment::remember and forget.
void remember(Deployment& deployment, const std::string& target, const std::optional<Recipe>& recipe);

/// "with its state", or what is to be known of a state that was not the last one.
[[nodiscard]] std::string describe_swap(const SwapReport& report);

/// Whether the way back needs the state as it was: what the new version writes, the old one cannot read.
[[nodiscard]] bool needs_kept_state(const TypeInfo& old_type, const TypeInfo& new_type);

}  // namespace baton
