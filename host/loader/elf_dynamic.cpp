// SPDX-License-Identifier: Apache-2.0
#include "host/loader/elf_dynamic.hpp"

#include <algorithm>
#include <utility>

namespace baton {
namespace {

/// Reads the parts of one table; the first part that contradicts another ends it.
class DynamicReader {
 public:
  explicit DynamicReader(const ElfImage& image) : image_(image) {}

  Judged<DynamicTable> run() {
    // Each step needs what the ones before it have read.
    const char* problem = read_values();
    problem = problem == nullptr ? read_strings() : problem;
    problem = problem == nullptr ? read_names() : problem;
    problem = problem == nullptr ? read_symbols() : problem;
    problem = problem == nullptr ? check_functions() : problem;
    problem = problem == nullptr ? check_relocations(DT_RELA, DT_RELASZ) : problem;
    problem = problem == nullptr ? check_relocations(DT_JMPREL, DT_PLTRELSZ) : problem;
    if (problem != nullptr) {
      return refuse(RefusalReason::damaged, std::string(problem) + "; build or copy the file again");
    }
    return std::move(table_);
  }

 private:
  const char* read_values() {
    const auto segment = std::ranges::find(image_.segments(), PT_DYNAMIC, &GElf_Phdr::p_type);
    if (segment == image_.segments().end()) {
      return "it has no dynamic section";
    }
    if (image_.offset_of(segment->p_vaddr, segment->p_filesz) != segment->p_offset ||
        segment->p_offset % alignof(Elf64_Dyn) != 0 ||
        !image_.covers(segment->p_vaddr, segment->p_filesz, PF_W)) {
      return "its dynamic section lies outside its segments";
    }
    Elf_Data* const data = image_.chunk(segment->p_offset, segment->p_filesz, ELF_T_DYN);
    GElf_Dyn entry;
    for (int i = 0; data != nullptr && gelf_getdyn(data, i, &entry) != nullptr; ++i) {
      if (entry.d_tag == DT_NULL) {
        return nullptr;
      }
      if (entry.d_tag == DT_NEEDED) {
        needed_.push_back(entry.d_un.d_val);
      }
      table_.values[entry.d_tag] = entry.d_un.d_val;
    }
    return "its dynamic section has no end";
  }

  const char* read_strings() {
    const std::uint64_t size = table_.value(DT_STRSZ);
    const auto offset = image_.offset_of(table_.value(DT_STRTAB), size);
    if (!offset || size == 0) {
      return "its string table lies outside its segments";
    }
    strings_ = image_.text(*offset, size);
    return strings_.back() == '\0' ? nullptr : "its string table has no end";
  }

  const char* read_names() {
    for (const std::uint64_t index : needed_) {
      const auto name = string(index);
      if (!name) {
        return "the name of a needed library lies outside its string table";
      }
      table_.needed.push_back(*name);
    }
    for (const GElf_Sxword tag : {DT_RPATH, DT_RUNPATH}) {
      if (table_.has(tag)) {
        table_.run_path = string(table_.value(tag)).value_or("(unreadable)");
      }
    }
    return nullptr;
  }

  [[nodiscard]] std::optional<std::string_view> string(std::uint64_t index) const {
    if (index >= strings_.size()) {
      return std::nullopt;
    }
    return strings_.substr(index, strings_.find('\0', index) - index);
  }

  const char* read_symbols() {
    const std::optional<std::uint64_t> count = symbol_count();
    if (!count) {
      return "its symbol hash table is missing or damaged";
    }
    if (*count == 0) {
      return nullptr;
    }
    const std::uint64_t size = *count * sizeof(Elf64_Sym);  // the count is at most that of the file's bytes
    const auto offset = image_.offset_of(table_.value(DT_SYMTAB), size);
    Elf_Data* const data = offset ? image_.chunk(*offset, size, ELF_T_SYM) : nullptr;
    if (data == nullptr) {
      return "its symbol table lies outside its segments";
    }
    GElf_Sym symbol;
    for (int i = 1; gelf_getsym(data, i, &symbol) != nullptr; ++i) {  // 0 is the reserved one
      const auto name = string(symbol.st_name);
      if (!name) {
        return "the name of a symbol lies outside its string table";
      }
      table_.symbols.push_back({*name, symbol});
    }
    return nullptr;
  }

