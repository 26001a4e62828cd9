// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/instance.hpp"

#include <baton/abi.h>

#include <vector>

namespace baton {

/// InstanceInit as the boundary has it. Borrows from it: valid as long as that is unchanged.
class InitView {
 public:
  explicit InitView(const InstanceInit& init);

  InitView(const InitView&) = delete;
  InitView& operator=(const InitView&) = delete;

  [[nodiscard]] const baton_init* get() const { return &init_; }

 private:
  std::vector<std::vector<baton_str>> items_;  // of the list options
  std::vector<baton_option> options_;
  baton_state state_{};
  baton_init init_{};
};

}  // namespace baton
