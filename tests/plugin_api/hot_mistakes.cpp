// SPDX-License-Identifier: Apache-2.0
// Does not compile, and says why: built by tests with one of these macros.
#include <baton/plugin.hpp>

class Mistaken final : public baton::Handler {
 public:
#ifdef HOT_WITHOUT_CALLBACK
  static constexpr auto limit = baton::option("limit", 1, "a limit").hot();
#else
  static constexpr auto limit = baton::option("limit", 1, "a limit");

  void change_options(const baton::Options&) override {}
#endif
  static constexpr auto description = baton::describe("Mistaken").options(limit);

  baton::Next handle_event(const baton::Event&) override {
    return baton::Next::ok;
  }
};

BATON_PLUGIN("mistaken", "1.0.0", Mistaken)
