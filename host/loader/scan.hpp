// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/loader/refusal.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace baton {

/// What the bytes of an acceptable plugin say.
struct ScanReport {
  std::uint16_t abi_major = 0;
  std::uint16_t abi_minor = 0;
  std::string manifest_json;
  std::string build_id;                       // hexadecimal; empty when it has none
  std::vector<std::string> needed;            // libraries it wants, as DT_NEEDED says
  std::vector<std::string> exports;           // symbols beside the entry that others can bind to
  bool has_thread_local_destructors = false;  // such objects can keep it in memory after unloading
};

/// Judges the bytes of a plugin file without running or mapping any of it. Of what cannot be seen from
/// outside (a flipped bit in code) it knows nothing. Whatever the bytes are, it returns: every offset and
/// count of the file is checked before it is used. Threads: any. Takes microseconds.
[[nodiscard]] Judged<ScanReport> scan(std::span<const std::byte> file);

}  // namespace baton
