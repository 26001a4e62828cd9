// SPDX-License-Identifier: Apache-2.0
#include "host/app/conformance_bytes.hpp"

#include "host/base/suggest.hpp"

#include <baton/abi.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>

namespace baton {
namespace {

void check_exports(const ScanReport& report, std::vector<CheckLine>& lines) {
  constexpr std::size_t shown_max = 3;
  const std::size_t count = report.exports.size();
  if (count == 0) {
    lines.push_back(
        {"", "file", "", fmt::format("can be loaded; exports {} and nothing else", BATON_ENTRY_SYMBOL)});
    return;
  }
  const auto end = report.exports.begin() + static_cast<std::ptrdiff_t>(std::min(count, shown_max));
  lines.push_back(
      {"", "file", "exports",
       fmt::format("exports {} symbols beside {}: {}{}", count, BATON_ENTRY_SYMBOL,
                   fmt::join(report.exports.begin(), end, ", "), count > shown_max ? ", …" : "")});
}

void check_abi(const ScanReport& report, std::vector<CheckLine>& lines) {
  const std::string text = fmt::format("{}.{}; this host has {}.{}", report.abi_major, report.abi_minor,
                                       BATON_ABI_MAJOR, BATON_ABI_MINOR);
  lines.push_back({"", "abi", report.abi_minor > BATON_ABI_MINOR ? "newer_abi" : "", text});
}

std::string without_help(const Offer& offer) {
  std::vector<std::string> names;
  if (offer.help.empty()) {
    names.push_back(offer.name);
  }
  for (const OptionSpec& option : offer.options) {
    if (option.help.empty()) {
      names.push_back("its option " + option.name);
    }
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

void check_offer(const Offer& offer, std::vector<CheckLine>& lines) {
  const std::size_t before = lines.size();
  if (const std::string names = without_help(offer); !names.empty()) {
    lines.push_back({offer.name, "manifest", "no_help", "no help text: " + names});
  }
  const std::vector<std::string> known = {std::string(pure_events_capability)};
  for (const std::string& capability : offer.capabilities) {
    if (std::find(known.begin(), known.end(), capability) == known.end()) {
      lines.push_back({offer.name, "manifest", "unknown_capability",
                       fmt::format("`{}` is no capability that this host knows{}", capability,
                                   did_you_mean(capability, known))});
    }
  }
  const auto& reads = offer.state_reads;
  if (offer.state_writes != 0 && std::find(reads.begin(), reads.end(), offer.state_writes) == reads.end()) {
    lines.push_back({offer.name, "manifest", "own_state_unread",
                     fmt::format("it writes states of version {}, and reads {}", offer.state_writes,
                                 reads.empty() ? "none" : fmt::format("{} only", fmt::join(reads, ", ")))});
  }
  if (lines.size() == before) {
    lines.push_back({offer.name, "manifest", "",
                     fmt::format("{}, {} options with a help text and a default that is allowed, or required",
                                 offer_kind_name(offer.kind), offer.options.size())});
  }
}

}  // namespace

void check_bytes(const ScanReport& report, const Manifest& manifest, std::vector<CheckLine>& lines) {
  check_exports(report, lines);
  check_abi(report, lines);
  for (const Offer& offer : manifest.provides) {
    check_offer(offer, lines);
  }
}

}  // namespace baton
