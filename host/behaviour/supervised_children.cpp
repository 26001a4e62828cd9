// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/supervised_children.hpp"

#include "host/base/assert.hpp"

namespace baton {

Child* SupervisedChildren::find(std::string_view id) {
  const auto place = places_.find(id);
  return place == places_.end() ? nullptr : &*place->second;
}

SupervisedChildren::List::iterator SupervisedChildren::place_of(const Child& child) {
  const auto place = places_.find(child.spec.id);
  BATON_ASSERT(place != places_.end());
  return place->second;
}

Child& SupervisedChildren::add(Child child) {
  list_.push_back(std::move(child));
  const bool is_new = places_.emplace(list_.back().spec.id, std::prev(list_.end())).second;
  BATON_ASSERT(is_new);
  return list_.back();
}

void SupervisedChildren::remove(const Child& child) {
  const auto place = place_of(child);
  places_.erase(child.spec.id);
  list_.erase(place);
}

void SupervisedChildren::move_to_end(const Child& child) {
  list_.splice(list_.end(), list_, place_of(child));
}

}  // namespace baton
