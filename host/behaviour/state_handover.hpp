// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/instance.hpp"
#include "host/behaviour/swap_record.hpp"
#include "host/behaviour/sys_types.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace baton {

/// The state that goes from `old` (of type `from`) to a new instance of type `to`, with the operator's
/// `extra`. Nothing when there is none to move: the types have different names (another thing takes the
/// place), or the old one has no state.
/// Errors: crashed when save failed; state_refused when `to` does not read the version. `old` is
/// unharmed in each case.
template <class Instance>
Result<std::optional<State>> state_for_swap(Instance& old, const TypeInfo& from, const TypeInfo& to,
                                            std::string extra);

/// What a swap has to do with a state that it would leave behind, since another type comes.
struct LeftStateRule {
  bool is_told = false;                    // neither told nor refused: it is not even saved
  std::optional<std::string> advice = {};  // it is refused, with this
};

/// As state_for_swap, and what it leaves behind. Errors also: state_refused when that must not be.
template <class Instance>
Result<StateInSwap> state_in_swap(Instance& old, const TypeInfo& from, const TypeInfo& to, std::string extra,
                                  const LeftStateRule& rule);

/// The second half for types of different names.
Result<StateInSwap> left_state(std::optional<State> saved, const TypeInfo& from, const TypeInfo& to,
                               const LeftStateRule& rule);

/// The second half: whether `to` reads what was saved.
Result<std::optional<State>> accepted_state(std::optional<State> saved, const TypeInfo& from,
                                            const TypeInfo& to, std::string extra);

/// The state that sys's replace_state makes of the one that an instance `id` of this type has. Errors:
/// not_supported (it has none), state_refused (a version that the type does not read), crashed (save or
/// `replace`), and what `replace` fails with. The instance is unharmed.
template <class Instance>
Result<State> replaced_state(Instance& instance, const TypeInfo& type, const std::string& id,
                             const ReplaceState& replace);

/// The second half.
Result<State> replaced_state(std::optional<State> saved, const TypeInfo& type, const std::string& id,
                             const ReplaceState& replace);

/// Whether an instance of that type can take over a state of that version.
[[nodiscard]] bool reads_state(const TypeInfo& type, std::uint32_t version);

/// What is known of a swap before it is done.
[[nodiscard]] SwapReport swap_report_of(const TypeInfo& from, const TypeInfo& to,
                                        const std::optional<State>& state);
[[nodiscard]] SwapReport swap_report_of(const TypeInfo& from, const TypeInfo& to, const StateInSwap& state);

/// What the step `state` of a swap says: "version 1 -> 2, 96 bytes".
[[nodiscard]] std::string moved_state_text(const std::optional<State>& state, const TypeInfo& to);
[[nodiscard]] std::string state_text(const StateInSwap& state, const TypeInfo& from, const TypeInfo& to);

/// The same when the old version comes back with the new one's: "version 2 converted to 1".
[[nodiscard]] std::string way_back_text(std::uint32_t from, const TypeInfo& to);

/// The step `wait` of a swap: what it had before it, when that took long enough to be seen. Without a record:
/// nothing.
void note_wait(SwapRecord* record, std::chrono::microseconds waited);

/// A version in a record of the log; with its type when that is another one now.
[[nodiscard]] std::string version_text(const SwapReport& report, const std::string& type,
                                       const std::string& version);

template <class Instance>
Result<std::optional<State>> state_for_swap(Instance& old, const TypeInfo& from, const TypeInfo& to,
                                            std::string extra) {
  if (from.name != to.name) {
    return std::optional<State>();
  }
  auto saved = guarded_save(old);
  if (!saved) {
    return saved;
  }
  return accepted_state(std::move(*saved), from, to, std::move(extra));
}

template <class Instance>
Result<StateInSwap> state_in_swap(Instance& old, const TypeInfo& from, const TypeInfo& to, std::string extra,
                                  const LeftStateRule& rule) {
  if (from.name == to.name) {
    auto moved = state_for_swap(old, from, to, std::move(extra));
    return moved ? Result<StateInSwap>(StateInSwap{std::move(*moved), {}}) : fail(std::move(moved.error()));
  }
  if (!rule.is_told && !rule.advice) {
    return StateInSwap();
  }
  auto saved = guarded_save(old);
  return saved ? left_state(std::move(*saved), from, to, rule) : fail(std::move(saved.error()));
}

template <class Instance>
Result<State> replaced_state(Instance& instance, const TypeInfo& type, const std::string& id,
                             const ReplaceState& replace) {
  auto saved = guarded_save(instance);
  if (!saved) {
    return fail(std::move(saved.error()));
  }
  return replaced_state(std::move(*saved), type, id, replace);
}

}  // namespace baton
