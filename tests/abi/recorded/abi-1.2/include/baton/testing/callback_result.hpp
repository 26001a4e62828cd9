// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/message.hpp>

#include <cstddef>
#include <cstdint>
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
  std::uint32_t then = BATON_THEN_NOTHING;
  std::uint64_t then_ms = 0;
  std::string then_what;
};

/// Host buffers for one callback.
class OutcomeBuffers {
 public:
  explicit OutcomeBuffers(CallbackResult& result) : result_(&result) {
    outcome_.reply = &reply_;
    outcome_.reason = &reason_;
    outcome_.then_what = &then_what_;
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

  static baton_status append_then_what(void* context, const void* data, std::size_t size) noexcept {
    return append(static_cast<CallbackResult*>(context)->then_what, data, size);
  }

  static void set_content_type(void* context, baton_atom type) noexcept {
    static_cast<CallbackResult*>(context)->content_type = static_cast<Atom>(type);
  }

  static void ignore_content_type(void*, baton_atom) noexcept {}

  CallbackResult* result_;
  baton_sink reply_{sizeof(baton_sink), result_, append_reply, set_content_type};
  baton_sink reason_{sizeof(baton_sink), result_, append_reason, ignore_content_type};
  baton_sink then_what_{sizeof(baton_sink), result_, append_then_what, ignore_content_type};
  baton_outcome outcome_{sizeof(baton_outcome), nullptr, nullptr, 0, 0, BATON_THEN_NOTHING, 0, 0, nullptr};
};

/// A sink of the host over a text: the first write, be it of nothing, replaces what is there.
class TextSink {
 public:
  explicit TextSink(std::string& text) : text_(&text) {}

  TextSink(const TextSink&) = delete;
  TextSink& operator=(const TextSink&) = delete;

  baton_sink* get() noexcept { return &sink_; }

 private:
  static baton_status write(void* context, const void* data, std::size_t size) noexcept {
    auto& self = *static_cast<TextSink*>(context);
    try {
      if (!self.is_written_) {
        self.text_->clear();
        self.is_written_ = true;
      }
      self.text_->append(static_cast<const char*>(data), size);
      return BATON_OK;
    } catch (...) {
      return BATON_NO_MEMORY;
    }
  }

  static void ignore_content_type(void*, baton_atom) noexcept {}

  std::string* text_;
  bool is_written_ = false;
  baton_sink sink_{sizeof(baton_sink), this, write, ignore_content_type};
};

/// Calls `callback` with an empty outcome, and returns what it filled in.
template <class Function>
CallbackResult run_callback(Function&& callback) {
  CallbackResult result;
  OutcomeBuffers buffers(result);
  result.status = std::forward<Function>(callback)(buffers.get());
  result.handled = buffers.get()->handled;
  result.refused = buffers.get()->refused;
  result.then = buffers.get()->then;
  result.then_ms = buffers.get()->then_ms;
  return result;
}

}  // namespace baton::inline v1::testing
