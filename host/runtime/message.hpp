// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace baton {

using Atom = baton_atom;

/// The one shape of events, calls, casts and infos, borrowed: the very struct of the boundary, so that
/// a batch goes from the mailbox to a plugin without being converted.
using Message = baton_message;

[[nodiscard]] inline std::string_view view(baton_str text) {
  return {text.data, text.size};
}

[[nodiscard]] inline std::string_view view(baton_bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data), bytes.size};
}

[[nodiscard]] inline baton_str to_str(std::string_view text) {
  return {text.data(), text.size()};
}

[[nodiscard]] inline baton_bytes to_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// A message that owns its parts. Used where one outlives the call that brought it.
class OwnedMessage {
 public:
  OwnedMessage() = default;
  explicit OwnedMessage(const Message& message);
  /// A message of this type; `type_atom` must be the atom of `type`.
  OwnedMessage(Atom type_atom, std::string type, std::string data, Atom content_type);

  /// Valid until this object changes or dies.
  [[nodiscard]] Message view() const;

 private:
  std::string type_;
  std::string data_;
  std::string id_;
  std::string source_;
  std::string traceparent_;
  Message plain_{};  // numbers only; its views are set by view()
  bool has_attributes_ = false;
  mutable baton_attributes attributes_{};
};

/// What a call comes back with.
struct Reply {
  std::string data;
  Atom content_type = BATON_TEXT_PLAIN;
};

}  // namespace baton
