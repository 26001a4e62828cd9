// SPDX-License-Identifier: Apache-2.0
#include "host/control/event_documents.hpp"

#include "host/control/document_bytes.hpp"

#include <fmt/format.h>

#include <utility>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view text_plain = "text/plain";

void put_unless_empty(Json& document, const std::string& key, std::string_view text) {
  if (!text.empty()) {
    put_bytes(document, key, text);
  }
}

void put_parts(Json& document, std::string_view type, std::string_view data, std::string_view content_type) {
  put_bytes(document, "type", type);
  put_bytes(document, "data", data);
  if (content_type != text_plain) {
    put_bytes(document, "content_type", content_type);
  }
}

void put_attributes(Json& document, std::string_view id, std::string_view source,
                    std::string_view traceparent) {
  put_unless_empty(document, "id", id);
  put_unless_empty(document, "source", source);
  put_unless_empty(document, "traceparent", traceparent);
}

template <class Number>
Result<void> take_number(const Json& document, const char* key, Number& target) {
  const auto place = document.find(key);
  if (place == document.end()) {
    return {};
  }
  if (!place->is_number_unsigned()) {
    return fail(Errc::bad_request, fmt::format("`{}` is no number", key));
  }
  target = place->get<Number>();
  return {};
}

}  // namespace

Json event_document(const Message& event, const AtomTable& atoms) {
  Json document = {{"seq", event.seq}, {"time_us", event.time_us}};
  const bool is_text = event.content_type == BATON_TEXT_PLAIN;
  put_parts(document, view(event.type), view(event.data),
            is_text ? text_plain : atoms.text(event.content_type));
  if (event.attributes != nullptr) {
    put_attributes(document, view(event.attributes->id), view(event.attributes->source),
                   view(event.attributes->traceparent));
  }
  return document;
}

Json event_document(const DescribedEvent& event) {
  Json document = Json::object();
  if (event.seq != 0) {
    document["seq"] = event.seq;
  }
  if (event.time_us != 0) {
    document["time_us"] = event.time_us;
  }
  put_parts(document, event.type, event.data, event.content_type);
  put_attributes(document, event.id, event.source, event.traceparent);
  return document;
}

Result<DescribedEvent> read_event(std::string_view line) {
  const Json document = Json::parse(line, nullptr, false);
  if (!document.is_object()) {
    return fail(Errc::bad_request, "it is no JSON object");
  }
  DescribedEvent event;
  for (auto [key, target] :
       {std::pair("type", &event.type), std::pair("data", &event.data),
        std::pair("content_type", &event.content_type), std::pair("id", &event.id),
        std::pair("source", &event.source), std::pair("traceparent", &event.traceparent)}) {
    if (auto taken = take_bytes(document, key, *target); !taken) {
      return fail(std::move(taken.error()));
    }
  }
  if (auto taken = take_number(document, "seq", event.seq); !taken) {
    return fail(std::move(taken.error()));
  }
  if (auto taken = take_number(document, "time_us", event.time_us); !taken) {
    return fail(std::move(taken.error()));
  }
  if (event.type.empty()) {
    return fail(Errc::bad_request, "it has no `type`");
  }
  return event;
}

}  // namespace baton
