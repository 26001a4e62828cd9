// SPDX-License-Identifier: Apache-2.0
#include "host/app/elixir_terms.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;

std::string spell(const Json& value);

std::string spell_string(const std::string& text) {
  return Json(text).dump();
}

std::string spell_map(const Json& object) {
  std::vector<std::string> entries;
  for (const auto& [key, value] : object.items()) {
    entries.push_back(spell_string(key) + " => " + spell(value));
  }
  return fmt::format("%{{{}}}", fmt::join(entries, ", "));
}

std::string spell(const Json& value) {
  if (value.is_null()) {
    return "nil";
  }
  if (value.is_string()) {
    return spell_string(value.get<std::string>());
  }
  if (value.is_object()) {
    return spell_map(value);
  }
  if (value.is_array()) {
    std::vector<std::string> terms;
    for (const Json& item : value) {
      terms.push_back(spell(item));
    }
    return ElixirTerms::list(terms);
  }
  return value.dump();  // numbers and booleans are the same in both
}

}  // namespace

std::string ElixirTerms::reply(std::string_view data, std::string_view content_type) const {
  if (content_type.starts_with("application/json")) {
    const Json value = Json::parse(data, nullptr, false);
    if (!value.is_discarded()) {
      return spell(value);
    }
  }
  return spell_string(std::string(data));
}

std::string ElixirTerms::started(const std::string& instance) {
  return fmt::format("{{:ok, {}}}", pid(instance));
}

std::string ElixirTerms::names(const std::vector<std::string>& names) const {
  return list(names);
}

std::string ElixirTerms::list(const std::vector<std::string>& terms) {
  return fmt::format("[{}]", fmt::join(terms, ", "));
}

std::string ElixirTerms::error(const Error& error) {
  const auto space = error.text.find_last_of(' ');
  if (error.code == Errc::already_started && space != std::string::npos) {
    return fmt::format("{{:error, {{:already_started, {}}}}}", pid(error.text.substr(space + 1)));
  }
  return fmt::format("{{:error, :{}}}", errc_name(error.code));
}

std::string ElixirTerms::pid(const std::string& instance) {
  const auto [place, is_new] = pids_.try_emplace(instance, pids_.size() + 1);
  return fmt::format("#PID<{}>", place->second);
}

}  // namespace baton
