// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/detail/views.hpp>
#include <baton/host.hpp>
#include <baton/options.hpp>
#include <baton/state.hpp>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace baton::inline v1 {

/// How a state of an earlier version becomes one of today; made by converter().
template <std::uint32_t version, class Function>
class Converter {
 public:
  explicit Converter(Function function) : function_(std::move(function)) {}

  /// False, and nothing has been read: the state is of another version.
  template <class T>
  bool convert(std::uint32_t given, StateReader& in, T& value) const {
    if (given != version) {
      return false;
    }
    using Old = decltype(detail::argument_of(function_));
    value = function_(in.value<Old>());
    return true;
  }

 private:
  Function function_;
};

/// `function` takes what version `version` wrote, by value or const&, and returns what is held today. A
/// function or a lambda, no generic one: the type of its parameter is what is read.
template <std::uint32_t version, class Function>
[[nodiscard]] auto converter(Function function) {
  return Converter<version, Function>(std::move(function));
}

/// What an instance is born with. Valid until its constructor returns, with all its texts; a copy of
/// host() may be kept. OTP: the arguments of Mod:init/1.
class Init {
 public:
  /// `state_version`: which one the description writes.
  Init(const baton_host& host, const baton_init& raw, std::uint32_t state_version) noexcept
      : host_(host), raw_(&raw), state_version_(state_version) {}

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
    return are_parts_to_follow() ? std::nullopt : given_state();
  }

  /// The whole state, as StateWriter::value() wrote it, into `value`; false when there is none, and `value`
  /// is as it was. What an earlier version wrote goes through a converter, one for each version that the
  /// description reads and does not write:
  ///
  /// ```cpp
  /// init.take_over(words_, baton::converter<1>(without_times));  // WordsNow without_times(WordsThen then)
  /// ```
  ///
  /// Throws BadState.
  template <class T, class... Converters>
  bool take_over(T& value, const Converters&... converters) const {
    const std::optional<State> given = state();
    if (!given) {
      return false;
    }
    StateReader in(given->data);
    const bool is_converted = (converters.convert(given->version, in, value) || ...);
    if (!is_converted) {
      if (given->version != state_version_) {
        throw std::logic_error("take_over() has no converter<" + std::to_string(given->version) +
                               ">, though the description says that version " +
                               std::to_string(given->version) + " is read");
      }
      value = in.value<T>();
    }
    in.expect_end();
    return true;
  }

  /// The version and the extra of a state whose data comes through load_part; nothing when there is none.
  [[nodiscard]] std::optional<State> state_in_parts() const noexcept {
    return are_parts_to_follow() ? given_state() : std::nullopt;
  }

 private:
  [[nodiscard]] bool are_parts_to_follow() const noexcept {
    return detail::has(*raw_, &baton_init::parts_follow) && raw_->parts_follow != 0;
  }

  [[nodiscard]] std::optional<State> given_state() const noexcept {
    if (raw_->state == nullptr) {
      return std::nullopt;
    }
    return State{raw_->state->version, detail::view(raw_->state->data), detail::view(raw_->state->extra)};
  }

  Host host_;
  const baton_init* raw_;
  std::uint32_t state_version_;
};

}  // namespace baton::inline v1
