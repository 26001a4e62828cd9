// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/linked.hpp"

#include "tests/conformance/told.hpp"

namespace told {
namespace {

struct Named {
  static constexpr std::string_view name = "conformance";
  static constexpr std::string_view version = "1.0.0";
};

using Linked = baton::LinkedPlugin<Named, ToldServer, BareServer, MuteServer, ToldHandler, OtherHandler>;

}  // namespace

const baton_plugin& linked_table() {
  return Linked::table;
}

std::string_view linked_manifest() {
  return Linked::manifest();
}

}  // namespace told
