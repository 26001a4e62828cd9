// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/config/diagnostic.hpp"
#include "host/config/source_text.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace baton {

inline constexpr std::size_t yaml_depth_max = 64;
inline constexpr std::size_t yaml_nodes_max = 100'000;

/// A piece of a YAML file and where it is. Plain data; owns all below it.
struct YamlNode {
  /// `refused`: something is there that has been reported already; readers pass over it in silence.
  enum class Kind : std::uint8_t { null, scalar, list, map, refused };
  Kind kind = Kind::null;
  std::string text;        // of a scalar
  bool is_quoted = false;  // of a scalar: in quotes or a block
  Place place;             // of a null: the key, or the list entry, that has no value
  std::string key;         // in a map
  Place key_place;
  std::vector<YamlNode> entries;  // of a list or map, in the order of the file
};

struct YamlTree {
  YamlNode root;  // `refused` when the text cannot be read as a tree
  std::vector<Diagnostic> diagnostics;
};

/// Reads one YAML document. Beside what is no YAML, it refuses what people write by mistake and YAML lets
/// pass (the same key twice, quotes that are not closed on their line, a second document) and what a
/// config file needs no part of (anchors, aliases, merge keys, tags, keys that are not words), and keeps
/// to the limits above. Where a key is there twice, so are both entries. Does not throw. Threads: any.
[[nodiscard]] YamlTree parse_yaml(const SourceText& source);

/// "a list", "the text `x`", …: for error texts.
[[nodiscard]] std::string describe(const YamlNode& node);

}  // namespace baton
