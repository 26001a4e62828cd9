// SPDX-License-Identifier: Apache-2.0
#include "host/control/request_target.hpp"

#include <fmt/format.h>

#include <charconv>

namespace baton {
namespace {

Result<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size();) {
    const auto escape = std::min(text.find('%', at), text.size());
    decoded.append(text, at, escape - at);
    if (escape == text.size()) {
      break;
    }
    unsigned value = 0;
    const char* const end = text.data() + std::min(escape + 3, text.size());
    const auto [last, error] = std::from_chars(text.data() + escape + 1, end, value, 16);
    if (error != std::errc() || last != text.data() + escape + 3) {
      return fail(Errc::bad_request,
                  fmt::format("`{}` has a % that is not followed by two hex digits", text));
    }
    decoded += static_cast<char>(value);
    at = escape + 3;
  }
  return decoded;
}

/// Calls `part` for each piece between separators; empty pieces are skipped. Stops at the first error.
template <class F>
Result<void> for_each_part(std::string_view text, char separator, F part) {
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (end > 0) {
      if (auto done = part(text.substr(0, end)); !done) {
        return done;
      }
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

}  // namespace

std::string RequestTarget::get(std::string_view key) const {
  const auto place = query.find(key);
  return place == query.end() ? std::string() : place->second;
}

Result<RequestTarget> parse_request_target(std::string_view target) {
  RequestTarget parsed;
  const auto question = std::min(target.find('?'), target.size());
  auto done = for_each_part(target.substr(0, question), '/', [&](std::string_view part) -> Result<void> {
    auto decoded = percent_decoded(part);
    if (!decoded) {
      return fail(decoded.error());
    }
    parsed.path.push_back(std::move(*decoded));
    return {};
  });
  if (!done) {
    return fail(done.error());
  }
  const std::string_view query = question < target.size() ? target.substr(question + 1) : std::string_view();
  done = for_each_part(query, '&', [&](std::string_view part) -> Result<void> {
    const auto equals = std::min(part.find('='), part.size());
    auto key = percent_decoded(part.substr(0, equals));
    auto value = percent_decoded(equals < part.size() ? part.substr(equals + 1) : std::string_view());
    if (!key || !value) {
      return fail(key ? value.error() : key.error());
    }
    parsed.query.insert_or_assign(std::move(*key), std::move(*value));
    return {};
  });
  if (!done) {
    return fail(done.error());
  }
  return parsed;
}

}  // namespace baton
