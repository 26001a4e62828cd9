// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace baton {

enum class RefusalReason : std::uint8_t {
#define BATON_REFUSAL(name, sentence) name,
#include "host/loader/refusal.def"
#undef BATON_REFUSAL
};

/// The name as in refusal.def, e.g. "no_entry".
[[nodiscard]] std::string_view refusal_name(RefusalReason reason);

/// Nothing when there is no such name.
[[nodiscard]] std::optional<RefusalReason> refusal_from_name(std::string_view name);

/// Its sentence, e.g. "it has no entry symbol".
[[nodiscard]] std::string_view refusal_sentence(RefusalReason reason);

/// Why a plugin file cannot be used. The text says what was found, what was expected and what to do.
struct Refusal {
  RefusalReason reason;
  std::string text;
  std::string step = {};  // what was being done with it when its code failed; empty: none of it ran
  int signal = 0;         // that ended the process; 0: none
};

/// The sentence of its reason, and its text.
[[nodiscard]] std::string to_string(const Refusal& refusal);

[[nodiscard]] inline tl::unexpected<Refusal> refuse(RefusalReason reason, std::string text) {
  return tl::make_unexpected(Refusal{reason, std::move(text)});
}

/// A value, or why the file is refused.
template <class T>
class [[nodiscard]] Judged : public tl::expected<T, Refusal> {
 public:
  using tl::expected<T, Refusal>::expected;
};

}  // namespace baton
