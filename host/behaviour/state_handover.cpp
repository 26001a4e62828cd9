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

Result<StateInSwap> left_state(std::optional<State> saved, const TypeInfo& from, const TypeInfo& to,
                               const LeftStateRule& rule) {
  if (saved && rule.advice) {
    return fail(Errc::state_refused,
                fmt::format("a {} takes over no state of a {}, which has one (version {}, {} bytes); {}",
                            to.name, from.name, saved->version, saved->data.size(), *rule.advice));
  }
  return StateInSwap{{}, std::move(saved)};
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
  report.old_type = from.name;
  report.new_type = to.name;
  report.old_version = from.version;
  report.new_version = to.version;
  report.state_moved = state.has_value();
  report.old_state_version = state ? state->version : 0;
  report.state_bytes = state ? state->data.size() : 0;
  report.old_library = from.library;
  report.new_library = to.library;
  return report;
}

SwapReport swap_report_of(const TypeInfo& from, const TypeInfo& to, const StateInSwap& state) {
  SwapReport report = swap_report_of(from, to, state.moved);
  if (state.left) {
    report.left_state_bytes = state.left->data.size();
  }
  return report;
}

std::string state_text(const StateInSwap& state, const TypeInfo& from, const TypeInfo& to) {
  return state.left ? fmt::format("left behind: version {}, {} bytes; a {} takes over no state of a {}",
                                  state.left->version, state.left->data.size(), to.name, from.name)
                    : moved_state_text(state.moved, to);
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

void note_wait(SwapRecord* record, std::chrono::microseconds waited) {
  constexpr std::chrono::microseconds unseen{1000};
  if (record != nullptr && waited >= unseen) {
    record->add({"wait", true, waited, "for its turn, behind what had been sent before"});
  }
}

std::string version_text(const SwapReport& report, const std::string& type, const std::string& version) {
  return report.old_type == report.new_type ? version : type + " " + version;
}

std::string way_back_text(std::uint32_t from, const TypeInfo& to) {
  return from == to.state_writes ? fmt::format("the new one's, version {}", from)
                                 : fmt::format("version {} converted to {}", from, to.state_writes);
}

}  // namespace baton
