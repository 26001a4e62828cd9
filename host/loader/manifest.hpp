// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/behaviour/instance.hpp"
#include "host/behaviour/options.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

enum class OfferKind : std::uint8_t { handler, server };

/// "handler" or "server".
[[nodiscard]] std::string_view offer_kind_name(OfferKind kind);

/// What a plugin says about one of its options.
struct OptionSpec {
  std::string name;
  OptionType type = OptionType::text;
  bool required = false;                // never with a default
  bool is_hot = false;                  // it changes while an instance goes on
  std::optional<Option> default_value;  // absent and not required: the empty value of its type
  std::optional<double> min;            // of int, number, duration (ms) and size (bytes)
  std::optional<double> max;
  std::vector<std::string> values;  // of text: the only ones allowed; empty means any
  std::string help;
};

/// One handler or server that a plugin offers.
struct Offer {
  OfferKind kind = OfferKind::handler;
  std::string name;
  std::string help;
  std::uint32_t state_writes = 0;  // 0: no state to hand over
  std::vector<std::uint32_t> state_reads;
  std::vector<std::string> capabilities;
  std::vector<OptionSpec> options;
};

/// What a plugin file says about itself, read from its ELF note without running any of it.
struct Manifest {
  std::string name;
  std::string version;
  std::uint16_t abi_major = 0;
  std::uint16_t abi_minor = 0;
  std::vector<Offer> provides;

  /// Nothing when it offers no such thing. Valid as long as the manifest.
  [[nodiscard]] const Offer* find(OfferKind kind, std::string_view offer_name) const;
};

/// Reads the JSON of abi.h. Unknown keys are ignored, so that newer plugins can say more; anything else
/// that is not as described is an error which names its place ("provides[0].options[2].min: …").
/// Errors: plugin_refused.
[[nodiscard]] Result<Manifest> parse_manifest(std::string_view json, std::uint16_t abi_major,
                                              std::uint16_t abi_minor);

/// What the behaviours need to know of an offer. `library` is the serial number of the load; 0: linked in.
[[nodiscard]] TypeInfo type_info(const Manifest& manifest, const Offer& offer, std::uint64_t library = 0);

/// The capability of abi.h that lets a canary of it be given events, or requests.
inline constexpr std::string_view pure_events_capability = "pure_events";

/// Less than, equal to or greater than 0 as `left` is older than, as old as or newer than `right`:
/// numbers part by part, and "1.0.0-rc1" before "1.0.0", as semver.org says.
[[nodiscard]] int compare_versions(std::string_view left, std::string_view right);

}  // namespace baton
