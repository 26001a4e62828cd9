// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/atoms.hpp"

#include "host/base/assert.hpp"

namespace baton {

AtomTable::AtomTable() {
  const Lock lock(mutex_);
  texts_.emplace_back();  // BATON_ATOM_NONE
  for (const char* content_type : {"text/plain", "application/json", "application/octet-stream"}) {
    texts_.emplace_back(content_type);
    numbers_.emplace(texts_.back(), static_cast<Atom>(texts_.size() - 1));
  }
  BATON_ASSERT(texts_[BATON_APPLICATION_OCTET_STREAM] == "application/octet-stream");
}

Atom AtomTable::intern(std::string_view text) {
  if (text.empty() || text.size() > text_size_max) {
    return BATON_ATOM_NONE;
  }
  const Lock lock(mutex_);
  if (const auto known = numbers_.find(text); known != numbers_.end()) {
    return known->second;
  }
  if (texts_.size() >= atoms_max) {
    return BATON_ATOM_NONE;
  }
  texts_.emplace_back(text);
  const auto number = static_cast<Atom>(texts_.size() - 1);
  numbers_.emplace(texts_.back(), number);
  return number;
}

std::string_view AtomTable::text(Atom atom) const {
  const Lock lock(mutex_);
  return atom < texts_.size() ? std::string_view(texts_[atom]) : std::string_view();
}

Message with_atom(Message message, AtomTable& atoms) {
  message.type_atom = atoms.intern(view(message.type));
  if (message.type_atom != BATON_ATOM_NONE) {
    message.type = to_str(atoms.text(message.type_atom));
  }
  return message;
}

}  // namespace baton
