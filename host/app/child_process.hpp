// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"

#include <chrono>
#include <string>
#include <sys/types.h>
#include <vector>

namespace baton {

/// A program that we started, with its standard output in our hands. Ended by the destructor (SIGTERM, then
/// SIGKILL after thirty seconds). One owner, one thread.
class ChildProcess {
 public:
  /// Starts `arguments[0]` with an empty standard input; its standard error is ours. Errors: io_failed.
  static Result<ChildProcess> start(std::vector<std::string> arguments);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  [[nodiscard]] bool is_running();

  /// What it has printed since the last call; does not wait.
  [[nodiscard]] std::string read_available();

  /// Ends it in order and returns its exit status, or 128 + the signal that ended it.
  int stop();

 private:
  ChildProcess(pid_t pid, int output) : pid_(pid), output_(output) {}

  /// Waits for its end. False: it runs on.
  bool wait_for(std::chrono::milliseconds time);

  pid_t pid_;   // 0: ended and waited for
  int output_;  // -1: closed
  int status_ = 0;
};

}  // namespace baton
