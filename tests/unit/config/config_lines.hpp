// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/config/config_reader.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace baton {

/// `line:col+length message` of each diagnostic, in the order given.
inline std::vector<std::string> lines_of(const std::vector<Diagnostic>& diagnostics) {
  std::vector<std::string> lines;
  for (const Diagnostic& diagnostic : diagnostics) {
    const Place& place = diagnostic.place;
    lines.push_back(std::to_string(place.line) + ":" + std::to_string(place.column) + "+" +
                    std::to_string(place.length) + " " + diagnostic.message);
  }
  return lines;
}

/// The diagnostics of a config text that lies in a folder which does not matter.
inline std::vector<std::string> problems_of(std::string_view text) {
  return lines_of(parse_config(text, "/etc/baton/baton.yaml").diagnostics);
}

using Lines = std::vector<std::string>;

}  // namespace baton