  /// The dynamic section does not tell; the hash table for looking symbols up does.
  [[nodiscard]] std::optional<std::uint64_t> symbol_count() const {
    if (table_.has(DT_GNU_HASH)) {
      return gnu_symbol_count(table_.value(DT_GNU_HASH));
    }
    const auto chains = image_.read<std::uint32_t>(table_.value(DT_HASH) + sizeof(std::uint32_t));
    return table_.has(DT_HASH) && chains ? std::optional<std::uint64_t>(*chains) : std::nullopt;
  }

  /// Layout: bucket count, first hashed symbol, bloom size, bloom shift; 64-bit bloom words; buckets (first
  /// symbol of each, 0 for none); for each hashed symbol its hash, whose lowest bit ends a chain. The
  /// chain that starts last ends the table; following only that one keeps the work linear.
  [[nodiscard]] std::optional<std::uint64_t> gnu_symbol_count(std::uint64_t address) const {
    constexpr std::uint64_t word = sizeof(std::uint32_t);
    const auto bucket_count = image_.read<std::uint32_t>(address);
    const auto first_hashed = image_.read<std::uint32_t>(address + word);
    const auto bloom_size = image_.read<std::uint32_t>(address + 2 * word);
    if (!bucket_count || !first_hashed || !bloom_size) {
      return std::nullopt;
    }
    const std::uint64_t buckets = address + 4 * word + *bloom_size * sizeof(std::uint64_t);
    if (!image_.offset_of(buckets, *bucket_count * word)) {
      return std::nullopt;
    }
    std::uint64_t last = 0;
    for (std::uint64_t i = 0; i < *bucket_count; ++i) {
      last = std::max<std::uint64_t>(last, image_.read<std::uint32_t>(buckets + i * word).value_or(0));
    }
    if (last < *first_hashed) {
      return last == 0 ? std::optional<std::uint64_t>(*first_hashed) : std::nullopt;
    }
    const std::uint64_t hashes = buckets + *bucket_count * word;
    for (;; ++last) {
      const auto hash = image_.read<std::uint32_t>(hashes + (last - *first_hashed) * word);
      if (!hash) {
        return std::nullopt;
      }
      if ((*hash & 1U) != 0) {
        return last + 1;
      }
    }
  }

  [[nodiscard]] const char* check_functions() const {
    using Pair = std::pair<GElf_Sxword, GElf_Sxword>;
    for (const auto& [table, size] :
         {Pair{DT_INIT_ARRAY, DT_INIT_ARRAYSZ}, {DT_FINI_ARRAY, DT_FINI_ARRAYSZ}}) {
      if (table_.has(table) && !image_.covers(table_.value(table), table_.value(size), PF_R)) {
        return "its list of constructors or destructors lies outside its segments";
      }
    }
    for (const GElf_Sxword function : {DT_INIT, DT_FINI}) {
      if (table_.has(function) && !image_.covers(table_.value(function), 1, PF_X)) {
        return "its first or last function is not code";
      }
    }
    return nullptr;
  }

  [[nodiscard]] const char* check_relocations(GElf_Sxword table, GElf_Sxword table_size) const {
    const std::uint64_t size = table_.value(table_size);
    if (!table_.has(table) || size == 0) {
      return nullptr;
    }
    const auto offset = image_.offset_of(table_.value(table), size);
    Elf_Data* const data = offset ? image_.chunk(*offset, size, ELF_T_RELA) : nullptr;
    if (data == nullptr || size % sizeof(Elf64_Rela) != 0) {
      return "its relocations lie outside its segments";
    }
    GElf_Rela relocation;
    for (int i = 0; gelf_getrela(data, i, &relocation) != nullptr; ++i) {
      if (!image_.covers(relocation.r_offset, sizeof(Elf64_Addr), PF_W)) {
        return "a relocation writes outside its writable segments";
      }
    }
    return nullptr;
  }

  const ElfImage& image_;
  DynamicTable table_;
  std::vector<std::uint64_t> needed_;
  std::string_view strings_;
};

}  // namespace

std::uint64_t DynamicTable::value(GElf_Sxword tag) const {
  const auto found = values.find(tag);
  return found == values.end() ? 0 : found->second;
}

Judged<DynamicTable> read_dynamic(const ElfImage& image) {
  return DynamicReader(image).run();
}

}  // namespace baton
