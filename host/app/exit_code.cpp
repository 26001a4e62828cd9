// SPDX-License-Identifier: Apache-2.0
#include "host/app/exit_code.hpp"

namespace baton {

ExitCode exit_code_of(Errc code) {
  switch (code) {
    case Errc::bad_request:
      return ExitCode::bad_data;
    case Errc::swapped_back:
      return ExitCode::taken_back;
    case Errc::unreachable:
      return ExitCode::unreachable;
    case Errc::timed_out:
      return ExitCode::timed_out;
    case Errc::permission_denied:
      return ExitCode::not_permitted;
    case Errc::bad_config:
      return ExitCode::bad_config;
    default:
      return ExitCode::refused;
  }
}

}  // namespace baton
