// SPDX-License-Identifier: Apache-2.0
#include <baton/plugin.hpp>
#include <baton/testing/fake_host.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

using baton::Next;
using baton::testing::CallbackResult;
using baton::testing::FakeHost;
using baton::testing::Instance;

namespace {

class Teller final : public baton::Server {
 public:
  static constexpr auto description = baton::describe("Teller");

  explicit Teller(const baton::Init& init) : host_(init.host()) {}

  Next handle_call(const baton::Request& request, baton::From from, baton::Reply& reply) override {
    if (request.type() == "later") {
      waiting_ = from;
      host_.start_timer(std::chrono::seconds(1), {.type = "now", .data = request.data()});
      return Next::no_reply;
    }
    if (request.type() == "forward") {
      const baton::CallResult result = host_.call("other", {.type = "ask", .data = request.data()});
      reply.text(std::string(to_text(result.status)) + " " + result.data);
      return Next::ok;
    }
    if (request.type() == "stop") {
      reply.text("stopping");
      return stop(std::string(request.data()));
    }
    return request.type() == "remove" ? Next::remove : Next::unknown_request;
  }

  Next handle_cast(const baton::Request& request) override {
    if (request.data() == "throw") {
      throw std::runtime_error("as told");
    }
    return request.data() == "stop" ? stop("told to") : Next::ok;
  }

  Next handle_info(const baton::Info& info) override {
    if (waiting_) {
      host_.reply(*waiting_, info.data());
    }
    return Next::ok;
  }

 private:
  baton::Host host_;
  std::optional<baton::From> waiting_;
};

}  // namespace

TEST_CASE("a server may answer later, from a timer") {
  FakeHost host;
  Instance teller = host.create<Teller>();

  CHECK(teller.call({"later", "here"}, 7).status == BATON_NO_REPLY);
  host.advance(std::chrono::milliseconds(999));
  CHECK(host.replies().empty());
  host.advance(std::chrono::milliseconds(1));

  REQUIRE(host.replies().size() == 1);
  CHECK(host.replies()[0].from == 7);
  CHECK(host.replies()[0].data == "here");
}

TEST_CASE("a stop carries its reason, and the reply that was written before it") {
  FakeHost host;
  const CallbackResult result = host.create<Teller>().call("stop", "enough");

  CHECK(result.status == BATON_STOP);
  CHECK(result.reply == "stopping");
  CHECK(result.reason == "enough");
}

TEST_CASE("a batch of casts counts up to the one that stops or crashes the server") {
  FakeHost host;
  Instance teller = host.create<Teller>();

  CHECK(teller.cast_all({{"do", "a"}, {"do", "b"}}).handled == 2);
  const CallbackResult stopped = teller.cast_all({{"do", "a"}, {"do", "stop"}, {"do", "c"}});
  CHECK(stopped.status == BATON_STOP);
  CHECK(stopped.handled == 2);
  CHECK(stopped.reason == "told to");
  const CallbackResult crashed = teller.cast_all({{"do", "a"}, {"do", "throw"}});
  CHECK(crashed.status == BATON_EXCEPTION);
  CHECK(crashed.handled == 1);
  CHECK(crashed.reason == "as told");
}

TEST_CASE("a handler's return value is a bad return of a server") {
  FakeHost host;

  CHECK(host.create<Teller>().call("remove").status == BATON_ERROR);
  CHECK(host.create<Teller>().call("what").status == BATON_UNSUPPORTED);
}

TEST_CASE("a call by the plugin brings back the status and the reply") {
  FakeHost host;
  Instance teller = host.create<Teller>();

  CHECK(teller.call("forward", "x").reply == "not_found not_found");
  host.on_call = [](const baton::testing::Sent& sent) {
    return baton::CallResult{baton::Status::ok, sent.to + " got " + sent.data, baton::Atom::text_plain};
  };
  CHECK(teller.call("forward", "x").reply == "ok other got x");
}

TEST_CASE("timers of an instance go with it") {
  FakeHost host;
  {
    Instance teller = host.create<Teller>();
    teller.call("later");
    CHECK(host.pending_timers() == 1);
  }
  CHECK(host.pending_timers() == 0);
}
