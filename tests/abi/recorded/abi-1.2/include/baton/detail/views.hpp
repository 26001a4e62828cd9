// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/errors.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace baton::inline v1::detail {

inline std::string_view view(baton_str text) noexcept {
  return text.size == 0 ? std::string_view{} : std::string_view{text.data, text.size};
}

inline std::string_view view(baton_bytes bytes) noexcept {
  return bytes.size == 0 ? std::string_view{}
                         : std::string_view{reinterpret_cast<const char*>(bytes.data), bytes.size};
}

inline baton_str str(std::string_view text) noexcept {
  return {text.data(), text.size()};
}

inline baton_bytes bytes(std::string_view data) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(data.data()), data.size()};
}

/// Whether the other side, which may be older, has filled in this member: abi.h's rule "no field beyond
/// the smaller of `size` and one's own sizeof". Folds to one comparison.
template <class Struct, class Member>
bool has(const Struct& value, Member Struct::*member) noexcept {
  const auto* begin = reinterpret_cast<const char*>(&value);
  const auto* field = reinterpret_cast<const char*>(&(value.*member));
  return static_cast<std::size_t>(field - begin) + sizeof(Member) <= value.size;
}

/// Throws SinkFull past the host's limit.
inline void write(baton_sink& sink, std::string_view data) {
  if (!data.empty() && sink.write(sink.context, data.data(), data.size()) != BATON_OK) {
    throw SinkFull();
  }
}

/// For reasons: there is nobody left to tell that the text of a failure did not fit.
inline void write_reason(baton_outcome& outcome, std::string_view text) noexcept {
  if (!text.empty()) {
    outcome.reason->write(outcome.reason->context, text.data(), text.size());
  }
}

}  // namespace baton::inline v1::detail
