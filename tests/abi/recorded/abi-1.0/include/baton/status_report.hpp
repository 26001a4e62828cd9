// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/detail/views.hpp>
#include <baton/errors.hpp>

#include <cstdint>
#include <string_view>

namespace baton::inline v1 {

/// What a status or a crash report is going to show of an instance, for format_status: what is written here
/// is shown, what is not stays as it is. Valid until format_status returns. Several writes of one kind are
/// one text. Every function that writes throws SinkFull past the host's limit.
class StatusReport {
 public:
  enum class Purpose : std::uint32_t {
    normal = BATON_STATUS_NORMAL,       // somebody asks for the status
    terminate = BATON_STATUS_TERMINATE  // a crash report
  };

  explicit StatusReport(const baton_report& raw) noexcept : raw_(&raw) {}

  [[nodiscard]] Purpose purpose() const noexcept { return static_cast<Purpose>(raw_->purpose); }

  /// The last message, as it is going to be shown. Often empty.
  [[nodiscard]] std::string_view message() const noexcept { return detail::view(raw_->last_message); }

  /// Why the instance ends; empty when it does not.
  [[nodiscard]] std::string_view reason() const noexcept { return detail::view(raw_->last_reason); }

  /// Shows the state as text, or as JSON. Not called: no state is shown.
  void state(std::string_view text) { write(*raw_->state, text); }

  void state_json(std::string_view json) {
    raw_->state->set_content_type(raw_->state->context, BATON_APPLICATION_JSON);
    write(*raw_->state, json);
  }

  /// Shows this instead of the last message, or of the reason; be it nothing.
  void message(std::string_view text) { write(*raw_->message, text); }

  void reason(std::string_view text) { write(*raw_->reason, text); }

 private:
  static void write(baton_sink& sink, std::string_view text) {
    if (sink.write(sink.context, text.data(), text.size()) != BATON_OK) {
      throw SinkFull();
    }
  }

  const baton_report* raw_;
};

}  // namespace baton::inline v1
