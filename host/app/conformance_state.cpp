// SPDX-License-Identifier: Apache-2.0
// The steps about states, and about the end of an instance.
#include "host/app/conformance_report.hpp"
#include "host/app/conformance_trial.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

bool reads(const Offer& offer, std::uint32_t version) {
  return std::find(offer.state_reads.begin(), offer.state_reads.end(), version) != offer.state_reads.end();
}

std::size_t first_difference(std::string_view left, std::string_view right) {
  const auto place = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
  return static_cast<std::size_t>(place.first - left.begin());
}

/// What nobody has saved.
std::vector<std::string> nonsense() {
  constexpr std::size_t page = 4096;
  return {"", "\xff", std::string(64, '\xff'), std::string(page, '\0'), "{\"not\": \"a state\"}"};
}

/// The state of the type itself: cut, longer, and with a byte turned over here and there.
std::vector<std::string> damaged(const std::string& own) {
  constexpr std::size_t large = std::size_t{1} << 20U;
  const std::size_t places_max = own.size() > large ? 4 : 64;  // each is a whole copy
  std::vector<std::string> states = {own + own, own + '\0'};
  if (own.empty()) {
    return states;
  }
  const std::size_t stride = std::max<std::size_t>(own.size() / places_max, 1);
  for (std::size_t place = 0; place < own.size(); place += stride) {
    states.push_back(own.substr(0, place));
    states.push_back(own);
    states.back()[place] = static_cast<char>(~states.back()[place]);
  }
  return states;
}

}  // namespace

void ConformanceTrial::check_state() {
  const auto older = make_worked("state", "state");
  if (older == nullptr) {
    return;
  }
  tell_step("save");
  auto saved = older->save();
  if (!saved) {
    return tell_finding("state", "save_fails", saved.error().text);
  }
  if (!*saved) {
    return offer_.state_writes == 0
               ? tell_skipped("state", "it has none to hand over")
               : tell_finding("state", "no_state",
                              fmt::format("the manifest says that it writes version {}; save gives none",
                                          offer_.state_writes));
  }
  const State state = std::move(**saved);
  if (state.data.empty() && !state.is_in_parts) {
    tell_finding("state", "empty_state", fmt::format("after {} messages", events_.size()));
  }
  if (!reads(offer_, state.version)) {
    return tell_skipped("state", fmt::format("it does not read what it writes, version {}", state.version));
  }
  const auto options = options_(folder_ / "state");
  if (!options) {
    return tell_finding("state", "bad_options", options.error().text);
  }
  tell_step("create from the state that it has saved");
  auto next = maker_.make(*options, state, older.get());
  if (!next) {
    return tell_finding("state", "state_not_loaded", next.error().text);
  }
  tell_step("save");
  const auto again = (*next)->save();
  if (!again || !*again) {
    return tell_finding("state", "save_fails",
                        "made from a state: " + (again ? std::string("it saves none") : again.error().text));
  }
  compare_states(state, **again);
  tell_step("messages to who was made from a state");
  if (const Fed fed = takes_events_ ? (*next)->give(events_) : Fed(); !fed.failure.empty()) {
    tell_finding("state", "events_fail", "made from a state: " + fed.failure);
  }
  tell_step("terminate");
  (void)older->terminate({TerminateReason::Kind::swapped, ""});
  (void)(*next)->terminate({TerminateReason::Kind::stop, ""});
}

void ConformanceTrial::compare_states(const State& given, const State& saved) const {
  if (given.data == saved.data) {
    return tell_ok("state", fmt::format("saved, loaded, and saved again: the same {} bytes, version {}",
                                        given.data.size(), given.version));
  }
  if (have_same_bytes(given.data, saved.data)) {
    return tell_ok("state", fmt::format("saved, loaded, and saved again: the same {} bytes in another order",
                                        given.data.size()));
  }
  tell_finding("state", "state_differs",
               fmt::format("it saved {} bytes; who was made from them saves {}, another one from byte {} on",
                           given.data.size(), saved.data.size(), first_difference(given.data, saved.data)));
}

