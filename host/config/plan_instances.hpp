// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/config/plan.hpp"

#include <map>
#include <optional>
#include <string>

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
inline constexpr const char* other_place = "its place in the tree changed";

}  // namespace plan_reason

/// How to get from one instance to another; nothing when they are the same.
struct InstanceChange {
  PlanAction action;
  std::string what;
  std::string reason;
};

/// `applied`: as it was wanted before; null: it was not.
[[nodiscard]] std::optional<InstanceChange> change_of(const InstanceShape* applied,
                                                      const InstanceShape& running,
                                                      const InstanceShape& wanted);

/// Every process of a shape by its name.
struct Known {
  ElementKind kind;
  const ChildShape* process;
  std::string what;
};

using Names = std::map<std::string, Known>;

[[nodiscard]] Names names_of(const HostShape& shape);

/// "LoggerHandler 1.0.0".
[[nodiscard]] std::string described(const InstanceShape& made_of);

}  // namespace baton
