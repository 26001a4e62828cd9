// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/supervisor_options.hpp"

#include <fmt/format.h>

namespace baton {
namespace {

Result<void> check_options(const SupervisorOptions& options) {
  if (options.strategy > Strategy::simple_one_for_one) {
    return fail(Errc::bad_options,
                "invalid_strategy: expected one_for_one, one_for_all, rest_for_one or "
                "simple_one_for_one");
  }
  if (options.within <= Duration(0)) {
    return fail(Errc::bad_options,
                fmt::format("invalid_period: {} ms; expected more than 0 ms", options.within.count()));
  }
  if (options.auto_shutdown > AutoShutdown::all_significant) {
    return fail(Errc::bad_options,
                "invalid_auto_shutdown: expected never, any_significant or all_significant");
  }
  return options.backoff ? check_backoff(*options.backoff) : Result<void>();
}

}  // namespace

Result<void> check_backoff(const Backoff& backoff) {
  if (backoff.initial < Duration(1) || backoff.max < backoff.initial) {
    return fail(Errc::bad_options, fmt::format("invalid_backoff: initial {} ms, max {} ms; expected at least "
                                               "1 ms, and no more than max",
                                               backoff.initial.count(), backoff.max.count()));
  }
  if (backoff.factor == 0 || backoff.jitter_percent > 100) {
    return fail(Errc::bad_options,
                fmt::format("invalid_backoff: factor {}, jitter {} %; expected at least 1, "
                            "and 0 to 100 %",
                            backoff.factor, backoff.jitter_percent));
  }
  return {};
}

Result<void> check_supervisor(const SupervisorOptions& options, std::span<const ChildSpec> specs) {
  if (auto checked = check_options(options); !checked) {
    return checked;
  }
  return options.strategy == Strategy::simple_one_for_one
             ? check_dynamic_childspec(specs, options.auto_shutdown)
             : check_childspecs(specs, options.auto_shutdown);
}

}  // namespace baton
