// SPDX-License-Identifier: Apache-2.0
#include "host/control/event_documents.hpp"

#include "host/control/api_documents.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <optional>
#include <utility>

namespace baton {
namespace {

constexpr std::string_view base64_suffix = "_base64";
constexpr std::string_view text_plain = "text/plain";

void put(Json& document, const std::string& key, std::string_view text) {
  if (is_utf8(text)) {
    document[key] = text;
  } else {
    document[key + std::string(base64_suffix)] = base64(text);
  }
}

void put_unless_empty(Json& document, const std::string& key, std::string_view text) {
  if (!text.empty()) {
    put(document, key, text);
  }
}

void put_parts(Json& document, std::string_view type, std::string_view data, std::string_view content_type) {
  put(document, "type", type);
  put(document, "data", data);
  if (content_type != text_plain) {
    put(document, "content_type", content_type);
  }
}

void put_attributes(Json& document, std::string_view id, std::string_view source,
                    std::string_view traceparent) {
  put_unless_empty(document, "id", id);
  put_unless_empty(document, "source", source);
  put_unless_empty(document, "traceparent", traceparent);
}

std::optional<std::string> decoded(const std::string& base64_text) {
  std::string data(base64_text.size(), '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(data.data()), data.size(), base64_text.data(),
                        base64_text.size(), nullptr, &size, &end, sodium_base64_VARIANT_ORIGINAL) != 0 ||
      end != base64_text.data() + base64_text.size()) {
    return std::nullopt;
  }
  data.resize(size);
  return data;
}

/// Leaves `target` alone when there is no such key.
Result<void> take(const Json& document, const std::string& key, std::string& target) {
  const std::string encoded_key = key + std::string(base64_suffix);
  const auto plain = document.find(key);
  const auto encoded = document.find(encoded_key);
  if (plain != document.end() && encoded != document.end()) {
    return fail(Errc::bad_request, fmt::format("there is `{}` and `{}`: which is it?", key, encoded_key));
  }
  if (plain != document.end()) {
    if (!plain->is_string()) {
      return fail(Errc::bad_request, fmt::format("`{}` is no text", key));
    }
    target = plain->get<std::string>();
  }
  if (encoded != document.end()) {
    auto data = encoded->is_string() ? decoded(encoded->get<std::string>()) : std::nullopt;
    if (!data) {
      return fail(Errc::bad_request, fmt::format("`{}` is no base64", encoded_key));
    }
    target = std::move(*data);
  }
  return {};
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
    if (auto taken = take(document, key, *target); !taken) {
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
