// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/mutex.hpp"
#include "host/base/result.hpp"
#include "host/behaviour/services.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace baton {

/// The memory that one instance has of the host, by name. A successor inherits it before the old instance
/// lets go: from then on both have it, at the same address, until one of them is destroyed. So a swap that
/// fails takes nothing away, and nothing is ever copied. What either makes or frees is its own affair.
/// Threads: any.
class InstanceMemory {
 public:
  static constexpr std::size_t count_max = 64;
  static constexpr std::size_t bytes_max = std::size_t{1} << 40U;  // of address space, not of memory
  static constexpr std::size_t name_size_max = 255;

  /// Made on first use: zero bytes that take real memory where they are written to. `capacity` 0: only what
  /// is there. Errors: not_found, bad_request, overloaded.
  Result<MemoryView> get(std::string_view name, std::size_t capacity);

  /// Errors: not_found.
  Result<void> free(std::string_view name);

  /// Shares everything that `other` has now. To be called before anything is made here.
  void inherit(const InstanceMemory& other);

  /// The sum of the capacities.
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Block;

  struct Entry {
    std::shared_ptr<const Block> block;
    bool is_inherited = false;
  };

  using Entries = std::map<std::string, Entry, std::less<>>;

  Result<std::shared_ptr<const Block>> make(std::string_view name, std::size_t capacity) const
      BATON_REQUIRES(mutex_);

  mutable Mutex mutex_;
  Entries entries_ BATON_GUARDED_BY(mutex_);
  std::size_t bytes_ BATON_GUARDED_BY(mutex_) = 0;
};

}  // namespace baton
