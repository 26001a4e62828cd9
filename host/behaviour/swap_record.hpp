// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"
#include "host/base/mutex.hpp"
#include "host/behaviour/swap_types.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace baton {

/// The steps of one swap, noted while they are done: a swap that fails has no report, and one that outlives
/// the patience of its caller still has steps. Shared by the caller and the process. Threads: any.
class SwapRecord {
 public:
  /// `clock` outlives it.
  explicit SwapRecord(const Clock& clock) : clock_(clock) {}

  void add(SwapStep step);

  [[nodiscard]] std::vector<SwapStep> steps() const;

  /// The name of the step that failed; empty: none has.
  [[nodiscard]] std::string failed_step() const;

  /// Keeps the code of the old version until take_code(), so that it is not the process that unloads it.
  void keep_code(std::shared_ptr<const void> code);
  [[nodiscard]] std::shared_ptr<const void> take_code();

  [[nodiscard]] const Clock& clock() const { return clock_; }

 private:
  const Clock& clock_;
  mutable Mutex mutex_;
  std::vector<SwapStep> steps_ BATON_GUARDED_BY(mutex_);
  std::shared_ptr<const void> code_ BATON_GUARDED_BY(mutex_);
};

/// Measures one step after the other. Without a record it does nothing, not even look at the clock.
class StepTimer {
 public:
  explicit StepTimer(SwapRecord* record)
      : record_(record), begin_(record ? record->clock().steady_now() : SteadyTime{}) {}

  /// The step that began where the last one ended is done, or has failed.
  void done(std::string_view name, std::string text) { end(name, true, std::move(text)); }

  void failed(std::string_view name, std::string text) { end(name, false, std::move(text)); }

 private:
  void end(std::string_view name, bool is_ok, std::string text);

  SwapRecord* const record_;
  SteadyTime begin_;
};

}  // namespace baton
