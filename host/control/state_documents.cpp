// SPDX-License-Identifier: Apache-2.0
#include "host/control/state_documents.hpp"

#include "host/control/document_bytes.hpp"

#include <cstdint>
#include <limits>
#include <utility>

namespace baton {

using Json = nlohmann::ordered_json;

Json state_document(std::string_view type, const State& state) {
  Json document = {{"type", type}, {"version", state.version}};
  put_bytes(document, "data", state.data);
  return document;
}

Result<DescribedState> read_state(std::string_view text) {
  return described_state(Json::parse(text, nullptr, false));
}

Result<DescribedState> described_state(const Json& document) {
  if (!document.is_object()) {
    return fail(Errc::bad_request, "it is no JSON object");
  }
  DescribedState described;
  if (auto taken = take_bytes(document, "type", described.type); !taken) {
    return fail(std::move(taken.error()));
  }
  if (described.type.empty()) {
    return fail(Errc::bad_request, "it has no `type`");
  }
  const auto version = document.find("version");
  if (version == document.end() || !version->is_number_unsigned() || *version == 0U ||
      *version > std::numeric_limits<std::uint32_t>::max()) {
    return fail(Errc::bad_request, "its `version` is no number from 1 on");
  }
  described.state.version = version->get<std::uint32_t>();
  if (!has_bytes(document, "data")) {
    return fail(Errc::bad_request, "it has neither `data` nor `data_base64`");
  }
  if (auto taken = take_bytes(document, "data", described.state.data); !taken) {
    return fail(std::move(taken.error()));
  }
  return described;
}

}  // namespace baton
