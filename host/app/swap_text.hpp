// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/invocation.hpp"
#include "host/base/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <string>
#include <string_view>

namespace baton {

/// What `swap` and `upgrade` say when they have succeeded: the steps, each with its time.
[[nodiscard]] std::string swap_text(const Invocation& invocation, const nlohmann::ordered_json& document);
[[nodiscard]] std::string upgrade_text(const nlohmann::ordered_json& document);

/// The steps of one that has failed; empty when the failure has none.
[[nodiscard]] std::string failed_steps_text(const Invocation& invocation, const std::string& document);

/// An option of `swap` that is about its watch.
struct WatchOption {
  std::string_view name;  // "max-errors"
  std::string_view key;   // of the request: "max_errors"
  std::string Invocation::*place;
  std::string_view type;
  std::string_view help;
};

[[nodiscard]] std::span<const WatchOption> watch_options();

/// Puts `--watch`, `--max-errors`, … and `--canary` into the document of a swap or an upgrade. Errors:
/// bad_request.
Result<void> add_trial(const Invocation& invocation, nlohmann::ordered_json& document);

}  // namespace baton
