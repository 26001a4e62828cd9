// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/exit_code.hpp"
#include "host/app/invocation.hpp"

#include <iosfwd>

namespace baton {

/// `baton demo`: plays transcripts, the lesson's when none are named, each against a host process of its own,
/// and compares every line with what the transcript says the BEAM prints. `refused` when one differs.
[[nodiscard]] ExitCode run_demo(const Invocation& invocation, std::ostream& out, std::ostream& err);

}  // namespace baton
