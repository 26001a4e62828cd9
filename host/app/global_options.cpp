// SPDX-License-Identifier: Apache-2.0
#include "host/app/global_options.hpp"

#include "host/loader/units.hpp"

#include <fmt/format.h>

#include <map>

namespace baton {

std::optional<std::string> read_global_options(const std::string& format, const std::string& timeout,
                                               Invocation& invocation) {
  static const std::map<std::string, OutputFormat> formats = {
      {"text", OutputFormat::text}, {"json", OutputFormat::json}, {"elixir", OutputFormat::elixir}};
  if (!format.empty()) {
    const auto known = formats.find(format);
    if (known == formats.end()) {
      return fmt::format("baton: `{}` is no output format; there are text, json and elixir\n", format);
    }
    invocation.format = known->second;
  }
  if (!timeout.empty()) {
    const auto time = parse_duration_ms(timeout);
    if (!time) {
      return fmt::format("baton: --timeout: {}\n", time.error());
    }
    invocation.timeout = Duration(*time);
  }
  return std::nullopt;
}

}  // namespace baton
