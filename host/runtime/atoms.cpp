// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/atoms.hpp"

#include "host/base/assert.hpp"

#include <functional>

namespace baton {
namespace {

constexpr std::size_t first_index_size = 256;

}  // namespace

AtomTable::AtomTable() {
  const Lock lock(mutex_);
  indexes_.push_back(std::make_unique<Index>(first_index_size));
  index_ = indexes_.back().get();
  (void)add({});  // BATON_ATOM_NONE, which no slot holds
  for (const char* content_type : {"text/plain", "application/json", "application/octet-stream"}) {
    (void)add(content_type);
  }
  BATON_ASSERT(text(BATON_APPLICATION_OCTET_STREAM) == "application/octet-stream");
}

Atom AtomTable::intern(std::string_view text) {
  if (text.empty() || text.size() > text_size_max) {
    return BATON_ATOM_NONE;
  }
  if (const Atom known = find(*index_.load(std::memory_order_acquire), text); known != BATON_ATOM_NONE) {
    return known;
  }
  const Lock lock(mutex_);
  if (const Atom known = find(*indexes_.back(), text); known != BATON_ATOM_NONE) {
    return known;  // somebody was faster
  }
  return count_.load(std::memory_order_relaxed) == atoms_max ? Atom{BATON_ATOM_NONE} : add(text);
}

std::string_view AtomTable::text(Atom atom) const {
  if (atom >= count_.load(std::memory_order_acquire)) {
    return {};
  }
  return (*blocks_[atom / block_size].load(std::memory_order_relaxed))[atom % block_size];
}

Atom AtomTable::find(const Index& index, std::string_view text) const {
  const std::size_t mask = index.slots.size() - 1;
  for (std::size_t at = std::hash<std::string_view>{}(text)&mask;; at = (at + 1) & mask) {
    const Atom atom = index.slots[at].load(std::memory_order_acquire);
    if (atom == BATON_ATOM_NONE || this->text(atom) == text) {
      return atom;
    }
  }
}

void AtomTable::put(Index& index, Atom atom) const {
  const std::size_t mask = index.slots.size() - 1;
  std::size_t at = std::hash<std::string_view>{}(text(atom)) & mask;
  while (index.slots[at].load(std::memory_order_relaxed) != BATON_ATOM_NONE) {
    at = (at + 1) & mask;
  }
  index.slots[at].store(atom, std::memory_order_release);
}

Atom AtomTable::add(std::string_view text) {
  const Atom atom = count_.load(std::memory_order_relaxed);
  if (atom % block_size == 0) {
    owned_blocks_.push_back(std::make_unique<Block>());
    blocks_[atom / block_size].store(owned_blocks_.back().get(), std::memory_order_relaxed);
  }
  (*owned_blocks_.back())[atom % block_size] = text;
  count_.store(atom + 1, std::memory_order_release);
  if (text.empty()) {
    return atom;
  }
  if (2 * (std::size_t{atom} + 1) > indexes_.back()->slots.size()) {
    indexes_.push_back(std::make_unique<Index>(indexes_.back()->slots.size() * 2));
    for (Atom known = 1; known < atom; ++known) {
      put(*indexes_.back(), known);
    }
    index_.store(indexes_.back().get(), std::memory_order_release);
  }
  put(*indexes_.back(), atom);
  return atom;
}

Message with_atom(Message message, AtomTable& atoms) {
  message.type_atom = atoms.intern(view(message.type));
  if (message.type_atom != BATON_ATOM_NONE) {
    message.type = to_str(atoms.text(message.type_atom));
  }
  return message;
}

}  // namespace baton
