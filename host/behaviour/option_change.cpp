// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/option_change.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace baton {
namespace {

const Option* find_option(const Options& options, const std::string& name) {
  const auto found = std::find_if(options.begin(), options.end(),
                                  [&name](const Option& option) { return option.name == name; });
  return found == options.end() ? nullptr : &*found;
}

}  // namespace

std::vector<std::string> changed_options(const Options& from, const Options& to) {
  std::vector<std::string> names;
  for (const Option& option : to) {
    const Option* const before = find_option(from, option.name);
    if (before == nullptr || !(*before == option)) {
      names.push_back(option.name);
    }
  }
  for (const Option& option : from) {
    if (find_option(to, option.name) == nullptr) {
      names.push_back(option.name);
    }
  }
  return names;
}

void take_over_options(Options& mine, const Options& others) {
  for (Option& option : mine) {
    const auto other = std::find_if(others.begin(), others.end(), [&option](const Option& candidate) {
      return candidate.name == option.name && candidate.type == option.type;
    });
    if (other != others.end()) {
      option = *other;
    }
  }
}

Result<void> check_hot_change(const TypeInfo& type, const Options& from, const Options& to) {
  for (const std::string& name : changed_options(from, to)) {
    if (std::count(type.hot_options.begin(), type.hot_options.end(), name) == 0) {
      return fail(Errc::not_supported,
                  fmt::format("the option \"{}\" of {} {} is not hot: it needs a new instance", name,
                              type.name, type.version));
    }
  }
  return {};
}

Error options_refused(std::string_view reason) {
  return {Errc::refused, fmt::format("it refuses these options and keeps those it has: {}", reason)};
}

}  // namespace baton
