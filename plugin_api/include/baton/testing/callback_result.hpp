// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/message.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace baton::inline v1::testing {

/// What a callback handed back.
struct CallbackResult {
  baton_status status = BATON_OK;
  std::size_t handled = 0;
  std::size_t refused = 0;
  std::string reply;
  Atom content_type = Atom::text_plain;
  std::string reason;
};

/// Host buffers for one callback.
class OutcomeBuffers {
 public:
  explicit OutcomeBuffers(CallbackResult& result) : result_(&result) {
    outcome_.reply = &reply_;
    outcome_.reason = &reason_;
  }

  OutcomeBuffers(const OutcomeBuffers&) = delete;
  OutcomeBuffers& operator=(const OutcomeBuffers&) = delete;

  baton_outcome* get() noexcept { return &outcome_; }

 private:
  static constexpr std::size_t max_size = std::size_t{64} << 20U;

  static baton_status append(std::string& to, const void* data, std::size_t size) noexcept {
    try {
      if (size > max_size - to.size()) {
        return BATON_NO_MEMORY;
      }
      to.append(static_cast<const char*>(data), size);
      return BATON_OK;
    } catch (...) {
      return BATON_NO_MEMORY;
    }
  }

  static baton_status append_reply(void* context, const void* data, std::size_t size) noexcept {
    return append(static_cast<CallbackResult*>(context)->reply, data, size);
  }

  static baton_status append_reason(void* context, const void* data, std::size_t size) noexcept {
    return append(static_cast<CallbackResult*>(context)->reason, data, size);
  }

  static void set_content_type(void* context, baton_atom type) noexcept {
    static_cast<CallbackResult*>(context)->content_type = static_cast<Atom>(type);
  }

  static void ignore_content_type(void*, baton_atom) noexcept {}

  CallbackResult* result_;
  baton_sink reply_{sizeof(baton_sink), result_, append_reply, set_content_type};
  baton_sink reason_{sizeof(baton_sink), result_, append_reason, ignore_content_type};
  baton_outcome outcome_{sizeof(baton_outcome), nullptr, nullptr, 0, 0};
};

/// Calls `callback` with an empty outcome, and returns what it filled in.
template <class Function>
CallbackResult run_callback(Function&& callback) {
  CallbackResult result;
  OutcomeBuffers buffers(result);
  result.status = std::forward<Function>(callback)(buffers.get());
  result.handled = buffers.get()->handled;
  result.refused = buffers.get()->refused;
  return result;
}

}  // namespace baton::inline v1::testing
