// SPDX-License-Identifier: Apache-2.0
#include <baton/plugin.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace shop {

class Greeter final : public baton::Handler {
 public:
  static constexpr auto greeting = baton::option("greeting", "Hello", "what is said");
  static constexpr auto max_guests =
      baton::option("max_guests", 100, "who comes later has to wait outside").at_least(1).hot();
  static constexpr auto description =
      baton::describe("Greeter").help("greets whoever comes in").options(greeting, max_guests).state(1);

  explicit Greeter(const baton::Init& init)
      : greeting_(std::make_shared<std::string>(init.options()[greeting])),
        max_guests_(init.options()[max_guests]) {
    init.take_over(guests_);
  }

  baton::Next handle_event(const baton::Event& event) override {
    if (guests_ == max_guests_)
      throw baton::Refused("the house is full");
    ++guests_;
    last_ = *greeting_ + ", " + std::string(event.data()) + "!";
    return baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    if (request.type() != "last")
      return baton::Next::unknown_request;
    reply.text(last_);
    return baton::Next::ok;
  }

  void change_options(const baton::Options& options) override {
    if (options[max_guests] < guests_)
      throw baton::Refused("more guests are in the house");
    max_guests_ = options[max_guests];
  }

  void save(baton::StateWriter& out) const override { out.value(guests_); }

 private:
  std::shared_ptr<std::string> greeting_;  // shared, because std::make_shared is what pins careless plugins
  std::int64_t max_guests_;
  std::int64_t guests_ = 0;
  std::string last_;
};

class Clerk final : public baton::Server {
 public:
  static constexpr auto description = baton::describe("Clerk").help("says what it is asked to say");

  baton::Next handle_call(const baton::Request& request, baton::From, baton::Reply& reply) override {
    reply.text(request.data());
    return baton::Next::ok;
  }
};

}  // namespace shop

BATON_PLUGIN("greeter", "1.2.3", shop::Greeter, shop::Clerk)
