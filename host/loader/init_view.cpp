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

InitView::InitView(const InstanceInit& init) {
  items_.reserve(init.options.size());
  options_.reserve(init.options.size());
  for (const Option& option : init.options) {
    items_.push_back(views_of(option.items));
    options_.push_back(view_of(option, items_.back()));
  }
  init_.size = sizeof(baton_init);
  init_.option_stride = sizeof(baton_option);
  init_.options = options_.data();
  init_.option_count = options_.size();
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
