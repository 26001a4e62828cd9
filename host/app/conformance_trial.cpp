// SPDX-License-Identifier: Apache-2.0
// What is the same for every step, and those about messages; conformance_state.cpp has those about states.
#include "host/app/conformance_trial.hpp"

#include "host/app/conformance_report.hpp"
#include "host/app/given_call.hpp"
#include "host/runtime/atoms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <malloc.h>
#include <utility>

namespace baton {

void LeakWatch::look() {
  if (looks_++ % stretch == 0) {
    const struct mallinfo2 info = ::mallinfo2();
    samples_.push_back(info.uordblks + info.hblkhd);
  }
}

std::size_t LeakWatch::bytes_each(std::size_t smallest) const {
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (std::size_t i = 2; i < samples_.size(); ++i) {
    least = std::min(least, samples_[i] > samples_[i - 1] ? (samples_[i] - samples_[i - 1]) / stretch : 0);
  }
  return samples_.size() < 3 || least < smallest ? 0 : least;
}

bool have_same_bytes(std::string_view left, std::string_view right) {
  std::array<std::int64_t, 256> balance{};
  for (const char byte : left) {
    ++balance.at(static_cast<unsigned char>(byte));
  }
  for (const char byte : right) {
    --balance.at(static_cast<unsigned char>(byte));
  }
  return std::all_of(balance.begin(), balance.end(), [](std::int64_t count) { return count == 0; });
}

ConformanceTrial::ConformanceTrial(const SubjectMaker& maker, Offer offer, OptionsIn options,
                                   AtomTable& atoms, const std::vector<Message>& events,
                                   std::vector<std::string> calls, std::filesystem::path folder)
    : maker_(maker),
      offer_(std::move(offer)),
      options_(std::move(options)),
      atoms_(atoms),
      events_(events),
      calls_(std::move(calls)),
      folder_(std::move(folder)) {}

bool ConformanceTrial::live() {
  if (!check_create()) {
    return false;
  }
  check_events_and_batch();
  if (takes_events_) {
    check_many_events();
  }
  check_calls();
  check_infos();
  check_options();
  check_status();
  check_state();
  check_terminate();
  check_lives();
  return true;
}

// ---- Tools --------------------------------------------------------------------------------------------

std::unique_ptr<Subject> ConformanceTrial::make(std::string_view check, const std::string& folder) const {
  const std::filesystem::path place = folder_ / folder;
  std::filesystem::create_directories(place);
  const auto options = options_(place);
  if (!options) {
    tell_finding(check, "bad_options", options.error().text);
    return nullptr;
  }
  tell_step("create");
  auto made = maker_.make(*options);
  if (!made) {
    tell_finding(check, "not_made", "create: " + made.error().text);
    return nullptr;
  }
  return std::move(*made);
}

std::unique_ptr<Subject> ConformanceTrial::make_worked(std::string_view check,
                                                       const std::string& folder) const {
  auto subject = make(check, folder);
  if (subject == nullptr || !takes_events_) {
    return subject;
  }
  tell_step(fmt::format("{} messages at once", events_.size()));
  const Fed fed = subject->give(events_);
  if (!fed.failure.empty() || !fed.leaves.empty()) {
    return nullptr;  // told by check_events_and_batch
  }
  return subject;
}

Fed ConformanceTrial::give_one_by_one(Subject& subject) const {
  Fed all;
  for (const Message& event : events_) {
    Fed fed = subject.give({&event, 1});
    all.handled += fed.handled;
    all.refused += fed.refused;
    all.refusal = fed.refusal.empty() ? all.refusal : std::move(fed.refusal);
    all.leaves = std::move(fed.leaves);
    all.failure = std::move(fed.failure);
    if (!all.leaves.empty() || !all.failure.empty()) {
      break;
    }
  }
  return all;
}

ConformanceTrial::Seen ConformanceTrial::look_at(Subject& subject) const {
  Seen seen;
  tell_step("save");
  if (auto state = subject.save(); state && *state) {
    seen.state = std::move((*state)->data);
  }
  for (const std::string& request : calls_) {
    tell_step("handle_call: " + request);
    const GivenCall call = read_call(request);
    const SubjectAnswer answer = subject.call(text_message(call.request, call.data, atoms_));
    seen.answers += (answer.reply ? answer.reply->data : "") + answer.refusal + "\n";
  }
  StatusView view;
  if (!seen.state && calls_.empty() && subject.format_status(view)) {
    seen.answers = view.state;
  }
  return seen;
}

std::optional<bool> ConformanceTrial::are_same(const Seen& one, const Seen& other) {
  if (!one.state && one.answers.empty()) {
    return std::nullopt;
  }
  return one.state.has_value() == other.state.has_value() &&
         (!one.state || have_same_bytes(*one.state, *other.state)) && one.answers == other.answers;
}

void ConformanceTrial::tell_fed(std::string_view check, const Fed& fed, std::string_view how) const {
  const std::size_t reached = fed.handled + fed.refused;
  if (!fed.failure.empty()) {
    const Message& event = events_[reached % events_.size()];
    return tell_finding(check, "events_fail",
                        fmt::format("{}: number {} (type {}, {} bytes) made it fail: {}", how, reached + 1,
                                    view(event.type), event.data.size, fed.failure));
  }
  if (!fed.leaves.empty()) {
    return tell_finding(check, "leaves", fmt::format("{}: it {} after number {}", how, fed.leaves, reached));
  }
  if (fed.refused > 0) {
    return tell_finding(
        check, "events_refused",
        fmt::format("{}: {} handled, {} refused: {}", how, fed.handled, fed.refused, fed.refusal));
  }
  tell_ok(check, fmt::format("{}: {} handled", how, fed.handled));
}

// ---- Messages -----------------------------------------------------------------------------------------

bool ConformanceTrial::check_create() {
  const auto subject = make("create", "create");
  if (subject == nullptr) {
    return false;
  }
  tell_step("terminate");
  (void)subject->terminate({TerminateReason::Kind::stop, ""});
  tell_ok("create", "made, ended and destroyed");
  return true;
}

void ConformanceTrial::check_events_and_batch() {
  const auto first = make("events", "first");
  const auto second = make("events", "second");
  const auto batch = make("batch", "batch");
  if (first == nullptr || second == nullptr || batch == nullptr) {
    return;
  }
  tell_step(fmt::format("{} messages one by one", events_.size()));
  const Fed fed = give_one_by_one(*first);
  if (fed.failure.starts_with("undef: ")) {  // a server that is only called
    return tell_skipped("events", "it takes none: " + fed.failure);
  }
  tell_fed("events", fed, fmt::format("{} one by one", events_.size()));
  if (!fed.failure.empty() || !fed.leaves.empty()) {
    return tell_skipped("batch", "not comparable: it does not go on after the messages");
  }
  (void)give_one_by_one(*second);
  tell_step(fmt::format("{} messages at once", events_.size()));
  const Fed at_once = batch->give(events_);
  if (!at_once.failure.empty() || !at_once.leaves.empty()) {
    return tell_finding("batch", "batch_differs",
                        fmt::format("one by one it takes all {}; at once it {}", events_.size(),
                                    at_once.failure.empty() ? at_once.leaves : "fails: " + at_once.failure));
  }
  takes_events_ = true;
  const Seen one = look_at(*first);
  if (one.state.has_value() && one.state->empty() && one.answers.empty()) {
    return tell_skipped("batch", "not comparable: its state is empty; --call REQUEST compares answers");
  }
  const auto is_repeatable = are_same(one, look_at(*second));
  if (!is_repeatable) {
    return tell_skipped("batch", "not comparable: it shows no state; --call REQUEST compares answers");
  }
  if (!*is_repeatable) {
    return tell_skipped("batch", "not comparable: the same messages twice make two different states");
  }
  if (at_once.handled != fed.handled || are_same(one, look_at(*batch)) != true) {
    return tell_finding(
        "batch", "batch_differs",
        fmt::format("the same {} messages make another state at once than one by one", events_.size()));
  }
  const auto fresh = make("batch", "fresh");
  const bool is_unchanged = fresh != nullptr && are_same(one, look_at(*fresh)) == true;
  tell_ok("batch",
          fmt::format(
              "the same {} at once: the same {}{}", events_.size(),
              one.state ? fmt::format("state, {} bytes", one.state->size()) : "answers",
              is_unchanged ? ", but as it was before: give it messages that it knows (--replay FILE)" : ""));
}

void ConformanceTrial::check_many_events() {
  constexpr std::size_t rounds = 20;
  const auto subject = make("many", "many");
  if (subject == nullptr) {
    return;
  }
  tell_step(fmt::format("{} messages in batches", rounds * events_.size()));
  Fed all;
  std::vector<Message> events = events_;
  for (std::size_t round = 0; round < rounds && all.failure.empty() && all.leaves.empty(); ++round) {
    Fed fed = subject->give(events);
    all = {all.handled + fed.handled, all.refused + fed.refused,
           fed.refusal.empty() ? all.refusal : std::move(fed.refusal), std::move(fed.leaves),
           std::move(fed.failure)};
    for (Message& event : events) {
      event.seq += events.size();
    }
  }
  const std::string how = fmt::format("{} in batches of {}", rounds * events_.size(), events_.size());
  if (all.failure.empty() && all.leaves.empty()) {  // that it refuses some has been told
    return tell_ok("many", fmt::format("{}: {} handled", how, all.handled));
  }
  tell_fed("many", all, how);
}

}  // namespace baton
