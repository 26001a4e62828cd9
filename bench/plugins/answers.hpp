// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/common/payload.hpp"

#include <baton/host.hpp>
#include <baton/message.hpp>
#include <baton/reply.hpp>

#include <string>
#include <string_view>
#include <type_traits>

namespace bench {

template <class Plain>
void reply_with(baton::Reply& reply, const Plain& value) {
  static_assert(std::is_trivially_copyable_v<Plain>);
  reply.append({reinterpret_cast<const char*>(&value), sizeof value}, baton::Atom::application_octet_stream);
}

/// What all that count answer: `get` with the Counter, `count` with its count as text, and `reset`, which
/// begins anew.
class CounterRequests {
 public:
  explicit CounterRequests(const baton::Host& host)
      : get_(host.intern("get")), count_(host.intern("count")), reset_(host.intern("reset")) {}

  /// False: it is another request.
  bool answer(const baton::Request& request, Counter& counter, baton::Reply& reply) const {
    const baton::Atom type = request.type_atom();
    if (type == get_) {
      reply_with(reply, counter);
    } else if (type == count_) {
      reply.json(std::to_string(counter.count));
    } else if (type == reset_) {
      counter = {};
    } else {
      return false;
    }
    return true;
  }

 private:
  baton::Atom get_;
  baton::Atom count_;
  baton::Atom reset_;
};

}  // namespace bench
