// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/instance.hpp"

#include <baton/abi.h>

#include <vector>

namespace baton {

/// Options as the boundary has them. Borrows from them: valid as long as they are unchanged.
class OptionsView {
 public:
  explicit OptionsView(const Options& options);

  OptionsView(const OptionsView&) = delete;
  OptionsView& operator=(const OptionsView&) = delete;

  [[nodiscard]] const baton_options& get() const { return view_; }

 private:
  std::vector<std::vector<baton_str>> items_;  // of the list options
  std::vector<baton_option> options_;
  baton_options view_{};
};

/// InstanceInit as the boundary has it. Borrows from it: valid as long as that is unchanged.
class InitView {
 public:
  explicit InitView(const InstanceInit& init);

  InitView(const InitView&) = delete;
  InitView& operator=(const InitView&) = delete;

  [[nodiscard]] const baton_init* get() const { return &init_; }

 private:
  OptionsView options_;
  baton_state state_{};
  baton_init init_{};
};

}  // namespace baton
