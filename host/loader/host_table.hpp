// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/services.hpp"

#include <baton/abi.h>

namespace baton {

/// The C table of one instance over its Services. Owned by the adapter of the instance; its address is
/// what the plugin keeps, so it lives until destroy() has returned. Threads: any.
class HostTable {
 public:
  /// `services` outlives the table.
  explicit HostTable(Services& services);

  HostTable(const HostTable&) = delete;
  HostTable& operator=(const HostTable&) = delete;

  [[nodiscard]] const baton_host* get() const { return &table_; }

 private:
  baton_host table_;
};

}  // namespace baton
