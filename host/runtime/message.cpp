// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/message.hpp"

#include <utility>

namespace baton {

OwnedMessage::OwnedMessage(const Message& message) : plain_(message) {
  std::size_t size = message.data.size + message.type.size;
  if (message.attributes != nullptr) {
    attributes_ = *message.attributes;
    attributes_.size = sizeof(baton_attributes);
    size += attributes_.id.size + attributes_.source.size + attributes_.traceparent.size;
  }
  bytes_.reserve(size);
  bytes_.append(baton::view(message.data)).append(baton::view(message.type));
  if (message.attributes != nullptr) {
    bytes_.append(baton::view(attributes_.id))
        .append(baton::view(attributes_.source))
        .append(baton::view(attributes_.traceparent));
  }
}

OwnedMessage::OwnedMessage(Atom type_atom, std::string_view type, std::string_view data, Atom content_type)
    : OwnedMessage(Message{to_str(type), to_bytes(data), type_atom, content_type, 0, 0, nullptr}) {}

Message OwnedMessage::view() const {
  const char* at = bytes_.data();
  const auto take = [&at](std::size_t size) {
    return std::string_view(std::exchange(at, at + size), size);
  };
  Message message = plain_;
  message.data = to_bytes(take(plain_.data.size));
  message.type = to_str(take(plain_.type.size));
  message.attributes = nullptr;
  if (attributes_.size != 0) {
    attributes_.id = to_str(take(attributes_.id.size));
    attributes_.source = to_str(take(attributes_.source.size));
    attributes_.traceparent = to_str(take(attributes_.traceparent.size));
    message.attributes = &attributes_;
  }
  return message;
}

}  // namespace baton
