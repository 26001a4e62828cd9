// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

/// What Suspects keeps in a mapped file, and who writes it when. For the suspect*.cpp files only.
namespace baton {

/// A text of limited size; the rest is zero.
template <std::size_t Size>
using SuspectText = std::array<char, Size>;

/// One content.
struct SuspectRecord {
  enum State : std::uint32_t {
    unused,
    on_probation,
    passed,     // loaded, and its first calls have come back
    remembered  // not loaded, but it has strikes
  };

  std::atomic<std::uint32_t> state;
  std::atomic<std::uint32_t> running;  // calls under way that began on probation
  std::atomic<std::uint32_t> strikes;
  SuspectText<68> sha256;
  SuspectText<64> plugin;
  SuspectText<32> version;
  SuspectText<1024> file;
};

struct SuspectFile {
  enum Cause : std::uint32_t {
    none,       // it runs, or has ended without notice
    signalled,  // by itself
    killed,     // by a fatal signal that another process has sent
    exited      // it called exit()
  };

  static constexpr std::array<char, 8> magic_expected = {'B', 'A', 'T', 'S', 'U', 'S', 'P', '1'};

  std::array<char, 8> magic;
  std::atomic<std::uint32_t> cause;
  std::atomic<std::int32_t> signal;
  std::atomic<std::int32_t> culprit;  // index of the record whose code ran on that thread; -1: none
  SuspectText<32> step;               // of that code
  std::array<SuspectRecord, 256> records;
};

// Both are written by a signal handler, and read by another process.
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

/// Cuts what does not fit.
template <std::size_t Size>
void put_text(SuspectText<Size>& target, const char* text) noexcept {
  std::size_t i = 0;
  for (; i + 1 < Size && text[i] != '\0'; ++i) {
    target[i] = text[i];
  }
  for (; i < Size; ++i) {
    target[i] = '\0';
  }
}

/// This process notes its end in that file, and in no other.
void note_ends_in(SuspectFile& file);

/// Not in that one any more.
void stop_noting_in(SuspectFile& file);

}  // namespace baton
