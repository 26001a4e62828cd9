// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace baton {

/// What the program is called with to be that process: `baton __replay LIBRARY INPUT FOLDER`.
inline constexpr const char* replay_verb = "__replay";

/// Makes a handler of the library and gives it the events of `input`, one by one, with a host around it that
/// does nothing but note what is asked of it. To be called by a process that does nothing else; `folder` is
/// for the private copy. `input` is {"handler", "options": {name: text}, "directory", "events": path of a
/// file with an EVENT of api.hpp a line}; an empty handler means the only one that there is.
///
/// Tells (host/loader/probe.hpp) what it does, a JSON document a line, so that its end in the middle can be
/// placed:
/// {"made": {"type", "version"}}, or {"error": text}; for each event {"event": index} before and {"verdict",
/// "reason", "us", "effects": [text]} after it; {"state_version", "state_bytes"}; {"done": true}. Returns the
/// exit status.
int run_replay(const std::filesystem::path& library, const std::filesystem::path& input,
               const std::filesystem::path& folder);

}  // namespace baton
