// SPDX-License-Identifier: Apache-2.0
#include "query.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <system_error>
#include <utility>

namespace persistence {
namespace {

using Fields = std::map<std::string, std::string, std::less<>>;

Fields fields_of(std::string_view data) {
  Fields fields;
  while (!data.empty()) {
    const auto end = std::min(data.find(' '), data.size());
    const std::string_view word = data.substr(0, end);
    data.remove_prefix(std::min(end + 1, data.size()));
    if (word.empty()) {
      continue;
    }
    const auto equals = word.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      throw BadQuery("`" + std::string(word) + "` is not of the form key=value");
    }
    if (!fields.emplace(word.substr(0, equals), word.substr(equals + 1)).second) {
      throw BadQuery("`" + std::string(word.substr(0, equals)) + "` is there twice");
    }
  }
  return fields;
}

/// Takes a field out; what is left at the end is unknown.
std::string take(Fields& fields, std::string_view key) {
  const auto place = fields.find(key);
  if (place == fields.end()) {
    return {};
  }
  std::string value = std::move(place->second);
  fields.erase(place);
  return value;
}

std::int64_t take_number(Fields& fields, std::string_view key, std::int64_t otherwise, std::int64_t at_most) {
  const std::string text = take(fields, key);
  if (text.empty()) {
    return otherwise;
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > at_most) {
    throw BadQuery(std::string(key) + "=" + text + ": a number from 0 to " + std::to_string(at_most) +
                   " is expected");
  }
  return value;
}

void expect_nothing_left(const Fields& fields, const char* known) {
  if (!fields.empty()) {
    throw BadQuery("`" + fields.begin()->first + "` is unknown; there are " + known);
  }
}

}  // namespace

RowQuery parse_row_query(std::string_view data) {
  Fields fields = fields_of(data);
  RowQuery query;
  query.after = take_number(fields, "after", 0, std::numeric_limits<std::int64_t>::max());
  query.limit = take_number(fields, "limit", query.limit, limit_max);
  query.type = take(fields, "type");
  expect_nothing_left(fields, "after, limit and type");
  return query;
}

ReplayQuery parse_replay_query(std::string_view data) {
  constexpr std::int64_t all = std::numeric_limits<std::int64_t>::max();
  Fields fields = fields_of(data);
  ReplayQuery query;
  query.to = take(fields, "to");
  query.rows.after = take_number(fields, "after", 0, all);
  query.rows.limit = take_number(fields, "limit", all, all);
  query.rows.type = take(fields, "type");
  expect_nothing_left(fields, "to, after, limit and type");
  if (query.to.empty()) {
    throw BadQuery("to=MANAGER is missing: who is to get the events?");
  }
  return query;
}

}  // namespace persistence
