// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/handler_totals.hpp"

#include <algorithm>
#include <iterator>

namespace baton {

HandlerTotal& HandlerTotals::of(std::string_view id) {
  auto place = totals_.find(id);
  if (place == totals_.end()) {
    place = totals_.emplace(id, HandlerTotal{}).first;
    place->second.id = id;
  }
  return place->second;
}

void HandlerTotals::count_swap(std::string_view id, std::optional<std::chrono::microseconds> pause) {
  HandlerTotal& total = of(id);
  ++total.swaps;
  if (pause) {
    total.last_pause = pause;
  }
}

void HandlerTotals::forget(std::string_view id) {
  if (const auto place = totals_.find(id); place != totals_.end()) {
    totals_.erase(place);
  }
}

void HandlerTotals::keep_if(const std::function<bool(const std::string& id)>& is_known) {
  std::erase_if(totals_, [&is_known](const auto& entry) { return !is_known(entry.first); });
}

std::vector<HandlerTotal> HandlerTotals::list() const {
  std::vector<HandlerTotal> list;
  std::transform(totals_.begin(), totals_.end(), std::back_inserter(list),
                 [](const auto& entry) { return entry.second; });
  return list;
}

}  // namespace baton
