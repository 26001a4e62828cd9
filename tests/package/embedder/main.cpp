// SPDX-License-Identifier: Apache-2.0
// A program that has an event manager and a server in it: no config, no socket, no plugin file.
#include <baton/embedded_host.hpp>
#include <baton/plugin.hpp>

#include <iostream>

class DoorHandler final : public baton::Handler {
 public:
  static constexpr auto first = baton::option("first", 1, "number of the first guest");
  static constexpr auto description = baton::describe("DoorHandler").help("greets and counts").options(first);

  explicit DoorHandler(const baton::Init& init) : next_(init.options()[first]) {}

  baton::Next handle_event(const baton::Event& event) override {
    std::cout << event.data() << " is guest " << next_++ << std::endl;
    return baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    if (request.type() != "count")
      return baton::Next::unknown_request;
    reply.text(std::to_string(next_ - 1));
    return baton::Next::ok;
  }

 private:
  std::int64_t next_;
};

struct Clerk final : baton::Server {
  static constexpr auto description = baton::describe("Clerk").help("says what it is asked to say");

  baton::Next handle_call(const baton::Request& request, baton::From, baton::Reply& reply) override {
    reply.text(request.data());
    return baton::Next::ok;
  }
};

struct Shop {
  static constexpr std::string_view name = "shop", version = "1.0.0";
};

int main() {
  auto host = must(baton::EmbeddedHost::start());
  must(host->link<baton::LinkedPlugin<Shop, DoorHandler, Clerk>>());
  must(host->start_manager("door", {{"DoorHandler", {{"first", "1"}}}}));
  must(host->start_server("clerk", "Clerk"));
  must(host->notify("door", {"guest", "World"}));
  must(host->sync_notify("door", {"guest", "Mars"}));  // returns when both have been greeted
  std::cout << "the door has counted " << must(host->call("door/DoorHandler", {"count"})).data
            << ", the clerk says " << must(host->call("clerk", {"say", "yes"})).data << std::endl;
}
