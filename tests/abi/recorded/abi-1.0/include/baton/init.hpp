// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/detail/views.hpp>
#include <baton/host.hpp>
#include <baton/options.hpp>
#include <baton/state.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace baton::inline v1 {

/// What an instance is born with. Valid until its constructor returns, with all its texts; a copy of
/// host() may be kept. OTP: the arguments of Mod:init/1.
class Init {
 public:
  Init(const baton_host& host, const baton_init& raw) noexcept : host_(host), raw_(&raw) {}

  [[nodiscard]] Host host() const noexcept { return host_; }

  [[nodiscard]] Options options() const noexcept { return Options(*raw_); }

  /// The handler's id in its manager; the server's name.
  [[nodiscard]] std::string_view id() const noexcept { return detail::view(raw_->id); }

  /// Name of the manager or server.
  [[nodiscard]] std::string_view process() const noexcept { return detail::view(raw_->process); }

  /// Number of this instance, never used again in this host.
  [[nodiscard]] std::uint64_t instance() const noexcept { return raw_->instance; }

  /// Nothing: start afresh. Else take this state over, or throw BadState; its version is one of those that
  /// the description says it reads. The old instance lives until this one has been built.
  [[nodiscard]] std::optional<State> state() const noexcept {
    if (raw_->state == nullptr) {
      return std::nullopt;
    }
    return State{raw_->state->version, detail::view(raw_->state->data), detail::view(raw_->state->extra)};
  }

 private:
  Host host_;
  const baton_init* raw_;
};

}  // namespace baton::inline v1
