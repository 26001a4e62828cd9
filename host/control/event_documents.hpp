// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/runtime/atoms.hpp"
#include "host/runtime/message.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

/// An event as it travels: in the answers about a record, and as a line of a file of events. For .cpp files
/// only.
namespace baton {

/// {"seq", "time_us", "type", "data", ["content_type"], ["id"], ["source"], ["traceparent"]}; a part that is
/// no UTF-8 is KEY_base64 instead, and content_type is left out when it is text/plain.
[[nodiscard]] nlohmann::ordered_json event_document(const Message& event, const AtomTable& atoms);

/// An event that a document describes.
struct DescribedEvent {
  std::string type;
  std::string data;
  std::string content_type = "text/plain";
  std::string id;
  std::string source;
  std::string traceparent;
  std::uint64_t seq = 0;     // 0: not given
  std::int64_t time_us = 0;  // 0: not given

  [[nodiscard]] bool has_attributes() const { return !id.empty() || !source.empty() || !traceparent.empty(); }
};

/// The same of a described one; numbers that are not given are left out.
[[nodiscard]] nlohmann::ordered_json event_document(const DescribedEvent& event);

/// What such a document says; all but the type may be left out, and other keys are passed over. Errors:
/// bad_request, the text says what is wrong.
[[nodiscard]] Result<DescribedEvent> read_event(std::string_view line);

}  // namespace baton
