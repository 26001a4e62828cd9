// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/mutex.hpp"
#include "host/runtime/message.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// Gives short texts numbers, so that hot paths compare numbers. Owned by Host; outlives everything.
/// Entries are never removed: message types and content types are few, and the table is bounded.
/// Threads: any. What is known is looked up without a lock.
///
/// Invariants: a number is in a slot of the index only when its text is in place; neither ever changes. An
/// index that has become too small is replaced by a larger one, which holds the same, and kept: somebody may
/// be looking into it.
class AtomTable {
 public:
  static constexpr std::size_t text_size_max = 255;
  static constexpr std::size_t atoms_max = 65536;

  /// Knows the content types of abi.h under their fixed numbers.
  AtomTable();
  AtomTable(const AtomTable&) = delete;
  AtomTable& operator=(const AtomTable&) = delete;
  ~AtomTable() = default;

  /// The number of `text`; BATON_ATOM_NONE when it is empty, too long, or the table is full.
  [[nodiscard]] Atom intern(std::string_view text);

  /// Its text, valid as long as the table; empty for unknown numbers.
  [[nodiscard]] std::string_view text(Atom atom) const;

 private:
  static constexpr std::size_t block_size = 256;
  using Block = std::array<std::string, block_size>;

  /// A hash table with open addressing, at most half full; an empty slot is BATON_ATOM_NONE.
  struct Index {
    explicit Index(std::size_t size) : slots(size) {}

    std::vector<std::atomic<Atom>> slots;  // as many as a power of two
  };

  [[nodiscard]] Atom find(const Index& index, std::string_view text) const;
  void put(Index& index, Atom atom) const BATON_REQUIRES(mutex_);
  Atom add(std::string_view text) BATON_REQUIRES(mutex_);

  std::array<std::atomic<Block*>, atoms_max / block_size> blocks_{};
  std::atomic<Index*> index_{nullptr};  // the newest
  std::atomic<Atom> count_{0};          // numbers below it have a text

  Mutex mutex_;  // of those who add
  std::vector<std::unique_ptr<Block>> owned_blocks_ BATON_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Index>> indexes_ BATON_GUARDED_BY(mutex_);
};

/// `message` with the atom of its type and the table's own text of it, which a mailbox need not copy.
/// The atom it came with is not trusted.
[[nodiscard]] Message with_atom(Message message, AtomTable& atoms);

}  // namespace baton
