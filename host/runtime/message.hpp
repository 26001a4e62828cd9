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
  OwnedMessage(Atom type_atom, std::string_view type, std::string_view data, Atom content_type);

  /// Valid until this object changes, moves or dies.
  [[nodiscard]] Message view() const;

 private:
  // One piece, so that keeping a message allocates once and moving it moves one string. The data comes first:
  // whoever reads numbers out of it finds them aligned.
  std::string bytes_;                      // data, type; of attributes id, source, traceparent
  Message plain_{};                        // of its views only the sizes
  mutable baton_attributes attributes_{};  // if its size is set; of its views only the sizes count
};

/// What a call comes back with.
struct Reply {
  std::string data;
  Atom content_type = BATON_TEXT_PLAIN;
};

}  // namespace baton
