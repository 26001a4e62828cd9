// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/swap_record.hpp"

#include <algorithm>

namespace baton {

void SwapRecord::add(SwapStep step) {
  const Lock lock(mutex_);
  steps_.push_back(std::move(step));
}

std::vector<SwapStep> SwapRecord::steps() const {
  const Lock lock(mutex_);
  return steps_;
}

std::string SwapRecord::failed_step() const {
  const Lock lock(mutex_);
  const auto failed =
      std::find_if(steps_.begin(), steps_.end(), [](const SwapStep& step) { return !step.is_ok; });
  return failed == steps_.end() ? std::string() : failed->name;
}

void SwapRecord::keep_code(std::shared_ptr<const void> code) {
  const Lock lock(mutex_);
  code_.swap(code);
}

std::shared_ptr<const void> SwapRecord::take_code() {
  const Lock lock(mutex_);
  return std::exchange(code_, nullptr);
}

void StepTimer::end(std::string_view name, bool is_ok, std::string text) {
  if (record_ == nullptr) {
    return;
  }
  const SteadyTime now = record_->clock().steady_now();
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - begin_);
  record_->add({std::string(name), is_ok, took, std::move(text)});
  begin_ = now;
}

}  // namespace baton
