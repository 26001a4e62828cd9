// SPDX-License-Identifier: Apache-2.0
#include "host/loader/init_view.hpp"

#include "host/runtime/message.hpp"

namespace baton {
namespace {

std::vector<baton_str> views_of(const std::vector<std::string>& texts) {
  std::vector<baton_str> views;
  views.reserve(texts.size());
  for (const std::string& text : texts) {
    views.push_back(to_str(text));
  }
  return views;
}

baton_option view_of(const Option& option, const std::vector<baton_str>& items) {
  baton_option view{};
  view.name = to_str(option.name);
  view.type = static_cast<std::uint32_t>(option.type);
  view.item_count = static_cast<std::uint32_t>(items.size());
  view.integer = option.integer;
  view.number = option.number;
  view.text = to_str(option.text);
  view.items = items.data();
  return view;
}

}  // namespace

OptionsView::OptionsView(const Options& options) {
  items_.reserve(options.size());
  options_.reserve(options.size());
  for (const Option& option : options) {
    items_.push_back(views_of(option.items));
    options_.push_back(view_of(option, items_.back()));
  }
  view_ = {sizeof(baton_options), sizeof(baton_option), options_.data(), options_.size()};
}

InitView::InitView(const InstanceInit& init) : options_(init.options) {
  init_.size = sizeof(baton_init);
  init_.option_stride = options_.get().stride;
  init_.options = options_.get().options;
  init_.option_count = options_.get().count;
  init_.id = to_str(init.id);
  init_.process = to_str(init.process);
  init_.instance = init.instance;
  if (init.state) {
    state_ = {sizeof(baton_state), init.state->version, to_bytes(init.state->data),
              to_bytes(init.state->extra)};
    init_.state = &state_;
    init_.parts_follow = init.state->is_in_parts ? 1 : 0;
  }
}

}  // namespace baton
