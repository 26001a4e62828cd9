// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/log.hpp"
#include "host/behaviour/supervised_children.hpp"

#include <map>
#include <string>
#include <string_view>

namespace baton {

/// Writes OTP's supervisor reports: the record's name is OTP's error context (`start_error`,
/// `child_terminated`, `shutdown_error`; `too_many_restarts` for `shutdown`), its fields are who, why and
/// the offender. `progress`, at debug, has no reason.
class ChildReports {
 public:
  ChildReports(Log& log, std::string_view supervisor) : log_(log), supervisor_(supervisor) {}

  void progress(const Child& child);
  void restarted(const Child& child);
  void error(std::string_view context, const Child& child, std::string_view reason);
  /// What `child` ended with when it was told to end: nothing is written when it was what it should be.
  void stopped(const Child& child, const ExitReason& reason);
  /// As `stopped`, for `count` children of one specification.
  void stopped(const ChildSpec& spec, std::size_t count, const ExitReason& reason);

 private:
  Log& log_;
  const std::string_view supervisor_;
};

}  // namespace baton
