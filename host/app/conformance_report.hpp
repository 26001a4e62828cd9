// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// What the process of a conformance check tells: conformance_child.hpp has the documents.
namespace baton {

/// What comes now.
void tell_step(std::string_view step);

void tell_ok(std::string_view check, std::string_view text);
void tell_skipped(std::string_view check, std::string_view why);
void tell_finding(std::string_view check, std::string_view finding, std::string_view text);
void tell_done();

/// Tells that the library cannot be loaded, and is done. Returns the exit status.
int tell_unloadable(std::string_view text);

}  // namespace baton
