// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>

#include <string_view>

/// A plugin that is linked into the tests: a handler "Counter" (option `step`; events "refuse me" and
/// "crash"; call "count"; state) and a server "Clerk" (call "say", cast "end", which crashes it).
namespace shop {

[[nodiscard]] const baton_plugin& table();
[[nodiscard]] std::string_view manifest();

}  // namespace shop
