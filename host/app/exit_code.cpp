// SPDX-License-Identifier: Apache-2.0
#include "host/app/exit_code.hpp"

#include <array>

namespace baton {

ExitCode exit_code_of(Errc code) {
  switch (code) {
    case Errc::bad_request:
    case Errc::bad_options:
      return ExitCode::bad_data;
    case Errc::swapped_back:
      return ExitCode::taken_back;
    case Errc::unreachable:
    case Errc::shutting_down:
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

std::span<const ExitCodeMeaning> exit_code_meanings() {
  static constexpr std::array meanings = {
      ExitCodeMeaning{ExitCode::done, "done"},
      ExitCodeMeaning{ExitCode::refused, "refused or failed, and the text says what"},
      ExitCodeMeaning{ExitCode::changes, "of `plan` and `diff`: there are changes"},
      ExitCodeMeaning{
          ExitCode::taken_back,
          "what was done has been taken back: by `apply`, `reload --wait` and `rollback` when a step "
          "failed; by `swap` and `upgrade` when the new version did badly"},
      ExitCodeMeaning{ExitCode::half_taken_back, "as 3, but not all of it could be taken back"},
      ExitCodeMeaning{
          ExitCode::usage,
          "wrong usage: words are missing, too many or not understood; nothing was asked of a host"},
      ExitCodeMeaning{
          ExitCode::bad_data,
          "bad data: a value cannot be used, such as an option of a plugin, an id, a policy or a line "
          "of events, whoever finds it out"},
      ExitCodeMeaning{ExitCode::unreachable, "no host answers, or it is ending"},
      ExitCodeMeaning{ExitCode::timed_out,
                      "timed out; a change goes on only if the text says that it has begun"},
      ExitCodeMeaning{ExitCode::not_permitted, "not permitted"},
      ExitCodeMeaning{ExitCode::bad_config, "invalid configuration"},
  };
  return meanings;
}

}  // namespace baton
