// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace baton {

/// A function that is called at most once and may own what cannot be copied. (std::function demands
/// copies, std::move_only_function is C++23.) A task that is destroyed without being called releases
/// what it owns; that is how a caller learns that the process ended first.
class Task {
 public:
  Task() = default;

  template <class F>

  requires(!std::is_same_v<std::remove_cvref_t<F>, Task>)
      // Lambdas are passed where a Task is expected; the constraint lets copies and moves pass.
      // NOLINTNEXTLINE(google-explicit-constructor,bugprone-forwarding-reference-overload)
      Task(F&& function)
      : body_(std::make_unique<BodyOf<std::decay_t<F>>>(std::forward<F>(function))) {}

  explicit operator bool() const { return body_ != nullptr; }

  /// Calls the function and lets go of it.
  void operator()() {
    const std::unique_ptr<Body> body = std::move(body_);
    body->run();
  }

 private:
  struct Body {
    virtual ~Body() = default;
    virtual void run() = 0;
  };

  template <class F>
  struct BodyOf final : Body {
    template <class G>
    // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): only make_unique above calls it.
    explicit BodyOf(G&& g) : function(std::forward<G>(g)) {}

    void run() override { function(); }

    F function;
  };

  std::unique_ptr<Body> body_;
};

}  // namespace baton
