// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/config/plan.hpp"

#include <map>
#include <string>
#include <vector>

/// What becomes of one handler or server, and the words of plans. For plan.cpp.
namespace baton {

/// Why something is done.
namespace plan_reason {

inline constexpr const char* file_changed = "the file changed";
inline constexpr const char* new_in_file = "new in the file";
inline constexpr const char* not_in_file = "not in the file any more";
inline constexpr const char* changed_by_hand = "changed by hand";
inline constexpr const char* added_by_hand = "not in the file: added by hand";
inline constexpr const char* does_not_run = "in the file, but it does not run";
inline constexpr const char* its_state_is_lost = ", its state is lost";  // behind what is done
inline constexpr const char* other_place = "its place in the tree changed";

}  // namespace plan_reason

/// What is done about a handler or a server that stays; nothing when it is as it is to be. `applied`: as it
/// was wanted before; null: it was not.
[[nodiscard]] std::vector<PlanStep> handler_steps(const std::string& target, const HandlerShape* applied,
                                                  const HandlerShape& running, const HandlerShape& wanted);
[[nodiscard]] std::vector<PlanStep> server_steps(const ServerShape* applied, const ServerShape& running,
                                                 const ServerShape& wanted);

/// Every process of a shape by its name.
struct Known {
  ElementKind kind;
  const ChildShape* process;
  std::string what;
  bool has_state;  // itself, or one of its handlers
};

using Names = std::map<std::string, Known>;

[[nodiscard]] Names names_of(const HostShape& shape);

/// "LoggerHandler 1.0.0".
[[nodiscard]] std::string described(const InstanceShape& made_of);

}  // namespace baton
