// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/trial_subject.hpp"
#include "host/behaviour/options.hpp"
#include "host/loader/manifest.hpp"
#include "host/runtime/message.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// One type of a plugin at work, and what it does with states that are none. Tells what it finds
/// (conformance_report.hpp). For the process of a conformance check.
class ConformanceTrial {
 public:
  /// The options of an instance whose files lie in that folder. Errors: bad_options.
  using OptionsIn = std::function<Result<Options>(const std::filesystem::path& folder)>;

  /// All but `offer`, which is copied, outlive it; `folder` is empty at first. `calls` are requests that it
  /// ought to know (given_call.hpp).
  ConformanceTrial(const SubjectMaker& maker, Offer offer, OptionsIn options, AtomTable& atoms,
                   const std::vector<Message>& events, std::vector<std::string> calls,
                   std::filesystem::path folder);

  /// Everything that an instance meets in its life. Returns whether it can be made at all.
  bool live();

  /// Created from states that are damaged, or of somebody else.
  void meet_foreign_states();

 private:
  // ---- The steps of live(), in this order ----
  [[nodiscard]] bool check_create();
  void check_events_and_batch();
  void check_many_events();
  void check_calls();
  void check_infos();
  void check_options();
  void check_status();
  void check_state();
  void check_terminate();
  void check_lives();

  /// What can be seen of an instance from outside.
  struct Seen {
    std::optional<std::string> state;
    std::string answers;  // to `calls`, or else its status
  };

  /// An instance in a folder of its own. Nothing: it could not be made, which has been told under that check.
  [[nodiscard]] std::unique_ptr<Subject> make(std::string_view check, const std::string& folder) const;
  /// One that has been given the events. Nothing also when it does not go on after them.
  [[nodiscard]] std::unique_ptr<Subject> make_worked(std::string_view check, const std::string& folder) const;
  [[nodiscard]] Fed give_one_by_one(Subject& subject) const;
  [[nodiscard]] Seen look_at(Subject& subject) const;
  /// Whether two of them are the same as far as that can be told; nothing: there is nothing to tell it by.
  [[nodiscard]] static std::optional<bool> are_same(const Seen& one, const Seen& other);
  void tell_fed(std::string_view check, const Fed& fed, std::string_view how) const;
  void compare_states(const State& given, const State& saved) const;
  /// `crash`: the first failure that was no refusal, if there was one.
  [[nodiscard]] std::size_t count_accepted(const State& own, Subject& older,
                                           const std::vector<std::string>& states, std::string& crash) const;

  const SubjectMaker& maker_;
  const Offer offer_;
  const OptionsIn options_;
  AtomTable& atoms_;
  const std::vector<Message>& events_;
  const std::vector<std::string> calls_;
  const std::filesystem::path folder_;
  bool takes_events_ = false;  // it was given all of them, and goes on
};

/// Whether two texts are the same bytes, be it in another order: a table of the C++ library comes out in
/// another one when it has been built anew.
[[nodiscard]] bool have_same_bytes(std::string_view left, std::string_view right);

/// Finds a leak of memory in something that is done a hundred times. What grows once in a while, like a
/// cache, is none: it has to grow each time. Finds nothing where a sanitizer allocates, which finds leaks
/// itself.
class LeakWatch {
 public:
  static constexpr std::size_t times = 100;

  /// To be called before each time, and after the last.
  void look();

  /// How many bytes each time leaves behind, at least; 0: less than `smallest`.
  [[nodiscard]] std::size_t bytes_each(std::size_t smallest) const;

 private:
  static constexpr std::size_t stretch =
      20;  // times from one sample to the next; what the first one takes is to stay

  std::size_t looks_ = 0;
  std::vector<std::size_t> samples_;
};

}  // namespace baton
