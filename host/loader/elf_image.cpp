// SPDX-License-Identifier: Apache-2.0
#include "host/loader/elf_image.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace baton {
namespace {

#if defined(__x86_64__)
constexpr Elf64_Half host_machine = EM_X86_64;
constexpr std::string_view host_machine_name = "x86-64";
#elif defined(__aarch64__)
constexpr Elf64_Half host_machine = EM_AARCH64;
constexpr std::string_view host_machine_name = "aarch64";
#else
#error "the loader knows x86-64 and aarch64"
#endif

constexpr Elf64_Half segments_max = 64;  // linkers make about ten
constexpr std::uint64_t memory_size_max = std::uint64_t{1} << 32;
constexpr std::uint64_t address_max = std::uint64_t{1} << 40;

bool is_elf(std::span<const std::byte> file) {
  return file.size() >= SELFMAG && std::memcmp(file.data(), ELFMAG, SELFMAG) == 0;
}

std::optional<Refusal> check_kind(const Elf64_Ehdr& header) {
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_machine != host_machine) {
    return Refusal{
        RefusalReason::wrong_machine,
        fmt::format("found ELF class {}, byte order {}, machine {}; expected 64-bit little-endian {}",
                    header.e_ident[EI_CLASS], header.e_ident[EI_DATA], header.e_machine, host_machine_name)};
  }
  if (header.e_type != ET_DYN) {
    return Refusal{RefusalReason::not_a_library,
                   fmt::format("found ELF type {}; expected a shared object (type {}): link with -shared",
                               header.e_type, ET_DYN)};
  }
  return std::nullopt;
}

tl::unexpected<Refusal> damaged(std::string text) {
  return refuse(RefusalReason::damaged, std::move(text));
}

Refusal incomplete(std::string_view what) {
  return {
      RefusalReason::truncated,
      fmt::format("{} lies beyond the end of the file; copy it again, to another name, and rename it", what)};
}

/// Linkers and strip write the section header table last, so an unfinished copy lacks it.
bool has_all_section_headers(const Elf64_Ehdr& header, std::size_t file_size) {
  if (header.e_shoff == 0) {
    return true;
  }
  const std::uint64_t count = std::max<std::uint64_t>(header.e_shnum, 1);
  return header.e_shoff <= file_size && file_size - header.e_shoff >= count * sizeof(Elf64_Shdr);
}

bool is_power_of_two(std::uint64_t value) {
  return value != 0 && (value & (value - 1)) == 0;
}

}  // namespace

Judged<ElfImage> ElfImage::open(std::span<const std::byte> file) {
  if (!is_elf(file)) {
    return refuse(RefusalReason::not_elf, "it does not start with the four bytes of an ELF file");
  }
  Elf64_Ehdr header;
  if (file.size() < sizeof(header)) {
    return tl::make_unexpected(incomplete("the ELF header"));
  }
  std::memcpy(&header, file.data(), sizeof(header));
  if (auto refusal = check_kind(header)) {
    return tl::make_unexpected(std::move(*refusal));
  }
  if (header.e_version != EV_CURRENT || header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 ||
      header.e_phnum > segments_max || header.e_phoff % alignof(Elf64_Phdr) != 0 ||
      (header.e_shoff != 0 && header.e_shentsize != sizeof(Elf64_Shdr))) {
    return damaged("the ELF header describes tables of impossible size");
  }
  ElfImage image(file);
  if (!image.contains(header.e_phoff, header.e_phnum * sizeof(Elf64_Phdr))) {
    return tl::make_unexpected(incomplete("the program header table"));
  }
  if (!has_all_section_headers(header, file.size())) {
    return tl::make_unexpected(incomplete("the section header table"));
  }
  if (auto refusal = image.read_segments(header)) {
    return tl::make_unexpected(std::move(*refusal));
  }
  return image;
}

std::optional<Refusal> ElfImage::read_segments(const Elf64_Ehdr& header) {
  elf_version(EV_CURRENT);
  // libelf takes the image as char* but only reads what was opened for reading.
  auto* const bytes = reinterpret_cast<char*>(const_cast<std::byte*>(file_.data()));
  elf_.reset(elf_memory(bytes, file_.size()));
  if (elf_ == nullptr || elf_kind(elf_.get()) != ELF_K_ELF) {
    return Refusal{RefusalReason::damaged, fmt::format("libelf cannot open it: {}", elf_errmsg(-1))};
  }
  for (int i = 0; i < header.e_phnum; ++i) {
    GElf_Phdr segment;
    if (gelf_getphdr(elf_.get(), i, &segment) == nullptr) {
      return Refusal{RefusalReason::damaged, fmt::format("libelf cannot read program header {}", i)};
    }
    if (auto refusal = check_segment(segment)) {
      return refusal;
    }
    segments_.push_back(segment);
  }
  return std::nullopt;
}

std::optional<Refusal> ElfImage::check_segment(const GElf_Phdr& segment) const {
  if (segment.p_type != PT_LOAD && segment.p_type != PT_NOTE && segment.p_type != PT_DYNAMIC) {
    return std::nullopt;
  }
  if (!contains(segment.p_offset, segment.p_filesz)) {
    return incomplete("a segment");
  }
  if (segment.p_type != PT_LOAD) {
    return std::nullopt;
  }
  const bool plausible = segment.p_filesz <= segment.p_memsz && segment.p_memsz <= memory_size_max &&
                         segment.p_vaddr <= address_max && is_power_of_two(segment.p_align) &&
                         segment.p_vaddr % segment.p_align == segment.p_offset % segment.p_align;
  const auto last_load = std::ranges::find(segments_.rbegin(), segments_.rend(), PT_LOAD, &GElf_Phdr::p_type);
  const bool ascending =
      last_load == segments_.rend() || segment.p_vaddr >= last_load->p_vaddr + last_load->p_memsz;
  if (!plausible || !ascending) {
    return Refusal{RefusalReason::damaged, "a loadable segment has impossible addresses"};
  }
  return std::nullopt;
}

bool ElfImage::contains(std::uint64_t offset, std::uint64_t size) const {
  return offset <= file_.size() && file_.size() - offset >= size;
}

std::optional<std::uint64_t> ElfImage::offset_of(std::uint64_t address, std::uint64_t size) const {
  for (const GElf_Phdr& segment : segments_) {
    const std::uint64_t inside = address - segment.p_vaddr;
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr && inside <= segment.p_filesz &&
        segment.p_filesz - inside >= size) {
      return segment.p_offset + inside;
    }
  }
  return std::nullopt;
}

bool ElfImage::covers(std::uint64_t address, std::uint64_t size, GElf_Word flags) const {
  return std::ranges::any_of(segments_, [&](const GElf_Phdr& segment) {
    const std::uint64_t inside = address - segment.p_vaddr;
    return segment.p_type == PT_LOAD && (segment.p_flags & flags) == flags && address >= segment.p_vaddr &&
           inside <= segment.p_memsz && segment.p_memsz - inside >= size;
  });
}

Elf_Data* ElfImage::chunk(std::uint64_t offset, std::uint64_t size, Elf_Type type) const {
  if (size == 0 || !contains(offset, size)) {
    return nullptr;
  }
  return elf_getdata_rawchunk(elf_.get(), static_cast<std::int64_t>(offset), size, type);
}

std::string_view ElfImage::text(std::uint64_t offset, std::uint64_t size) const {
  return {reinterpret_cast<const char*>(file_.data()) + offset, size};
}

}  // namespace baton
