// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/instance_memory.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <utility>

namespace baton {

/// A mapping. Not memory of the C++ heap: that would be zeroed at once, and could not be given back whole.
struct InstanceMemory::Block {
  void* const data;
  const std::size_t capacity;

  Block(void* mapped, std::size_t size) : data(mapped), capacity(size) {}

  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  ~Block() { (void)::munmap(data, capacity); }
};

Result<MemoryView> InstanceMemory::get(std::string_view name, std::size_t capacity) {
  if (name.empty() || name.size() > name_size_max) {
    return fail(Errc::bad_request, fmt::format("a memory has a name of 1 to {} bytes", name_size_max));
  }
  const Lock lock(mutex_);
  auto found = entries_.find(name);
  if (found == entries_.end()) {
    auto made = make(name, capacity);
    if (!made) {
      return fail(std::move(made.error()));
    }
    found = entries_.emplace(name, Entry{std::move(*made), false}).first;
    bytes_ += capacity;
  }
  const Block& block = *found->second.block;
  if (capacity > block.capacity) {
    return fail(Errc::bad_request,
                fmt::format("the memory `{}` has {} bytes, not {}", name, block.capacity, capacity));
  }
  return MemoryView{block.data, block.capacity, found->second.is_inherited};
}

Result<std::shared_ptr<const InstanceMemory::Block>> InstanceMemory::make(std::string_view name,
                                                                          std::size_t capacity) const {
  if (capacity == 0) {
    return fail(Errc::not_found, fmt::format("there is no memory `{}`", name));
  }
  if (entries_.size() >= count_max || capacity > bytes_max - bytes_) {
    return fail(Errc::overloaded,
                fmt::format("an instance has at most {} memories of {} bytes in all", count_max, bytes_max));
  }
  void* const data =
      ::mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) {
    return fail(Errc::overloaded, fmt::format("no memory `{}` of {} bytes: {}", name, capacity,
                                              std::strerror(errno)));  // NOLINT(concurrency-mt-unsafe)
  }
  return std::make_shared<const Block>(data, capacity);
}

Result<void> InstanceMemory::free(std::string_view name) {
  Entry freed;  // unmapped unlocked: that takes its time
  const Lock lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    return fail(Errc::not_found, fmt::format("there is no memory `{}`", name));
  }
  bytes_ -= found->second.block->capacity;
  freed = std::move(found->second);
  entries_.erase(found);
  return {};
}

void InstanceMemory::inherit(const InstanceMemory& other) {
  Entries entries;
  {
    const Lock lock(other.mutex_);
    entries = other.entries_;
  }
  std::size_t bytes = 0;
  for (auto& [name, entry] : entries) {
    entry.is_inherited = true;
    bytes += entry.block->capacity;
  }
  const Lock lock(mutex_);
  entries_ = std::move(entries);
  bytes_ = bytes;
}

std::size_t InstanceMemory::bytes() const {
  const Lock lock(mutex_);
  return bytes_;
}

}  // namespace baton
