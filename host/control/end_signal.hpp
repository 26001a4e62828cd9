// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"

#include <chrono>

namespace baton {

/// How threads that wait for sockets learn that their server ends. Threads: any, once it is open.
class EndSignal {
 public:
  enum class Outcome { ready, ended, timed_out };

  /// Never ends until it is opened and raised.
  EndSignal() = default;
  ~EndSignal();
  EndSignal(const EndSignal&) = delete;
  EndSignal& operator=(const EndSignal&) = delete;

  /// Errors: io_failed.
  Result<void> open();

  /// Ends every wait, now and later.
  void raise();

  /// Waits until `descriptor` (-1: none) is ready for the poll `events`, until the signal is raised, or for
  /// so long (negative: without limit). The signal comes first.
  [[nodiscard]] Outcome wait(int descriptor, short events, std::chrono::milliseconds limit) const;

 private:
  int event_ = -1;
};

}  // namespace baton
