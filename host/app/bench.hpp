// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/exit_code.hpp"
#include "host/app/invocation.hpp"
#include "host/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string_view>

/// The verb `bench`: sends events to a manager of a running host at a given rate, and tells what became of
/// them. With --verify every event carries its producer and a number, and a SequenceCheck, installed in the
/// manager for as long as it takes, sees whether all arrive once and in order.
namespace baton {

/// Events per second of "50000", "200k", "1.5M", "max" (0: as fast as the host takes them). Errors:
/// bad_request.
[[nodiscard]] Result<std::uint64_t> parse_rate(std::string_view text);

/// Blocks until it is over; SIGINT and SIGTERM end the sending early, and the rest is done all the same.
/// `refused`: an event was lost, came twice or out of order, or a handler did not get all.
ExitCode run_bench(const Invocation& invocation, const std::filesystem::path& socket, std::ostream& out,
                   std::ostream& err);

}  // namespace baton
