// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/try_process.hpp"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>
#include <vector>

/// What `baton try` tells, as a JSON document. For .cpp files only.
namespace baton {

/// What one of the two did: {"file", "type", "version", "handled", "refused", "failed", "mean_us", "max_us",
/// "effects": [{"event" or "call": index, or "step": "create"; "effect"}], "problems": [{"event", "verdict",
/// "reason"}], ["calls": [{"request", ["data"], and as `call` has it "reply" or "error"}]], ["state_bytes"],
/// ["error"]}. `calls` as they were given; the document has them once it was made.
[[nodiscard]] nlohmann::ordered_json tried_document(const std::filesystem::path& file, const Tried& tried,
                                                    const std::vector<std::string>& calls);

/// Where the two did not do the same with events; times apart: [{"event": index, or "step": "create";
/// "candidate", "running"}].
[[nodiscard]] nlohmann::ordered_json differences(const Tried& candidate, const Tried& running);

/// What became of an event, or that it was not reached.
[[nodiscard]] std::string verdict_at(const Tried& tried, std::size_t event);

/// The whole document for people: {["events", "left_out"], ["state_from": {"file", "version"}], "candidate",
/// ["running", "differences"], ["saved": {"file", "version"}, or "not_saved": why]}; each is there when it
/// was asked for.
[[nodiscard]] std::string try_text(const nlohmann::ordered_json& document);

}  // namespace baton
