// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace baton {

/// What the program is called with to be that process: `baton __conformance LIBRARY INPUT FOLDER`.
inline constexpr const char* conformance_verb = "__conformance";

/// The parts of a conformance check that load the library or what it needs. To be called by a process that
/// does nothing else; `folder` is for whatever it writes. `input` is {"part": …} and
///   "dependencies"  "needed": [file name]                     whether they are to be had
///   "life"          "kind", "name", "options": {name: text},  one type at work, and what it leaves behind
///                   "calls": [request], "events": path of a file with an EVENT of api.hpp a line
///   "foreign"       as life                                   states that are none
///   "cycles"        "types": [{"kind", "name", "options"}]    loading and unloading, a hundred times
///
/// Tells (host/loader/probe.hpp) what it does, a JSON document a line, so that its end in the middle can be
/// placed: {"step": text} before it, and {"check", "finding", "text", "skipped"} for each thing it has looked
/// at; the last one is {"done": true}. Returns the exit status.
int run_conformance(const std::filesystem::path& library, const std::filesystem::path& input,
                    const std::filesystem::path& folder);

}  // namespace baton
