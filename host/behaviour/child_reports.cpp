// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/child_reports.hpp"

namespace baton {
namespace {

/// OTP: `shutdown`, `killed` under brutal_kill, and `normal` of a child that may end.
bool is_expected(const ChildSpec& spec, const ExitReason& reason) {
  switch (reason.kind) {
    case ExitReason::Kind::shutdown:
      return true;
    case ExitReason::Kind::normal:
      return spec.restart != Restart::permanent;
    case ExitReason::Kind::error:
      break;
  }
  return shutdown_of(spec) == brutal_kill && reason.text == "killed";
}

}  // namespace

void ChildReports::progress(const Child& child) {
  log_.debug("progress", {{"supervisor", supervisor_},
                          {"child", child.spec.id},
                          {"instance", std::to_string(child.instance)},
                          {"type", child_type_name(child.spec.type)}});
}

void ChildReports::restarted(const Child& child) {
  log_.warning("child_restarted", {{"supervisor", supervisor_},
                                   {"child", child.spec.id},
                                   {"instance", std::to_string(child.instance)},
                                   {"restarts", std::to_string(child.restarts)}});
}

void ChildReports::error(std::string_view context, const Child& child, std::string_view reason) {
  log_.error(context, {{"supervisor", supervisor_},
                       {"reason", reason},
                       {"child", child.spec.id},
                       {"instance", std::to_string(child.instance)},
                       {"restart", restart_name(child.spec.restart)},
                       {"shutdown", shutdown_name(shutdown_of(child.spec))},
                       {"type", child_type_name(child.spec.type)}});
}

void ChildReports::stopped(const Child& child, const ExitReason& reason) {
  if (!is_expected(child.spec, reason)) {
    error("shutdown_error", child, to_string(reason));
  }
}

void ChildReports::stopped(const ChildSpec& spec, std::size_t count, const ExitReason& reason) {
  if (is_expected(spec, reason)) {
    return;
  }
  log_.error("shutdown_error", {{"supervisor", supervisor_},
                                {"reason", to_string(reason)},
                                {"child", spec.id},
                                {"nb_children", std::to_string(count)},
                                {"restart", restart_name(spec.restart)},
                                {"shutdown", shutdown_name(shutdown_of(spec))},
                                {"type", child_type_name(spec.type)}});
}

}  // namespace baton
