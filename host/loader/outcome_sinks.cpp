// SPDX-License-Identifier: Apache-2.0
#include "host/loader/outcome_sinks.hpp"

#include "host/base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <new>
#include <utility>

namespace baton {
namespace {

constexpr std::size_t kept_capacity_max = std::size_t{64} * 1024;
constexpr std::size_t reason_size_max = std::size_t{8} * 1024;
constexpr std::size_t then_what_size_max = std::size_t{64} * 1024;
constexpr std::uint64_t then_ms_max = std::uint64_t{10} * 365 * 24 * 3600 * 1000;  // fits every clock

/// What a negative status of abi.h means; nothing when it is none of them.
std::string_view status_meaning(baton_status status) {
  constexpr std::array<std::string_view, 13> meanings = {
      "an error",
      "an exception",
      "out of memory",
      "unsupported",
      "the state cannot be taken over",
      "an option cannot be used",
      "not found",
      "timed out",
      "the mailbox is full",
      "a call to itself",
      "the process ended",
      "an invalid argument",
      "a bad return",
  };
  const auto index = -static_cast<std::int64_t>(status) - 1;
  if (index < 0 || index >= static_cast<std::int64_t>(meanings.size())) {
    return {};
  }
  return meanings[static_cast<std::size_t>(index)];
}

}  // namespace

Sink::Sink() : sink_{sizeof(baton_sink), this, &Sink::write, &Sink::set_content_type} {}

void Sink::reset() {
  data_.clear();
  if (data_.capacity() > kept_capacity_max) {
    data_ = std::string();
  }
  content_type_ = BATON_TEXT_PLAIN;
  is_written_ = false;
  is_cut_ = false;
}

Reply Sink::take() {
  Reply reply{std::move(data_), content_type_};
  reset();
  return reply;
}

baton_status Sink::write(void* context, const void* data, std::size_t size) noexcept {
  auto& sink = *static_cast<Sink*>(context);
  if (data == nullptr && size > 0) {
    return BATON_INVALID;
  }
  sink.is_written_ = true;
  if (size > size_max - sink.data_.size()) {
    sink.is_cut_ = true;
    return BATON_NO_MEMORY;
  }
  try {
    sink.data_.append(static_cast<const char*>(data), size);
  } catch (const std::bad_alloc&) {  // must not cross the boundary
    sink.is_cut_ = true;
    return BATON_NO_MEMORY;
  }
  return BATON_OK;
}

void Sink::set_content_type(void* context, baton_atom content_type) noexcept {
  static_cast<Sink*>(context)->content_type_ = content_type;
}

CallbackOutcome::CallbackOutcome() : outcome_{} {}

baton_outcome* CallbackOutcome::fresh() {
  reply_.reset();
  reason_.reset();
  then_what_.reset();
  outcome_ = {sizeof(baton_outcome), reply_.get(), reason_.get(), 0, 0, BATON_THEN_NOTHING, 0, 0,
              then_what_.get()};
  return &outcome_;
}

Result<Then> CallbackOutcome::then() {
  switch (outcome_.then) {
    case BATON_THEN_NOTHING:
      return Then{};
    case BATON_THEN_TIMEOUT:
      return Then{
          Then::Kind::timeout, std::chrono::milliseconds(std::min(outcome_.then_ms, then_ms_max)), {}};
    case BATON_THEN_HIBERNATE:
      return Then{Then::Kind::hibernate, {}, {}};
    case BATON_THEN_CONTINUE:
      break;
    default:
      return fail(Errc::bad_return, fmt::format("then {}", outcome_.then));
  }
  if (then_what_.text().empty() || then_what_.text().size() > then_what_size_max) {
    return fail(Errc::bad_return, fmt::format("a continue with {} bytes", then_what_.text().size()));
  }
  return Then{Then::Kind::handle_continue, {}, then_what_.take().data};
}

std::string CallbackOutcome::reason() const {
  return std::string(beginning_of(reason_.text(), reason_size_max));
}

std::string CallbackOutcome::reason(std::string_view callback, baton_status status) const {
  const std::string_view meaning = status_meaning(status);
  if (meaning.empty()) {
    return bad_return(fmt::format("{} answered with status {}", callback, status));
  }
  if (reason_.text().empty()) {
    return fmt::format("{} failed without a reason ({})", callback, meaning);
  }
  return reason();
}

bool CallbackOutcome::is_bad_return(baton_status status) {
  return status == BATON_BAD_RETURN || status_meaning(status).empty();
}

std::string CallbackOutcome::refusal_reason(std::string_view callback) const {
  return reason_.text().empty() ? fmt::format("{} refused without a reason", callback) : reason();
}

std::string CallbackOutcome::bad_return(std::string_view what) const {
  if (reason_.text().empty()) {
    return fmt::format("bad return: {}", what);
  }
  return fmt::format("bad return: {}; its reason: {}", what, beginning_of(reason_.text(), reason_size_max));
}

}  // namespace baton
