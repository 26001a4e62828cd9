// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/behaviour/instance.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

/// A saved state as it lies in a file. For .cpp files only.
namespace baton {

/// Whose state it is.
struct DescribedState {
  std::string type;  // of the handler or server that has saved it
  State state;
};

/// {"type", "version", "data"}; data that is no UTF-8 is "data_base64" instead, as in an EVENT.
[[nodiscard]] nlohmann::ordered_json state_document(std::string_view type, const State& state);

/// What such a document says; other keys are passed over. Errors: bad_request, the text says what is wrong.
[[nodiscard]] Result<DescribedState> read_state(std::string_view text);
[[nodiscard]] Result<DescribedState> described_state(const nlohmann::ordered_json& document);

}  // namespace baton
