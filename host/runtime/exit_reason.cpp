// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/exit_reason.hpp"

namespace baton {

std::string to_string(const ExitReason& reason) {
  switch (reason.kind) {
    case ExitReason::Kind::normal:
      return "normal";
    case ExitReason::Kind::shutdown:
      return "shutdown";
    case ExitReason::Kind::error:
      return reason.text;
  }
  return reason.text;
}

}  // namespace baton
