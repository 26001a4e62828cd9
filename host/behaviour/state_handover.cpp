// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/state_handover.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace baton {

Result<std::optional<State>> accepted_state(std::optional<State> saved, const TypeInfo& from,
                                            const TypeInfo& to, std::string extra) {
  if (!saved) {
    return saved;
  }
  const auto& reads = to.state_reads;
  if (!reads_state(to, saved->version)) {
    const std::string known =
        reads.empty() ? "takes over no state" : fmt::format("reads versions {}", fmt::join(reads, ", "));
    return fail(Errc::state_refused, fmt::format("{} {} writes state version {}, but {} {} {}", from.name,
                                                 from.version, saved->version, to.name, to.version, known));
  }
  saved->extra = std::move(extra);
  return saved;
}

bool reads_state(const TypeInfo& type, std::uint32_t version) {
  return std::find(type.state_reads.begin(), type.state_reads.end(), version) != type.state_reads.end();
}

Result<State> replaced_state(std::optional<State> saved, const TypeInfo& type, const std::string& id,
                             const ReplaceState& replace) {
  if (!saved) {
    return fail(Errc::not_supported, fmt::format("`{}` has no state that could be replaced", id));
  }
  auto replaced = behind_wall([&] { return replace(id, std::move(*saved)); },
                              [](std::string text) -> Result<State> {
                                return fail(Errc::crashed, "callback_failed: " + std::move(text));
                              });
  if (!replaced) {
    return replaced;
  }
  if (!reads_state(type, replaced->version)) {
    return fail(Errc::state_refused, fmt::format("{} {} does not read state version {}", type.name,
                                                 type.version, replaced->version));
  }
  return replaced;
}

SwapReport swap_report_of(const TypeInfo& from, const TypeInfo& to, const std::optional<State>& state) {
  SwapReport report;
  report.old_version = from.version;
  report.new_version = to.version;
  report.state_moved = state.has_value();
  report.old_state_version = state ? state->version : 0;
  report.state_bytes = state ? state->data.size() : 0;
  report.old_library = from.library;
  report.new_library = to.library;
  return report;
}

std::string moved_state_text(const std::optional<State>& state, const TypeInfo& to) {
  if (!state) {
    return "none to take over";
  }
  const std::string versions = state->version == to.state_writes
                                   ? fmt::format("version {}", state->version)
                                   : fmt::format("version {} -> {}", state->version, to.state_writes);
  return fmt::format("{}, {} bytes", versions, state->data.size());
}

std::string way_back_text(std::uint32_t from, const TypeInfo& to) {
  return from == to.state_writes ? fmt::format("the new one's, version {}", from)
                                 : fmt::format("version {} converted to {}", from, to.state_writes);
}

}  // namespace baton
