// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/mutex.hpp"
#include "host/base/result.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
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
  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<Process>, std::less<>> processes_ BATON_GUARDED_BY(mutex_);
  std::map<std::string, std::uint64_t, std::less<>> instances_ BATON_GUARDED_BY(mutex_);
};

}  // namespace baton
