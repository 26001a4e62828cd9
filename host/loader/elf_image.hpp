// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/loader/refusal.hpp"

#include <gelf.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// The bytes of an ELF shared object as the dynamic linker sees them: by program headers only, since
/// section headers may be stripped. Borrows the bytes. Addresses and offsets of the file are checked before
/// libelf gets them; what does not fit reads as nothing. Threads: one at a time.
class ElfImage {
 public:
  /// Checks the header and that all segments lie within the bytes. Refusals: not_elf, wrong_machine,
  /// not_a_library, truncated, damaged.
  static Judged<ElfImage> open(std::span<const std::byte> file);

  [[nodiscard]] const std::vector<GElf_Phdr>& segments() const { return segments_; }

  /// Where in the file the bytes of that address are; nothing unless one segment holds them all.
  [[nodiscard]] std::optional<std::uint64_t> offset_of(std::uint64_t address, std::uint64_t size) const;

  /// Whether one segment with these PF_… flags covers the addresses at run time.
  [[nodiscard]] bool covers(std::uint64_t address, std::uint64_t size, GElf_Word flags) const;

  /// `size` bytes at `offset` as an array of that type. Nothing when they are not within the file.
  [[nodiscard]] Elf_Data* chunk(std::uint64_t offset, std::uint64_t size, Elf_Type type) const;

  /// The value at that address; nothing when it is not within a segment.
  template <class T>
  [[nodiscard]] std::optional<T> read(std::uint64_t address) const {
    const auto offset = offset_of(address, sizeof(T));
    if (!offset) {
      return std::nullopt;
    }
    T value;
    std::memcpy(&value, file_.data() + *offset, sizeof(T));
    return value;
  }

  /// The text of the file at [offset, offset + size), which must be within it.
  [[nodiscard]] std::string_view text(std::uint64_t offset, std::uint64_t size) const;

 private:
  struct ElfEnd {
    void operator()(Elf* elf) const { elf_end(elf); }
  };

  explicit ElfImage(std::span<const std::byte> file) : file_(file) {}

  std::optional<Refusal> read_segments(const Elf64_Ehdr& header);
  [[nodiscard]] std::optional<Refusal> check_segment(const GElf_Phdr& segment) const;
  [[nodiscard]] bool contains(std::uint64_t offset, std::uint64_t size) const;

  std::span<const std::byte> file_;
  std::unique_ptr<Elf, ElfEnd> elf_;
  std::vector<GElf_Phdr> segments_;
};

}  // namespace baton
