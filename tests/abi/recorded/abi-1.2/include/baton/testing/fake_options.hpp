// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/detail/views.hpp>
#include <baton/testing/fake_host.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

/// Functions of fake_host.hpp, which includes this: what a manifest says of a type, and options that are
/// changed while an instance goes on.
namespace baton::inline v1::testing {

inline const JsonValue& FakeHost::find_provided(const JsonValue& manifest, std::string_view name) {
  for (const JsonValue& provided : manifest.at("provides").array()) {
    if (provided.at("name").text() == name) {
      return provided;
    }
  }
  throw std::runtime_error("the plugin offers no '" + std::string(name) + "'");
}

inline CallbackResult Instance::change_options(OptionSettings settings) {
  const CheckedOptions before(context_->provided, context_->settings);
  const CheckedOptions changed(context_->provided, settings);
  if (const std::string name = changed.cold_change_since(before); !name.empty()) {
    throw std::invalid_argument("option '" + name + "' is not hot: it needs a new instance");
  }
  const auto& raw = changed.raw();
  const baton_options options{.size = sizeof(baton_options),
                              .stride = sizeof(WideOption),
                              .options = raw.empty() ? nullptr : &raw.front().option,
                              .count = raw.size()};
  const auto change = [&](const auto& table, baton_outcome* outcome) -> baton_status {
    const bool has_it =
        detail::has(table, &std::decay_t<decltype(table)>::change_options) && table.change_options != nullptr;
    return has_it ? table.change_options(context_->instance, &options, outcome) : BATON_UNSUPPORTED;
  };
  CallbackResult result = run_callback([&](baton_outcome* outcome) {
    return context_->handler != nullptr ? change(*context_->handler, outcome)
                                        : change(*context_->server, outcome);
  });
  if (result.status == BATON_OK) {
    context_->settings = std::move(settings);
  }
  return result;
}

}  // namespace baton::inline v1::testing
