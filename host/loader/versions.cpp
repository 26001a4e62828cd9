// SPDX-License-Identifier: Apache-2.0
#include "host/loader/manifest.hpp"

#include <algorithm>

namespace baton {
namespace {

bool is_number(std::string_view part) {
  return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
}

/// Removes and returns what comes before the next dot.
std::string_view next_part(std::string_view& rest) {
  const std::size_t dot = std::min(rest.find('.'), rest.size());
  const std::string_view part = rest.substr(0, dot);
  rest.remove_prefix(std::min(dot + 1, rest.size()));
  return part;
}

/// Numbers of any length, without converting them.
int compare_numbers(std::string_view left, std::string_view right) {
  left.remove_prefix(std::min(left.find_first_not_of('0'), left.size()));
  right.remove_prefix(std::min(right.find_first_not_of('0'), right.size()));
  if (left.size() != right.size()) {
    return left.size() < right.size() ? -1 : 1;
  }
  return left.compare(right);
}

int compare_parts(std::string_view left, std::string_view right) {
  if (is_number(left) && is_number(right)) {
    return compare_numbers(left, right);
  }
  if (is_number(left) != is_number(right)) {
    return is_number(left) ? -1 : 1;  // semver.org: numbers come before words
  }
  return left.compare(right);
}

/// Dotted lists; of two that agree, the longer one is newer. `missing` stands for absent parts.
int compare_dotted(std::string_view left, std::string_view right, std::string_view missing) {
  while (!left.empty() || !right.empty()) {
    const std::string_view left_part = left.empty() ? missing : next_part(left);
    const std::string_view right_part = right.empty() ? missing : next_part(right);
    if (left_part.empty() != right_part.empty()) {
      return left_part.empty() ? -1 : 1;
    }
    if (const int order = compare_parts(left_part, right_part)) {
      return order;
    }
  }
  return 0;
}

struct Version {
  std::string_view release;
  std::string_view pre_release;
};

Version split_version(std::string_view text) {
  text = text.substr(0, text.find('+'));  // semver.org: build metadata has no order
  const std::size_t dash = text.find('-');
  return dash == std::string_view::npos ? Version{text, {}}
                                        : Version{text.substr(0, dash), text.substr(dash + 1)};
}

}  // namespace

int compare_versions(std::string_view left, std::string_view right) {
  const Version a = split_version(left);
  const Version b = split_version(right);
  if (const int order = compare_dotted(a.release, b.release, "0")) {
    return order;
  }
  if (a.pre_release.empty() != b.pre_release.empty()) {
    return a.pre_release.empty() ? 1 : -1;
  }
  return compare_dotted(a.pre_release, b.pre_release, "");
}

}  // namespace baton
