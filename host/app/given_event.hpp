// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/control/event_documents.hpp"
#include "host/runtime/atoms.hpp"
#include "host/runtime/message.hpp"

#include <cstdint>
#include <utility>

namespace baton {

/// An event as it was; what its document does not tell follows from those before it, and the time is now.
class GivenEvent {
 public:
  GivenEvent(DescribedEvent described, std::uint64_t last_seq, std::int64_t now_us, AtomTable& atoms)
      : described_(std::move(described)) {
    message_.type = to_str(described_.type);
    message_.data = to_bytes(described_.data);
    message_.content_type = atoms.intern(described_.content_type);
    message_.seq = described_.seq != 0 ? described_.seq : last_seq + 1;
    message_.time_us = described_.time_us != 0 ? described_.time_us : now_us;
    message_ = with_atom(message_, atoms);
    if (described_.has_attributes()) {
      attributes_ = {sizeof attributes_, to_str(described_.id), to_str(described_.source),
                     to_str(described_.traceparent)};
      message_.attributes = &attributes_;
    }
  }

  GivenEvent(const GivenEvent&) = delete;
  GivenEvent& operator=(const GivenEvent&) = delete;

  [[nodiscard]] const Message& message() const { return message_; }

 private:
  const DescribedEvent described_;
  baton_attributes attributes_{};
  Message message_{};
};

}  // namespace baton
