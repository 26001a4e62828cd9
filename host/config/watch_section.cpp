// SPDX-License-Identifier: Apache-2.0
#include "host/config/watch_section.hpp"

#include "host/config/key_table.hpp"
#include "host/config/watch_policy.hpp"

#include <algorithm>

namespace baton {

void read_watch(ValueReader& values, const YamlNode& node, WatchPolicy& policy) {
  if (!values.is_map(node, "`watch: {window: 30s}`")) {
    return;
  }
  const std::vector<std::string> keys = watch_keys();
  WatchPolicy read = policy;
  bool has_window = false;
  for (const YamlNode& entry : node.entries) {
    if (std::ranges::count(keys, entry.key) == 0) {
      report_unknown_key(values, entry, keys);
      continue;
    }
    std::string text;
    values.text(entry, "a value of `" + entry.key + "`", text);
    if (text.empty()) {
      continue;  // has been reported
    }
    has_window = has_window || entry.key == "window";
    if (const auto problem = set_watch_key(read, entry.key, text)) {
      values.error(entry.place, *problem);
    }
  }
  if (!has_window && !node.entries.empty()) {
    values.error(node.place, "the watch has no `window`", "say how long it lasts: `window: 30s`");
  } else if (const auto problem = problem_of(read)) {
    values.error(node.place, *problem);
  } else {
    policy = read;
  }
}

void read_canary(ValueReader& values, const YamlNode& node, std::size_t& count, std::string_view what) {
  static constexpr Range<std::size_t> range{0, canary_events_max};
  values.whole_number(node, range, what, count);
}

}  // namespace baton
