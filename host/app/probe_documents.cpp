// SPDX-License-Identifier: Apache-2.0
#include "host/app/probe_documents.hpp"

#include "host/loader/probe.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace baton {

using Json = nlohmann::ordered_json;

void tell_document(const Json& document) {
  tell(document.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::vector<RawOption> given_options(const Json& input) {
  std::vector<RawOption> options;
  for (const auto& [name, value] : input.at("options").items()) {
    options.push_back({name, value.get<std::string>()});
  }
  return options;
}

}  // namespace baton
