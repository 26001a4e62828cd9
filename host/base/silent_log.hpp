// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/log.hpp"

namespace baton {

/// For whom what would be logged is in the answers too, or who has nobody to tell. It remembers nothing:
/// one serves any number of users. Threads: any.
class SilentLog final : public Log {
 public:
  void write(LogLevel /*level*/, std::string_view /*name*/, LogFields /*fields*/) override {}
};

}  // namespace baton
