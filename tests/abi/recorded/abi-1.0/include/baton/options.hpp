// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/detail/views.hpp>
#include <baton/errors.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace baton::inline v1 {

enum class OptionType : std::uint32_t {
  boolean = BATON_OPTION_BOOL,
  integer = BATON_OPTION_INT,
  number = BATON_OPTION_NUMBER,
  text = BATON_OPTION_TEXT,
  list = BATON_OPTION_LIST,
  duration = BATON_OPTION_DURATION,
  size = BATON_OPTION_SIZE,
  path = BATON_OPTION_PATH,
};

/// The options of an instance: every one of its description, checked by the host, defaults filled in.
/// Texts are views; valid until the constructor returns. Asking for an option that is not in the
/// description, or by another type, is a mistake of the plugin: std::logic_error.
class Options {
 public:
  explicit Options(const baton_init& init) noexcept : init_(&init) {}

  [[nodiscard]] bool boolean(std::string_view name) const {
    return find(name, OptionType::boolean).integer != 0;
  }

  [[nodiscard]] std::int64_t integer(std::string_view name) const {
    return find(name, OptionType::integer).integer;
  }

  [[nodiscard]] double number(std::string_view name) const { return find(name, OptionType::number).number; }

  [[nodiscard]] std::string_view text(std::string_view name) const {
    return detail::view(find(name, OptionType::text).text);
  }

  [[nodiscard]] std::chrono::milliseconds duration(std::string_view name) const {
    return std::chrono::milliseconds(find(name, OptionType::duration).integer);
  }

  /// Bytes.
  [[nodiscard]] std::int64_t size(std::string_view name) const {
    return find(name, OptionType::size).integer;
  }

  /// Absolute: the host has resolved it against the folder of the config file.
  [[nodiscard]] std::string_view path(std::string_view name) const {
    return detail::view(find(name, OptionType::path).text);
  }

  /// The scalars of a list, as they stood in the config file.
  [[nodiscard]] std::vector<std::string_view> list(std::string_view name) const {
    const baton_option& option = find(name, OptionType::list);
    std::vector<std::string_view> items;
    items.reserve(option.item_count);
    for (std::uint32_t i = 0; i < option.item_count; ++i) {
      items.push_back(detail::view(option.items[i]));
    }
    return items;
  }

 private:
  [[nodiscard]] const baton_option& find(std::string_view name, OptionType type) const {
    const auto* at = reinterpret_cast<const char*>(init_->options);
    for (std::size_t i = 0; i < init_->option_count; ++i, at += init_->option_stride) {
      const auto& option = *reinterpret_cast<const baton_option*>(at);
      if (detail::view(option.name) != name) {
        continue;
      }
      if (option.type != static_cast<std::uint32_t>(type)) {
        throw std::logic_error("option '" + std::string(name) + "' is read as another type than described");
      }
      return option;
    }
    throw std::logic_error("option '" + std::string(name) + "' is not in the description");
  }

  const baton_init* init_;
};

}  // namespace baton::inline v1
