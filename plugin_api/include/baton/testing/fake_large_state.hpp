// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/detail/views.hpp>
#include <baton/testing/fake_host.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Functions of fake_host.hpp, which includes this: state in parts and memory of the host.
namespace baton::inline v1::testing {

inline CallbackResult Instance::begin_parts(std::uint32_t& version) {
  return run_callback([&](baton_outcome* outcome) -> baton_status {
    return !has_callback(&baton_handler::begin_parts)
               ? BATON_UNSUPPORTED
               : context_->handler->begin_parts(context_->instance, &version, outcome);
  });
}

inline CallbackResult Instance::save_part(std::uint64_t& left) {
  return run_callback([&](baton_outcome* outcome) -> baton_status {
    return !has_callback(&baton_handler::save_part)
               ? BATON_UNSUPPORTED
               : context_->handler->save_part(context_->instance, &left, outcome);
  });
}

inline void Instance::end_parts() {
  if (has_callback(&baton_handler::end_parts)) {
    context_->handler->end_parts(context_->instance);
  }
}

inline CallbackResult Instance::load_part(std::uint32_t version, std::string_view data, bool is_last) {
  const baton_part part{.size = sizeof(baton_part),
                        .version = version,
                        .data = detail::bytes(data),
                        .is_last = is_last ? 1U : 0U,
                        .reserved = 0};
  return run_callback([&](baton_outcome* outcome) -> baton_status {
    return !has_callback(&baton_handler::load_part)
               ? BATON_UNSUPPORTED
               : context_->handler->load_part(context_->instance, &part, outcome);
  });
}

inline baton_status FakeHost::memory(baton_host_context* context, baton_str name, std::size_t capacity,
                                     baton_memory* memory) noexcept {
  Instance::Context& owner = of(context);
  return owner.host->locked([&] { return owner.memories.get(detail::view(name), capacity, *memory); });
}

inline baton_status FakeHost::free_memory(baton_host_context* context, baton_str name) noexcept {
  Instance::Context& owner = of(context);
  return owner.host->locked([&] { return owner.memories.free(detail::view(name)); });
}

}  // namespace baton::inline v1::testing
