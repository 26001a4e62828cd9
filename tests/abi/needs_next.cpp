// SPDX-License-Identifier: Apache-2.0
// Handlers of the next minor version, for a host that may be older: one that can do without, one that cannot.
#include <baton/plugin.hpp>

#include <stdexcept>
#include <string>

namespace {

bool is_new_enough(const baton::Host& host) {
  return baton::detail::has(host.raw(), &baton_host::of_next_minor);
}

/// Calls: `function` -> whether the host has it; `minor` -> the host's.
class Asks final : public baton::Handler {
 public:
  static constexpr auto description = baton::describe("Asks").help("asks before it uses what is new");

  explicit Asks(const baton::Init& init) : host_(init.host()) {}

  baton::Next handle_event(const baton::Event&) override { return baton::Next::ok; }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    if (request.type() == "function") {
      reply.text(is_new_enough(host_) ? "there" : "not there");
    } else if (request.type() == "minor") {
      reply.text(std::to_string(host_.raw().abi_minor));
    } else {
      return baton::Next::unknown_request;
    }
    return baton::Next::ok;
  }

 private:
  baton::Host host_;
};

class Insists final : public baton::Handler {
 public:
  static constexpr auto description = baton::describe("Insists").help("cannot do without what is new");

  explicit Insists(const baton::Init& init) {
    if (!is_new_enough(init.host())) {
      throw std::runtime_error("it needs ABI 1." + std::to_string(BATON_ABI_MINOR));
    }
  }

  baton::Next handle_event(const baton::Event&) override { return baton::Next::ok; }
};

}  // namespace

BATON_PLUGIN("asks", "1.0.0", Asks, Insists)
