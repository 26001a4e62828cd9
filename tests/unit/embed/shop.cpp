// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/embed/shop.hpp"

#include <baton/plugin.hpp>

#include <stdexcept>
#include <string>

namespace shop {
namespace {

class Counter final : public baton::Handler {
 public:
  static constexpr auto step = baton::option("step", 1, "how much one event counts").at_least(1);
  static constexpr auto description = baton::describe("Counter").help("counts").options(step).state(1);

  explicit Counter(const baton::Init& init) : step_(init.options()[step]) { init.take_over(count_); }

  baton::Next handle_event(const baton::Event& event) override {
    if (event.type() == "refuse me")
      throw baton::Refused("as you like");
    if (event.type() == "crash")
      throw std::runtime_error("as you like, too");
    count_ += step_;
    return baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    if (request.type() != "count")
      return baton::Next::unknown_request;
    reply.json(std::to_string(count_));
    return baton::Next::ok;
  }

  void save(baton::StateWriter& out) const override { out.value(count_); }

 private:
  std::int64_t step_;
  std::int64_t count_ = 0;
};

class Clerk final : public baton::Server {
 public:
  static constexpr auto description = baton::describe("Clerk").help("says what it is asked to say");

  baton::Next handle_call(const baton::Request& request, baton::From, baton::Reply& reply) override {
    reply.text(request.data());
    return baton::Next::ok;
  }

  baton::Next handle_cast(const baton::Request& request) override {
    throw std::runtime_error(std::string(request.data()));
  }
};

struct Named {
  static constexpr std::string_view name = "shop";
  static constexpr std::string_view version = "1.0.0";
};

using Linked = baton::LinkedPlugin<Named, Counter, Clerk>;

}  // namespace

const baton_plugin& table() {
  return Linked::table;
}

std::string_view manifest() {
  return Linked::manifest();
}

}  // namespace shop
