// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/detail/views.hpp>
#include <baton/message.hpp>

#include <string_view>

namespace baton::inline v1 {

/// Where a callback writes its answer. Owned by the host; valid until the callback returns. Nothing
/// written is an empty answer of type text/plain. Every function throws SinkFull past the host's limit.
class Reply {
 public:
  explicit Reply(baton_sink& sink) noexcept : sink_(&sink) {}

  /// Appends a piece of text/plain.
  void text(std::string_view piece) { append(piece, Atom::text_plain); }

  /// Appends a piece of JSON; <baton/json.hpp> helps to make it.
  void json(std::string_view piece) { append(piece, Atom::application_json); }

  /// Appends bytes of any other content type. The last content type counts.
  void append(std::string_view data, Atom content_type) {
    sink_->set_content_type(sink_->context, static_cast<baton_atom>(content_type));
    detail::write(*sink_, data);
  }

 private:
  baton_sink* sink_;
};

}  // namespace baton::inline v1
