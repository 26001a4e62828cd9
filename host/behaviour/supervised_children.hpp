// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/child_spec.hpp"

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace baton {

/// What a supervisor knows of one child.
struct Child {
  ChildSpec spec;
  std::string argument{};              // of start_dynamic
  std::shared_ptr<Process> process{};  // null: not running
  std::uint64_t instance = 0;          // of its process, or the last one
  bool is_restarting = false;          // it waits for its next try, number `attempt` of the supervisor's
  std::uint64_t attempt = 0;
  std::uint64_t restarts = 0;
  std::uint64_t crashes = 0;
  SteadyTime started{};
  std::uint64_t failures = 0;  // in a row: what the back-off grows with

  [[nodiscard]] ChildState state() const {
    if (process) {
      return ChildState::running;
    }
    return is_restarting ? ChildState::restarting : ChildState::stopped;
  }
};

/// Children in the order of starting, found by their ids. Adding, finding and removing cost the same
/// whatever their number. A child stays where it is in memory until it is removed. Not synchronised.
class SupervisedChildren {
 public:
  using List = std::list<Child>;

  [[nodiscard]] List& in_order() { return list_; }

  [[nodiscard]] const List& in_order() const { return list_; }

  [[nodiscard]] bool empty() const { return list_.empty(); }

  [[nodiscard]] std::size_t size() const { return list_.size(); }

  [[nodiscard]] Child* find(std::string_view id);
  [[nodiscard]] List::iterator place_of(const Child& child);

  /// Behind all others; its id must be a new one.
  Child& add(Child child);
  void remove(const Child& child);
  void move_to_end(const Child& child);

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  List list_;
  std::unordered_map<std::string, List::iterator, Hash, std::equal_to<>> places_;
};

}  // namespace baton
