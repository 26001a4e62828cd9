// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/mutex.hpp"
#include "host/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace baton {

class Process;

/// Names of running processes. Owned by Host. Threads: any. OTP: register/2, whereis/1.
class Registry {
 public:
  /// Errors: already_started, naming the instance that has the name.
  Result<void> add(const std::shared_ptr<Process>& process);

  /// Frees the name, if it is this process that has it.
  void remove(const Process& process);

  /// The process of that name, or null.
  [[nodiscard]] std::shared_ptr<Process> whereis(std::string_view name) const;

  /// All running processes, by name.
  [[nodiscard]] std::vector<std::shared_ptr<Process>> all() const;

  /// 1, 2, 3, … for each name: `queue#2` is the second process of that name, for good.
  [[nodiscard]] std::uint64_t next_instance(std::string_view name);

  /// The name will never be used again: its number need not be kept.
  void forget_instances(std::string_view name);

 private:
  struct Hash {
    using is_transparent = void;

    std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
  };

  template <class T>
  using ByName = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

  mutable Mutex mutex_;
  ByName<std::shared_ptr<Process>> processes_ BATON_GUARDED_BY(mutex_);
  ByName<std::uint64_t> instances_ BATON_GUARDED_BY(mutex_);
};

}  // namespace baton
