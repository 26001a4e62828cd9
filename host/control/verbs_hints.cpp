// SPDX-License-Identifier: Apache-2.0
// The part of Verbs that says what would have been right.
#include "host/base/suggest.hpp"
#include "host/control/verbs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

constexpr std::size_t names_shown_max = 20;

std::string listed(std::vector<std::string> names) {
  const bool are_all = names.size() <= names_shown_max;
  names.resize(std::min(names.size(), names_shown_max));
  return fmt::format("{}{}", fmt::join(names, ", "), are_all ? "" : ", …");
}

}  // namespace

std::string handlers_there_are(std::string_view id, const std::vector<std::string>& ids) {
  if (ids.empty()) {
    return "; it has none";
  }
  return did_you_mean(id, ids) + "; it has " + listed(ids);
}

Error Verbs::no_casts(std::string_view manager) const {
  return {Errc::not_found,
          fmt::format("`{0}` is an event manager, and casts go to servers; `notify {0} TYPE` sends it an "
                      "event",
                      manager)};
}

std::string Verbs::description_of(const std::string& target, OfferKind kind) const {
  const std::optional<Recipe> recipe = parts_.deployment.recipe_of(target);
  if (!recipe) {
    return {};
  }
  if (!recipe->file.empty()) {
    const auto offer = parts_.catalog.offer_in_file(recipe->file, kind, recipe->type);
    return offer ? offer->help : std::string();
  }
  const auto offer = parts_.catalog.offer(kind, recipe->type);
  return offer ? offer->help : std::string();
}

Error Verbs::with_known_requests(Error error, std::string_view target, OfferKind kind) const {
  const std::string help =
      error.code == Errc::unknown_request ? description_of(std::string(target), kind) : "";
  // Only such a description helps: "a queue: calls queue and dequeue, cast enqueue".
  if (help.find("call") != std::string::npos || help.find("request") != std::string::npos) {
    error.text += fmt::format("; of itself it says: \"{}\"", help);
  }
  return error;
}

}  // namespace baton
