// SPDX-License-Identifier: Apache-2.0
#include "host/app/completion_values.hpp"

#include "host/app/session.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <map>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;

/// The verbs that have KEY=VALUE, and which of their words is the type that these are options of.
std::size_t place_of_type(const std::string& verb) {
  return verb == "add" || verb == "swap" || verb == "start" ? 1 : std::string::npos;
}

/// A file is found by its path from the root, as the host has another folder.
std::string which_plugin(const std::string& type) {
  const bool is_file = type.find('/') != std::string::npos || type.ends_with(".so");
  return is_file ? std::filesystem::absolute(type).lexically_normal().string() : type;
}

}  // namespace

std::vector<std::string> option_values(const std::string& option) {
  static const std::map<std::string, std::vector<std::string>> values = {
      {"-o", {"text", "json", "elixir"}},
      {"--output", {"text", "json", "elixir"}},
      {"--on-crash", {"remove", "restart", "restart_with_state", "quarantine"}},
      {"--back", {"converted", "kept"}},
      {"--redo", {"none", "failed", "all"}},
      {"--lang", {"cpp", "c", "rust"}}};
  const auto found = values.find(option);
  return found == values.end() ? std::vector<std::string>() : found->second;
}

std::vector<std::string> setting_keys(const std::string& verb, std::span<const std::string> positional,
                                      Client& client) {
  std::vector<std::string> keys;
  const std::size_t place = place_of_type(verb);
  if (place >= positional.size()) {
    return keys;
  }
  const std::string& type = positional[place];
  const auto body =
      ask_host(client, {"GET", "/v1/plugins?which=" + percent_encoded(which_plugin(type)), {}, {}});
  const Json document = body ? Json::parse(*body) : Json::object();
  for (const Json& file : document.value("plugins", Json::array())) {
    const Json offers = file.value("provides", Json::array());
    for (const Json& offer : offers) {
      if (offer.value("name", "") != type && offers.size() > 1) {
        continue;
      }
      for (const Json& option : offer.value("options", Json::array())) {
        keys.push_back(option.value("name", "") + "=");
      }
    }
  }
  return keys;
}

std::string kind_wanted(const std::string& verb, std::span<const std::string> positional) {
  if (verb == "add") {
    return "handler";
  }
  if (verb == "start") {
    return "server";
  }
  if (verb == "swap" && !positional.empty()) {
    return positional.front().find('/') == std::string::npos ? "server" : "handler";
  }
  return "";
}

}  // namespace baton
