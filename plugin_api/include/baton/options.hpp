// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/detail/views.hpp>
#include <baton/option.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace baton::inline v1 {

/// The options of an instance: every one of its description, checked by the host, defaults filled in. Each
/// is read by its constant: `init.options()[rate]`. Texts are views; valid until the constructor, or
/// change_options(), returns. Asking for an option that the description does not list is a mistake of the
/// plugin: std::logic_error.
class Options {
 public:
  explicit Options(const baton_init& init) noexcept
      : first_(init.options), count_(init.option_count), stride_(init.option_stride) {}

  explicit Options(const baton_options& options) noexcept
      : first_(options.options), count_(options.count), stride_(options.stride) {}

  template <class T>
  [[nodiscard]] typename Option<T>::Value operator[](const Option<T>& option) const {
    return detail::OptionTraits<T>::read(find(option.name(), option.fields().type));
  }

 private:
  [[nodiscard]] const baton_option& find(std::string_view name, OptionType type) const {
    const auto* at = reinterpret_cast<const char*>(first_);
    for (std::size_t i = 0; i < count_; ++i, at += stride_) {
      const auto& option = *reinterpret_cast<const baton_option*>(at);
      if (detail::view(option.name) != name) {
        continue;
      }
      if (option.type != static_cast<std::uint32_t>(type)) {
        throw std::logic_error("option '" + std::string(name) + "' is described with another type");
      }
      return option;
    }
    throw std::logic_error("option '" + std::string(name) + "' is not in the description");
  }

  const baton_option* first_;
  std::size_t count_;
  std::size_t stride_;
};

}  // namespace baton::inline v1
