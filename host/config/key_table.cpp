// SPDX-License-Identifier: Apache-2.0
#include "host/config/key_table.hpp"

#include "host/base/suggest.hpp"
#include "host/config/config_sections.hpp"
#include "host/config/source_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>

namespace baton {
namespace {

/// "`managers.NAME`" when a key of that name exists elsewhere.
std::optional<std::string> other_section_of(std::string_view key) {
  for (const std::string& full : config_keys()) {
    const std::size_t dot = full.rfind('.');
    if (dot != std::string::npos && std::string_view(full).substr(dot + 1) == key) {
      return in_backticks(std::string_view(full).substr(0, dot));
    }
  }
  return std::nullopt;
}

}  // namespace

void report_unknown_key(ValueReader& values, const YamlNode& entry, std::vector<std::string> allowed) {
  std::ranges::sort(allowed);
  std::string help = fmt::format("allowed here: {}", fmt::join(allowed, ", "));
  if (const auto suggestion = closest(entry.key, allowed)) {
    help = fmt::format("did you mean `{}`? {}", *suggestion, help);
  } else if (const auto section = other_section_of(entry.key)) {
    help = fmt::format("it belongs in {}; {}", *section, help);
  } else if (std::ranges::binary_search(allowed, "options")) {
    help = fmt::format("an option of the plugin goes below `options:`; {}", help);
  }
  values.error(entry.key_place, "unknown key " + in_backticks(entry.key), std::move(help));
}

}  // namespace baton
