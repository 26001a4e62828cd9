// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/option.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

/// What a handler or server says about itself, at compile time:
///
/// ```cpp
/// static constexpr auto description = baton::describe("Throttle")
///                                         .help("passes on at most so many events a second")
///                                         .options(rate, window, mode, target)
///                                         .state(2, {1, 2});
/// ```
///
/// Its options are constants of the class; see option.hpp. The manifest in the library is generated from the
/// description, and the host checks every configuration against the manifest before it runs any code of the
/// plugin. Texts must be literals. A mistake does not compile; the compiler prints the rule that was broken.
namespace baton::inline v1 {

class Description {
 public:
  static constexpr std::size_t max_options = 32;
  static constexpr std::size_t max_state_versions = 16;
  static constexpr std::size_t max_capabilities = 8;

  explicit constexpr Description(std::string_view name) : name_(name) {
    detail::require(!name.empty() && name.size() <= 255, "a handler or server has a name of 1 to 255 bytes");
  }

  /// One line for the people who read a list of what there is.
  constexpr Description& help(std::string_view text) {
    help_ = text;
    return *this;
  }

  /// Each Option once; its constant is what reads its value.
  template <class... Ts>
  constexpr Description& options(const Option<Ts>&... options) {
    (add(options.fields()), ...);
    return *this;
  }

  /// State of version `writes` is handed over, and that of the same version is taken over.
  constexpr Description& state(std::uint32_t writes) { return state(writes, {writes}); }

  /// State of version `writes` (1 or more) is handed over, and that of any version in `reads` is taken over.
  constexpr Description& state(std::uint32_t writes, std::initializer_list<std::uint32_t> reads) {
    detail::require(writes != 0, "versions of a state begin with 1");
    detail::require(reads.size() <= max_state_versions, "too many versions of the state");
    state_writes_ = writes;
    state_reads_count_ = 0;
    for (const std::uint32_t version : reads) {
      state_reads_[state_reads_count_++] = version;
    }
    return *this;
  }

  /// A promise to the host or a wish, by a name that the host's documentation lists.
  constexpr Description& capability(std::string_view name) {
    detail::require(capability_count_ < max_capabilities, "too many capabilities");
    capabilities_[capability_count_++] = name;
    return *this;
  }

  [[nodiscard]] constexpr std::string_view name() const { return name_; }

  [[nodiscard]] constexpr std::string_view help_text() const { return help_; }

  [[nodiscard]] constexpr std::size_t option_count() const { return option_count_; }

  [[nodiscard]] constexpr const detail::OptionFields& option_at(std::size_t index) const {
    return options_[index];
  }

  [[nodiscard]] constexpr bool has_hot_options() const {
    for (std::size_t i = 0; i < option_count_; ++i) {
      if (options_[i].is_hot) {
        return true;
      }
    }
    return false;
  }

  /// 0: no state to hand over.
  [[nodiscard]] constexpr std::uint32_t state_writes() const { return state_writes_; }

  [[nodiscard]] constexpr std::size_t state_reads_count() const { return state_reads_count_; }

  [[nodiscard]] constexpr std::uint32_t state_reads_at(std::size_t index) const {
    return state_reads_[index];
  }

  [[nodiscard]] constexpr std::size_t capability_count() const { return capability_count_; }

  [[nodiscard]] constexpr std::string_view capability_at(std::size_t index) const {
    return capabilities_[index];
  }

 private:
  constexpr void add(const detail::OptionFields& option) {
    detail::require(option_count_ < max_options, "a description has at most max_options options");
    for (std::size_t i = 0; i < option_count_; ++i) {
      detail::require(options_[i].name != option.name, "two options have the same name");
    }
    options_[option_count_++] = option;
  }

  std::string_view name_;
  std::string_view help_;
  std::uint32_t state_writes_ = 0;
  std::size_t state_reads_count_ = 0;
  std::array<std::uint32_t, max_state_versions> state_reads_{};
  std::size_t capability_count_ = 0;
  std::array<std::string_view, max_capabilities> capabilities_{};
  std::size_t option_count_ = 0;
  std::array<detail::OptionFields, max_options> options_{};
};

/// `name` is what config files call it: OTP's module, "LoggerHandler".
constexpr Description describe(std::string_view name) {
  return Description(name);
}

}  // namespace baton::inline v1
