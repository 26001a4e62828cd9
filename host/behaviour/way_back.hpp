// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/state_handover.hpp"
#include "host/behaviour/swap_watch.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

/// For event_manager_watch.cpp and server_process_watch.cpp.
namespace baton {

/// Which state an old version came back with.
struct CameBackWith {
  bool is_converted = false;  // the new one's: it knows what came since the cut
  std::string text;           // for people
};

/// Makes the old version again, with the state that the watch's policy says: the new one's, which `watched`
/// still is, or its own of the cut. `make(std::optional<State>, is_converted)` makes it, and inherits the
/// memory that belongs to the new one's state. Errors: those of `make`.
template <class Spec, class Instance, class Make>
auto make_former(const WatchOf<Spec>& watch, Instance& watched, const TypeInfo& type, Make make,
                 CameBackWith& with) -> std::invoke_result_t<Make, std::optional<State>, bool> {
  using Made = std::invoke_result_t<Make, std::optional<State>, bool>;
  std::string why_not;
  // There is none of the cut when it went over in memory of the host or in parts, or when there never was
  // one.
  const bool has_kept = watch.before().state.has_value();
  const TypeInfo& to = watch.before().spec.factory->type();
  const bool is_same_type = type.name == to.name;  // the state of another one is nothing to convert
  if ((watch.policy().back == WayBack::converted && is_same_type) || !has_kept) {
    auto state = state_for_swap(watched, type, to, {});
    const bool has_state = state && *state;
    std::string text = has_state ? way_back_text((*state)->version, to) : "none";
    auto made = state ? make(std::move(*state), true) : Made(fail(std::move(state.error())));
    if (made) {
      with = {has_state, std::move(text)};
      return made;
    }
    why_not = fmt::format("; the new one's is not usable: {}", made.error().text);
  }
  with = {false, (has_kept ? "the old one's, as it was at the cut" : "none") + why_not};
  return make(watch.before().state, false);
}

}  // namespace baton
