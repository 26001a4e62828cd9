// SPDX-License-Identifier: Apache-2.0
#include <baton/plugin.hpp>
#include <baton/testing/fake_host.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

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

/// What follows its callbacks is what their data says: "timeout 40", "hibernate", "continue c1", "ignore".
class Follower final : public baton::Server {
 public:
  static constexpr auto after_init = baton::option("init", "", "what follows init");
  static constexpr auto description = baton::describe("Follower").options(after_init);

  explicit Follower(const baton::Init& init) { follow(init.options()[after_init], Next::ok); }

  Next handle_call(const baton::Request& request, baton::From, baton::Reply& reply) override {
    reply.text("x");
    return follow(request.data(), request.type() == "later" ? Next::no_reply : Next::ok);
  }

  Next handle_cast(const baton::Request& request) override { return follow(request.data(), Next::ok); }

  Next handle_continue(const baton::Continue& what) override {
    return what.type() == "stop" ? stop("enough") : follow(what.type(), Next::ok);
  }

  void format_status(baton::StatusReport& report) const override {
    if (report.reason() == "throw") {
      throw std::runtime_error("no status");
    }
    report.state_json("{}");
    report.message(report.purpose() == baton::StatusReport::Purpose::terminate ? "" : report.message());
  }

 private:
  Next follow(std::string_view order, Next next) {
    if (order.starts_with("timeout ")) {
      return timeout_in(std::chrono::milliseconds(std::stoi(std::string(order.substr(8)))), next);
    }
    if (order == "hibernate") {
      return hibernate(next);
    }
    if (order == "ignore") {
      throw baton::Ignore();
    }
    return order.starts_with("continue ") ? continue_with(std::string(order.substr(9)), next) : next;
  }
};

/// Handles its casts as one batch: "continue <after how many>", or all.
class BatchFollower final : public baton::Server {
 public:
  static constexpr auto description = baton::describe("BatchFollower");

  baton::BatchOutcome handle_casts(const baton::Batch& requests) override {
    const std::string order(requests[0].data());
    if (order == "hibernate") {
      hibernate();
    }
    return order.starts_with("continue ")
               ? baton::BatchOutcome::continue_after(std::stoul(order.substr(9)), "c")
               : baton::BatchOutcome::all();
  }
};

class Bare final : public baton::Server {
 public:
  static constexpr auto description = baton::describe("Bare");
};

}  // namespace

TEST_CASE("what is to follow a callback goes with its answer, whichever it is") {
  FakeHost host;
  Instance follower = host.create<Follower>();

  const CallbackResult timeout = follower.call("do", "timeout 40");
  CHECK(timeout.status == BATON_OK);
  CHECK(timeout.then == BATON_THEN_TIMEOUT);
  CHECK(timeout.then_ms == 40);
  const CallbackResult later = follower.call("later", "continue c1");
  CHECK(later.status == BATON_NO_REPLY);
  CHECK(later.then == BATON_THEN_CONTINUE);
  CHECK(later.then_what == "c1");
  CHECK(follower.cast("do", "hibernate").then == BATON_THEN_HIBERNATE);
  CHECK(follower.handle_continue("timeout 0").then == BATON_THEN_TIMEOUT);
  CHECK(follower.handle_continue("stop").status == BATON_STOP);
}

TEST_CASE("what one callback wanted to follow does not follow the next one") {
  FakeHost host;
  Instance follower = host.create<Follower>();

  CHECK(follower.call("do", "continue c1").then == BATON_THEN_CONTINUE);

  const CallbackResult next = follower.call("do", "");
  CHECK(next.then == BATON_THEN_NOTHING);
  CHECK(next.then_what.empty());
  CHECK(follower.cast_all({{"do", "timeout 5"}, {"do", ""}}).then == BATON_THEN_NOTHING);
}

TEST_CASE("a constructor may say what is to follow it, and may decide not to start") {
  FakeHost host;

  const Instance started = host.create<Follower>({{"init", "continue load"}});
  CHECK(started.created().then == BATON_THEN_CONTINUE);
  CHECK(started.created().then_what == "load");
  try {
    host.create<Follower>({{"init", "ignore"}});
    FAIL("it was created");
  } catch (const baton::testing::CreateFailed& ignored) {
    CHECK(ignored.status() == BATON_IGNORE);
  }
  CHECK(host.create<Follower>().call("do", "ignore").status == BATON_IGNORE);  // a bad return to the host
}

TEST_CASE("a negative timeout is an exception, not a long time") {
  FakeHost host;

  const CallbackResult result = host.create<Follower>().call("do", "timeout -1");

  CHECK(result.status == BATON_EXCEPTION);
  CHECK(result.reason == "bad return value: a timeout of -1 ms");
}

TEST_CASE("a batch of casts ends at the one that continues") {
  FakeHost host;
  Instance follower = host.create<Follower>();

  const CallbackResult result = follower.cast_all({{"do", ""}, {"do", "continue c1"}, {"do", "hibernate"}});

  CHECK(result.status == BATON_OK);
  CHECK(result.handled == 2);
  CHECK(result.then == BATON_THEN_CONTINUE);
  CHECK(result.then_what == "c1");
}

TEST_CASE("a server that takes batches says after which cast it continues") {
  FakeHost host;
  Instance follower = host.create<BatchFollower>();

  const CallbackResult result = follower.cast_all({{"do", "continue 1"}, {"do", ""}});
  CHECK(result.status == BATON_OK);
  CHECK(result.handled == 1);
  CHECK(result.then_what == "c");
  CHECK(follower.cast_all({{"do", "continue 0"}, {"do", ""}}).status == BATON_BAD_RETURN);
  CHECK(follower.cast_all({{"do", "continue 3"}, {"do", ""}}).status == BATON_BAD_RETURN);
  CHECK(follower.cast_all({{"do", "hibernate"}, {"do", ""}}).then == BATON_THEN_HIBERNATE);
}

TEST_CASE("format_status shows what it writes and leaves the rest") {
  FakeHost host;
  const Instance follower = host.create<Follower>();

  const auto running = follower.format_status(BATON_STATUS_NORMAL, "do \"secret\"");
  CHECK(running.state == "{}");
  CHECK(running.message == "do \"secret\"");
  const auto crashed = follower.format_status(BATON_STATUS_TERMINATE, "do \"secret\"", "boom");
  CHECK(crashed.message.empty());
  CHECK(crashed.reason == "boom");
  CHECK_THROWS_WITH(follower.format_status(BATON_STATUS_TERMINATE, "", "throw"), "no status");
  CHECK(host.create<Teller>().format_status(BATON_STATUS_NORMAL, "m").message == "m");
}

TEST_CASE("what a server does not override is not in its table, and a cast crashes it") {
  FakeHost host;
  Instance bare = host.create<Bare>();

  CHECK(bare.handle_continue("c").status == BATON_UNSUPPORTED);
  const CallbackResult cast = bare.cast("do");
  CHECK(cast.status == BATON_ERROR);
  CHECK(cast.handled == 0);
  CHECK(cast.reason == "undef: it has no handle_cast");
  CHECK(baton::detail::ServerAdapter<Bare>::table.handle_info == nullptr);
  CHECK(baton::detail::ServerAdapter<Bare>::table.format_status == nullptr);
  CHECK(baton::detail::ServerAdapter<Follower>::table.format_status != nullptr);
}

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

  CHECK(host.create<Teller>().call("remove").status == BATON_BAD_RETURN);
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
