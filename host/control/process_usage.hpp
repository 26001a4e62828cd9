// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

namespace baton {

/// What this process takes of the machine, as the kernel says.
struct ProcessUsage {
  double cpu_seconds = 0;         // of user and system time
  double start_time_seconds = 0;  // since 1970, UTC
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t threads = 0;
  std::uint64_t open_files = 0;
  std::uint64_t open_files_max = 0;
};

/// Nothing where there is no /proc. Threads: any.
[[nodiscard]] std::optional<ProcessUsage> process_usage();

}  // namespace baton
