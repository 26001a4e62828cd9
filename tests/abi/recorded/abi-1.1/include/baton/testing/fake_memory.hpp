// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/detail/views.hpp>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <string_view>

namespace baton::inline v1::testing {

/// The memory of one instance, as baton_host.memory gives it. A copy shares what is in it: what a successor
/// inherits. The bytes are all there from the beginning: keep capacities in tests moderate.
class FakeMemories {
 public:
  baton_status get(std::string_view name, std::size_t capacity, baton_memory& memory) {
    if (name.empty() || name.size() > 255) {
      return BATON_INVALID;
    }
    auto found = memories_.find(name);
    if (found == memories_.end()) {
      if (capacity == 0) {
        return BATON_NOT_FOUND;
      }
      found = memories_.emplace(name, Entry{make(capacity), capacity, false}).first;
    }
    const Entry& entry = found->second;
    if (capacity > entry.capacity) {
      return BATON_INVALID;
    }
    memory.is_inherited = entry.is_inherited ? 1 : 0;
    memory.data = entry.bytes.get();
    memory.capacity = entry.capacity;
    return BATON_OK;
  }

  baton_status free(std::string_view name) {
    const auto found = memories_.find(name);
    if (found == memories_.end()) {
      return BATON_NOT_FOUND;
    }
    memories_.erase(found);
    return BATON_OK;
  }

  /// The same memory, as who comes next finds it.
  [[nodiscard]] FakeMemories inherited() const {
    FakeMemories copy = *this;
    for (auto& [name, entry] : copy.memories_) {
      entry.is_inherited = true;
    }
    return copy;
  }

  /// What is in it now.
  [[nodiscard]] std::map<std::string, std::string, std::less<>> contents() const {
    std::map<std::string, std::string, std::less<>> contents;
    for (const auto& [name, entry] : memories_) {
      contents.emplace(name, std::string(static_cast<const char*>(entry.bytes.get()), entry.capacity));
    }
    return contents;
  }

 private:
  struct Entry {
    std::shared_ptr<void> bytes;
    std::size_t capacity;
    bool is_inherited;
  };

  static std::shared_ptr<void> make(std::size_t capacity) {
    constexpr std::size_t page = 4096;
    const std::size_t whole_pages = (capacity + page - 1) / page * page;
    void* const bytes = std::aligned_alloc(page, whole_pages);
    if (bytes == nullptr) {
      throw std::bad_alloc();
    }
    std::memset(bytes, 0, whole_pages);
    return {bytes, [](void* memory) {
              std::free(memory);
            }};
  }

  std::map<std::string, Entry, std::less<>> memories_;
};

}  // namespace baton::inline v1::testing