std::size_t ConformanceTrial::count_accepted(const State& own, Subject& older,
                                             const std::vector<std::string>& states,
                                             std::string& crash) const {
  std::size_t accepted = 0;
  const auto options = options_(folder_ / "foreign");
  for (const std::uint32_t version : offer_.state_reads) {
    for (const std::string& data : states) {
      State state = own;
      state.version = version;
      state.data = data;
      tell_step(fmt::format("create from {} bytes that are no state of version {}", data.size(), version));
      auto made = maker_.make(*options, std::move(state), &older);
      if (!made) {
        if (made.error().code != Errc::state_refused && crash.empty()) {
          crash = fmt::format("version {}: {}", version, made.error().text);
        }
        continue;
      }
      ++accepted;
      // What it has taken for a state it must be able to live with.
      (void)(*made)->give({events_.data(), 1});
      (void)(*made)->save();
      (void)(*made)->terminate({TerminateReason::Kind::stop, ""});
    }
  }
  return accepted;
}

void ConformanceTrial::meet_foreign_states() {
  takes_events_ = true;
  auto older = make_worked("foreign", "foreign");
  if (older == nullptr) {  // a server that takes no casts: else this is not done
    takes_events_ = false;
    older = make("foreign", "foreign");
  }
  const auto saved = older == nullptr ? fail(Errc::not_found, "") : older->save();
  if (!saved || !*saved || offer_.state_reads.empty()) {
    return tell_skipped("foreign", "it takes over no state");
  }
  const State& own = **saved;
  const std::vector<std::string> none = nonsense();
  std::string crash;
  const std::size_t accepted_nonsense = count_accepted(own, *older, none, crash);
  const std::vector<std::string> near = damaged(own.data);
  const std::size_t accepted_near = count_accepted(own, *older, near, crash);
  const std::size_t versions = offer_.state_reads.size();
  if (accepted_nonsense == versions * none.size() && !own.data.empty()) {
    return tell_finding("foreign", "takes_any_state",
                        fmt::format("it takes over {} states that nobody has saved", accepted_nonsense));
  }
  if (!crash.empty()) {
    return tell_finding("foreign", "state_crashes",
                        "a state that it says it reads is not refused, but fails: " + crash);
  }
  tell_ok("foreign", fmt::format("{} states that are none and {} damaged ones: {} refused, {} taken, no harm",
                                 versions * none.size(), versions * near.size(),
                                 versions * (none.size() + near.size()) - accepted_nonsense - accepted_near,
                                 accepted_nonsense + accepted_near));
}

// ---- The end ------------------------------------------------------------------------------------------

void ConformanceTrial::check_terminate() {
  using Kind = TerminateReason::Kind;
  const bool is_server = offer_.kind == OfferKind::server;
  const std::vector<Kind> kinds = is_server ? std::vector<Kind>{Kind::stop, Kind::swapped, Kind::error}
                                            : std::vector<Kind>{Kind::stop,    Kind::deleted, Kind::remove,
                                                                Kind::swapped, Kind::error,   Kind::owner};
  for (const Kind kind : kinds) {
    const auto subject = make_worked("terminate", fmt::format("terminate-{}", static_cast<unsigned>(kind)));
    if (subject == nullptr) {
      return;
    }
    tell_step(fmt::format("terminate, kind {}", static_cast<unsigned>(kind)));
    if (const auto ended = subject->terminate({kind, "plugin check"}); !ended) {
      return tell_finding("terminate", "terminate_fails",
                          fmt::format("kind {}: {}", static_cast<unsigned>(kind), ended.error().text));
    }
  }
  tell_ok("terminate", fmt::format("for {} reasons, then destroyed", kinds.size()));
}

void ConformanceTrial::check_lives() {
  constexpr std::size_t events_of_a_life = 10;
  constexpr std::size_t smallest_leak = 32;  // the least that malloc gives; below that its caches fill
  std::filesystem::create_directories(folder_ / "lives");
  const auto options = options_(folder_ / "lives");
  tell_step(fmt::format("{} instances, one after the other", LeakWatch::times));
  LeakWatch leaks;
  for (std::size_t life = 0; options && life < LeakWatch::times; ++life) {
    leaks.look();
    const auto made = maker_.make(*options);
    if (!made) {
      return tell_finding("lives", "not_made", fmt::format("instance {}: {}", life + 1, made.error().text));
    }
    if (takes_events_) {
      (void)(*made)->give({events_.data(), std::min(events_.size(), events_of_a_life)});
    }
    (void)(*made)->terminate({TerminateReason::Kind::stop, ""});
  }
  leaks.look();
  if (const std::size_t bytes = leaks.bytes_each(smallest_leak); bytes > 0) {
    return tell_finding("lives", "leak",
                        fmt::format("each instance leaves about {} bytes behind ({} made and destroyed)",
                                    bytes, LeakWatch::times));
  }
  tell_ok("lives", fmt::format("{} made and destroyed: no memory left behind", LeakWatch::times));
}

}  // namespace baton
