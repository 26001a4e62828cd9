// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/mutex.hpp"
#include "host/runtime/message.hpp"

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace baton {

/// Gives short texts numbers, so that hot paths compare numbers. Owned by Host; outlives everything.
/// Entries are never removed: message types and content types are few, and the table is bounded.
/// Threads: any.
class AtomTable {
 public:
  static constexpr std::size_t text_size_max = 255;
  static constexpr std::size_t atoms_max = 65536;

  /// Knows the content types of abi.h under their fixed numbers.
  AtomTable();

  /// The number of `text`; BATON_ATOM_NONE when it is empty, too long, or the table is full.
  [[nodiscard]] Atom intern(std::string_view text);

  /// Its text, valid as long as the table; empty for unknown numbers.
  [[nodiscard]] std::string_view text(Atom atom) const;

 private:
  mutable Mutex mutex_;
  std::deque<std::string> texts_ BATON_GUARDED_BY(mutex_);  // a deque: texts must not move
  std::unordered_map<std::string_view, Atom> numbers_ BATON_GUARDED_BY(mutex_);
};

/// `message` with the atom of its type and the table's own text of it, which a mailbox need not copy.
/// The atom it came with is not trusted.
[[nodiscard]] Message with_atom(Message message, AtomTable& atoms);

}  // namespace baton
