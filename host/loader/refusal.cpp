// SPDX-License-Identifier: Apache-2.0
#include "host/loader/refusal.hpp"

#include <array>
#include <cstddef>

namespace baton {
namespace {

struct RefusalRow {
  std::string_view name;
  std::string_view sentence;
};

// In the order of the enumeration, which is made from the same list.
constexpr std::array refusal_rows = {
#define BATON_REFUSAL(name, sentence) RefusalRow{#name, sentence},
#include "host/loader/refusal.def"
#undef BATON_REFUSAL
};

}  // namespace

std::string_view refusal_name(RefusalReason reason) {
  return refusal_rows.at(static_cast<std::size_t>(reason)).name;
}

std::optional<RefusalReason> refusal_from_name(std::string_view name) {
  for (std::size_t i = 0; i < refusal_rows.size(); ++i) {
    if (refusal_rows.at(i).name == name) {
      return static_cast<RefusalReason>(i);
    }
  }
  return std::nullopt;
}

std::string_view refusal_sentence(RefusalReason reason) {
  return refusal_rows.at(static_cast<std::size_t>(reason)).sentence;
}

std::string to_string(const Refusal& refusal) {
  return std::string(refusal_sentence(refusal.reason)) + ": " + refusal.text;
}

}  // namespace baton
