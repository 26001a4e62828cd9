// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/message.hpp"

#include <utility>

namespace baton {

OwnedMessage::OwnedMessage(const Message& message)
    : type_(baton::view(message.type)), data_(baton::view(message.data)), plain_(message) {
  if (message.attributes != nullptr) {
    id_ = baton::view(message.attributes->id);
    source_ = baton::view(message.attributes->source);
    traceparent_ = baton::view(message.attributes->traceparent);
    has_attributes_ = true;
  }
}

OwnedMessage::OwnedMessage(Atom type_atom, std::string type, std::string data, Atom content_type)
    : type_(std::move(type)), data_(std::move(data)) {
  plain_.type_atom = type_atom;
  plain_.content_type = content_type;
}

Message OwnedMessage::view() const {
  Message message = plain_;
  message.type = to_str(type_);
  message.data = to_bytes(data_);
  message.attributes = nullptr;
  if (has_attributes_) {
    attributes_ = {sizeof(baton_attributes), to_str(id_), to_str(source_), to_str(traceparent_)};
    message.attributes = &attributes_;
  }
  return message;
}

}  // namespace baton
