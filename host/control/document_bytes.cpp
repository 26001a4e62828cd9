// SPDX-License-Identifier: Apache-2.0
#include "host/control/document_bytes.hpp"

#include "host/control/api_documents.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <optional>
#include <utility>

namespace baton {
namespace {

std::string encoded_key(const std::string& key) {
  return key + "_base64";
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

}  // namespace

void put_bytes(Json& document, const std::string& key, std::string_view bytes) {
  if (is_utf8(bytes)) {
    document[key] = bytes;
  } else {
    document[encoded_key(key)] = base64(bytes);
  }
}

bool has_bytes(const Json& document, const std::string& key) {
  return document.contains(key) || document.contains(encoded_key(key));
}

Result<void> take_bytes(const Json& document, const std::string& key, std::string& target) {
  const auto plain = document.find(key);
  const auto encoded = document.find(encoded_key(key));
  if (plain != document.end() && encoded != document.end()) {
    return fail(Errc::bad_request,
                fmt::format("there is `{}` and `{}`: which is it?", key, encoded_key(key)));
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
      return fail(Errc::bad_request, fmt::format("`{}` is no base64", encoded_key(key)));
    }
    target = std::move(*data);
  }
  return {};
}

}  // namespace baton
