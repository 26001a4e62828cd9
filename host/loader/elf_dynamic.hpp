// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/loader/elf_image.hpp"

#include <gelf.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// A dynamic symbol of a library.
struct DynamicSymbol {
  std::string_view name;
  GElf_Sym symbol;

  [[nodiscard]] bool is_defined() const { return symbol.st_shndx != SHN_UNDEF; }

  [[nodiscard]] unsigned type() const { return GELF_ST_TYPE(symbol.st_info); }

  [[nodiscard]] unsigned binding() const { return GELF_ST_BIND(symbol.st_info); }
};

/// What a library tells the dynamic linker. Views are into the bytes of the image.
struct DynamicTable {
  std::map<GElf_Sxword, std::uint64_t> values;  // by DT_… tag; the last one of each
  std::vector<std::string_view> needed;
  std::string_view run_path;  // DT_RPATH or DT_RUNPATH
  std::vector<DynamicSymbol> symbols;

  /// 0 when absent.
  [[nodiscard]] std::uint64_t value(GElf_Sxword tag) const;

  [[nodiscard]] bool has(GElf_Sxword tag) const { return values.contains(tag); }
};

/// Reads and checks it: strings and symbols within the file, relocations and function tables within
/// the segments they need. Refusals: damaged.
[[nodiscard]] Judged<DynamicTable> read_dynamic(const ElfImage& image);

}  // namespace baton
