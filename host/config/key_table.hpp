// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/config/value_reader.hpp"
#include "host/config/yaml_tree.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace baton {

/// A key of one section and how its value is read. The tables of these are all that says which keys there
/// are.
template <class Target>
struct Key {
  std::string_view name;
  void (*read)(ValueReader& values, const YamlNode& node, Target& target);
};

template <class Target, std::size_t N>
bool is_one_of(const std::array<Key<Target>, N>& keys, std::string_view name) {
  return std::ranges::find(keys, name, &Key<Target>::name) != keys.end();
}

/// Adds the names of `keys` to `names`, each behind `prefix`.
template <class Target, std::size_t N>
void append_names(const std::array<Key<Target>, N>& keys, std::vector<std::string>& names,
                  std::string_view prefix = {}) {
  for (const Key<Target>& key : keys) {
    names.push_back(std::string(prefix) + std::string(key.name));
  }
}

/// False: the key of `entry` is none of `keys`.
template <class Target, std::size_t N>
bool read_known(ValueReader& values, const YamlNode& entry, const std::array<Key<Target>, N>& keys,
                Target& target) {
  const auto key = std::ranges::find(keys, std::string_view(entry.key), &Key<Target>::name);
  if (key == keys.end()) {
    return false;
  }
  key->read(values, entry, target);
  return true;
}

/// Says that `entry` has a key that is not one of `allowed`, with the one that was probably meant, or the
/// section where it belongs.
void report_unknown_key(ValueReader& values, const YamlNode& entry, std::vector<std::string> allowed);

/// A section whose keys are all in one table.
template <class Target, std::size_t N>
void read_section(ValueReader& values, const YamlNode& node, const std::array<Key<Target>, N>& keys,
                  Target& target, std::string_view example) {
  if (!values.is_map(node, example)) {
    return;
  }
  for (const YamlNode& entry : node.entries) {
    if (!read_known(values, entry, keys, target)) {
      std::vector<std::string> allowed;
      append_names(keys, allowed);
      report_unknown_key(values, entry, std::move(allowed));
    }
  }
}

}  // namespace baton
