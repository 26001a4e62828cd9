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

/// Where it waits for whoever is to begin with it: dropped with this, it is lost for both.
template <class T>
class RevocablePlace {
 public:
  explicit RevocablePlace(std::shared_ptr<Revocable<T>> revocable) : revocable_(std::move(revocable)) {}

  RevocablePlace(RevocablePlace&&) noexcept = default;
  RevocablePlace& operator=(RevocablePlace&&) = delete;
  RevocablePlace(const RevocablePlace&) = delete;
  RevocablePlace& operator=(const RevocablePlace&) = delete;

  ~RevocablePlace() {
    if (revocable_) {
      (void)revocable_->take();
    }
  }

  [[nodiscard]] std::unique_ptr<T> take() const { return revocable_->take(); }

 private:
  std::shared_ptr<Revocable<T>> revocable_;
};

}  // namespace baton
