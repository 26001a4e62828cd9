// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/callers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace baton {

std::uint64_t Callers::add(From<Reply> from) {
  const Lock lock(mutex_);
  waiting_.emplace(++last_, std::move(from));
  return last_;
}

std::uint64_t Callers::add(Visitor& visitor) {
  visitor.number = ++last_;
  visitor_ = &visitor;
  open_visit_.store(visitor.number, std::memory_order_release);  // who takes the number knows the visitor
  return visitor.number;
}

std::optional<Pending<Reply>> Callers::leave(Visitor& visitor) {
  std::optional<Pending<Reply>> waits;
  if (!visitor.is_answered_here) {
    const Lock lock(mutex_);
    if (take_visitor(visitor.number)) {
      auto [pending, from] = make_question<Reply>();
      waiting_.emplace(visitor.number, std::move(from));
      waits.emplace(std::move(pending));
    }
  }
  visitor_ = nullptr;  // nobody looks at it any more who has not taken the number by now
  return waits;
}

bool Callers::take_visitor(std::uint64_t number) {
  std::uint64_t open = number;
  return number != 0 && open_visit_.compare_exchange_strong(open, 0, std::memory_order_acq_rel);
}

void Callers::answer(std::uint64_t number, Result<Reply> answer) {
  if (visitor_ != nullptr && take_visitor(number)) {
    visitor_->is_answered_here = true;
    visitor_->answer.emplace(std::move(answer));
  } else {
    (void)reply(number, std::move(answer));
  }
}

Result<void> Callers::reply(std::uint64_t number, Result<Reply> answer) {
  std::optional<From<Reply>> from;
  {
    const Lock lock(mutex_);
    if (take_visitor(number)) {
      visitor_->answer.emplace(std::move(answer));
      return {};
    }
    const auto place = waiting_.find(number);
    if (place == waiting_.end()) {
      return fail(Errc::not_found, fmt::format("call {} was answered before or never was", number));
    }
    from.emplace(std::move(place->second));
    waiting_.erase(place);
  }
  if (!from->reply(std::move(answer))) {
    return fail(Errc::not_found, "the caller does not wait any more");
  }
  return {};
}

void Callers::drop_all(const Error& why) {
  if (visitor_ != nullptr) {
    answer(visitor_->number, fail(why));
  }
  std::map<std::uint64_t, From<Reply>> dropped;
  {
    const Lock lock(mutex_);
    waiting_.swap(dropped);
  }
  for (auto& [number, from] : dropped) {
    (void)from.reply(fail(why));
  }
}

void Callers::drop(const std::vector<std::uint64_t>& numbers, const Error& why) {
  for (const std::uint64_t number : numbers) {
    answer(number, fail(why));
  }
}

std::vector<std::uint64_t> Callers::waiting_since(std::uint64_t number) const {
  const Lock lock(mutex_);
  std::vector<std::uint64_t> numbers;
  std::transform(waiting_.upper_bound(number), waiting_.end(), std::back_inserter(numbers),
                 [](const auto& caller) { return caller.first; });
  if (const std::uint64_t visit = open_visit_.load(std::memory_order_acquire); visit > number) {
    numbers.push_back(visit);  // the last one who came
  }
  return numbers;
}

}  // namespace baton
