// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/control/verbs.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

/// The documents of api.hpp. For the .cpp files of host/control only.
namespace baton {

using Json = nlohmann::ordered_json;

[[nodiscard]] Json to_json(const HandlerInfo& handler);
[[nodiscard]] Json to_json(const EndedHandler& handler);
[[nodiscard]] Json to_json(const NotifyOutcome& outcome);
[[nodiscard]] Json to_json(const SwapStep& step);
[[nodiscard]] Json to_json(const SwapReport& report);
[[nodiscard]] Json to_json(const UpgradeReport& report);
[[nodiscard]] Json to_json(const CatalogEntry& file);
[[nodiscard]] Json to_json(const LibraryRecord& library);
[[nodiscard]] Json to_json(const ActivityNow& activity);
[[nodiscard]] Json to_json(const ManagerState& status);
[[nodiscard]] Json to_json(const ServerState& status);
[[nodiscard]] Json to_json(const HostStatus& status);
[[nodiscard]] Json to_json(const MailboxCounters& mailbox);

/// A handler of a manager has crashed and is not there.
[[nodiscard]] bool is_degraded(const HostStatus& status);

[[nodiscard]] bool is_utf8(std::string_view text);

/// `data` as base64.
[[nodiscard]] std::string base64(std::string_view data);

/// {name: data, "content_type": …}, or {name + "_base64": …} when the data is not UTF-8.
[[nodiscard]] Json reply_document(std::string_view name, const Reply& reply, const AtomTable& atoms);

/// An array of what each element becomes.
template <class Range>
[[nodiscard]] Json to_array(const Range& elements) {
  Json array = Json::array();
  for (const auto& element : elements) {
    array.push_back(to_json(element));
  }
  return array;
}

}  // namespace baton
