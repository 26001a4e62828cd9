// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/exit_reason.hpp"

namespace baton {
namespace {

constexpr std::string_view shutdown_with_text = "shutdown: ";

}  // namespace

ExitReason ExitReason::parse(std::string_view text) {
  if (text.empty() || text == "normal") {
    return normal();
  }
  if (text == "shutdown") {
    return shutdown();
  }
  if (text.starts_with(shutdown_with_text)) {
    return shutdown(std::string(text.substr(shutdown_with_text.size())));
  }
  return error(std::string(text));
}

std::string to_string(const ExitReason& reason) {
  switch (reason.kind) {
    case ExitReason::Kind::normal:
      return "normal";
    case ExitReason::Kind::shutdown:
      return reason.text.empty() ? "shutdown" : std::string(shutdown_with_text) + reason.text;
    case ExitReason::Kind::error:
      return reason.text;
  }
  return reason.text;
}

}  // namespace baton
