// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace baton {

/// What the program is called with to be that process: `baton __try LIBRARY INPUT FOLDER`.
inline constexpr const char* try_child_verb = "__try";

/// Makes an instance of a type of the library, and gives it events (a server: casts), one by one, and then
/// calls, with a host around it that does nothing but note what is asked of it. To be called by a process
/// that does nothing else; `folder` is for whatever it writes. `input` is {"kind", "name", "options": {name:
/// text}, "directory", "events": path of a file with an EVENT of api.hpp a line, "calls": ["REQUEST [DATA]"],
/// "state": as state_documents.hpp has it, "saves": whether its state is wanted}; events and state may be
/// missing.
///
/// Tells (host/loader/probe.hpp) what it does, a JSON document a line, so that its end in the middle can be
/// placed:
///   {"made": {"type", "version"}, "effects": [text]}, or {"error": text}
///   {"event": index} before each event, and after it {"verdict", "reason", "us", "effects"}
///   {"call": index} before each call, and after it {"answer": ANSWER or null, "effects"}; null: none yet
///   {"late": index of a call, "answer": ANSWER} when one comes later
///   {"state_version", "state_bytes"}, with "state" when it is wanted; or {"not_saved": why}
///   {"done": true}
/// ANSWER is what `baton call -o json` prints: {"reply" or "reply_base64", "content_type"} or {"error":
/// {"code", "text"}}. Returns the exit status.
int run_try_child(const std::filesystem::path& library, const std::filesystem::path& input,
                  const std::filesystem::path& folder);

}  // namespace baton
