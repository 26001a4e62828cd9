// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/mutex.hpp"

#include <memory>
#include <utility>

namespace baton {

/// Something that one of two gets: who is to begin with it, or who has changed his mind. Threads: any.
template <class T>
class Revocable {
 public:
  explicit Revocable(T value) : value_(std::make_unique<T>(std::move(value))) {}

  /// Null for the second one.
  [[nodiscard]] std::unique_ptr<T> take() {
    const Lock lock(mutex_);
    return std::move(value_);
  }

 private:
  Mutex mutex_;
  std::unique_ptr<T> value_ BATON_GUARDED_BY(mutex_);
};

}  // namespace baton
