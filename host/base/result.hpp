// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace baton {

enum class Errc : std::uint8_t {
#define BATON_ERRC(name, number, sentence) name = (number),
#include "host/base/errc.def"
#undef BATON_ERRC
};

/// The name of a code as in errc.def, e.g. "not_found".
[[nodiscard]] std::string_view errc_name(Errc code);

/// Its sentence, e.g. "there is nothing of that name".
[[nodiscard]] std::string_view errc_sentence(Errc code);

/// The code of that name, e.g. from a JSON document of another process.
[[nodiscard]] tl::expected<Errc, std::string> errc_from_name(std::string_view name);

/// An expected failure: what a caller can decide on, and what a person can read. The text says what was
/// found, what was expected and, where there is something, what to do; it never ends in a full stop.
struct Error {
  Errc code;
  std::string text;
  std::size_t accepted = 0;  // sending several messages: so many of the first are in all the same
};

/// A value, or why there is none. Handle it on the line where it arrives, or return it.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

[[nodiscard]] inline tl::unexpected<Error> fail(Errc code, std::string text) {
  return tl::make_unexpected(Error{code, std::move(text)});
}

[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
  return tl::make_unexpected(std::move(error));
}

}  // namespace baton
