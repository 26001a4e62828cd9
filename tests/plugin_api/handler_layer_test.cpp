// SPDX-License-Identifier: Apache-2.0
#include <baton/plugin.hpp>
#include <baton/testing/fake_host.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

using baton::Next;
using baton::testing::CallbackResult;
using baton::testing::CreateFailed;
using baton::testing::FakeHost;
using baton::testing::Instance;

namespace {

/// Does what the data of each event or call says.
class Obedient final : public baton::Handler {
 public:
  static constexpr auto failing = baton::option("fail", "no", "how the constructor fails");
  static constexpr auto description = baton::describe("Obedient").options(failing).state(2, {1, 2});

  explicit Obedient(const baton::Init& init) : host_(init.host()) {
    const std::string_view fail = init.options()[failing];
    if (fail == "option") {
      throw baton::BadOption("fail: cannot be option");
    }
    if (fail == "exception") {
      throw std::runtime_error("no disk");
    }
    if (fail == "unknown option") {
      static_cast<void>(init.options()[baton::option("no_such", "", "not in the description")]);
    }
    if (fail == "other type") {
      static_cast<void>(init.options()[baton::option("fail", 1, "a text in the description")]);
    }
    if (init.state()) {
      taken_over_ = std::string(init.state()->data) + "/" + std::string(init.state()->extra);
    }
  }

  Next handle_event(const baton::Event& event) override {
    seen_ += event.data();
    return obey(event.data());
  }

  Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    if (request.type() == "seen") {
      reply.text(seen_);
    } else if (request.type() == "state") {
      reply.text(taken_over_);
    } else {
      return obey(request.data());
    }
    return Next::ok;
  }

  Next handle_info(const baton::Info& info) override {
    seen_ += info.data();
    return Next::ok;
  }

  void terminate(const baton::TerminateReason& why, baton::Reply& value) override {
    if (why.text == "throw") {
      throw std::runtime_error("no farewell");
    }
    value.text("gone: " + std::string(why.text));
  }

  void save(baton::StateWriter& out) const override { out.raw(seen_); }

  void format_status(baton::StatusReport& report) const override { report.state(seen_); }

 private:
  Next obey(std::string_view order) {
    if (order == "throw") {
      throw std::runtime_error("as told");
    }
    if (order == "throw int") {
      throw 1;
    }
    if (order == "out of memory") {
      throw std::bad_alloc();
    }
    if (order == "refuse") {
      throw baton::Refused("not now");
    }
    if (order == "remove") {
      return Next::remove;
    }
    if (order == "stop") {
      return Next::stop;
    }
    if (order == "hibernate") {
      return hibernate();
    }
    if (order.starts_with("swap")) {
      return swap_handler(std::string(order.substr(4)));
    }
    return order == "unknown" ? Next::unknown_request : Next::ok;
  }

  baton::Host host_;
  std::string seen_;
  std::string taken_over_;
};

/// Answers a batch with what its first event says: "<kind> <handled> <refused>".
class BatchWise final : public baton::Handler {
 public:
  static constexpr auto description = baton::describe("BatchWise");

  baton::BatchOutcome handle_events(const baton::Batch& events) override {
    const std::string order(events[0].data());
    const auto handled = static_cast<std::size_t>(events[0].type()[0] - '0');
    const auto refused = static_cast<std::size_t>(events[0].type()[1] - '0');
    if (order == "remove") {
      return baton::BatchOutcome::remove_after(handled);
    }
    if (order == "refuse") {
      return baton::BatchOutcome::refuse(handled, refused, "full");
    }
    if (order == "fail") {
      return baton::BatchOutcome::failed(handled, "broken");
    }
    if (order == "stop") {
      return baton::BatchOutcome::stop_after(handled);
    }
    if (order == "throw refused") {
      throw baton::Refused("all of them");
    }
    if (order == "throw") {
      throw std::runtime_error("first of them");
    }
    return baton::BatchOutcome::all();
  }
};

CallbackResult notify(Instance& instance, const std::vector<std::string>& data) {
  std::vector<baton::Outgoing> events;
  for (const std::string& one : data) {
    events.push_back({"msg", one});
  }
  return instance.notify_all(events);
}

CallbackResult batch(const char* handled_and_refused, const char* order) {
  FakeHost host;
  Instance instance = host.create<BatchWise>();
  return instance.notify_all({{handled_and_refused, order}, {"msg", "2"}, {"msg", "3"}});
}

baton_status create_status(const char* fail) {
  FakeHost host;
  try {
    host.create<Obedient>({{"fail", std::string(fail)}});
  } catch (const CreateFailed& error) {
    return error.status();
  }
  return BATON_OK;
}

}  // namespace

TEST_CASE("a batch reaches handle_event one by one, in order, and is counted whole") {
  FakeHost host;
  Instance instance = host.create<Obedient>();

  const CallbackResult result = notify(instance, {"a", "b", "c"});

  CHECK(result.status == BATON_OK);
  CHECK(result.handled == 3);
  CHECK(instance.call("seen").reply == "abc");
}

TEST_CASE("a removal counts the event that asked for it, and those behind it are not handled") {
  FakeHost host;
  Instance instance = host.create<Obedient>();

  const CallbackResult result = notify(instance, {"a", "remove", "c"});

  CHECK(result.status == BATON_REMOVE);
  CHECK(result.handled == 2);
  CHECK(instance.call("seen").reply == "aremove");
}

TEST_CASE("an exception becomes a status and a text, and counts the events before it") {
  FakeHost host;
  Instance instance = host.create<Obedient>();

  CHECK(notify(instance, {"a", "throw", "c"}).status == BATON_EXCEPTION);
  CHECK(notify(instance, {"a", "throw", "c"}).handled == 1);
  CHECK(notify(instance, {"a", "throw", "c"}).reason == "as told");
  CHECK(notify(instance, {"throw int"}).status == BATON_EXCEPTION);
  CHECK(notify(instance, {"throw int"}).reason == "an exception that is not a std::exception");
  CHECK(notify(instance, {"out of memory"}).status == BATON_NO_MEMORY);
}

TEST_CASE("Refused refuses the one event and leaves the rest to be sent again") {
  FakeHost host;
  Instance instance = host.create<Obedient>();

  const CallbackResult result = notify(instance, {"a", "refuse", "c"});

  CHECK(result.status == BATON_REFUSED);
  CHECK(result.handled == 1);
  CHECK(result.refused == 1);
  CHECK(result.reason == "not now");
}

TEST_CASE("a return value that does not belong to the callback is a failure") {
  FakeHost host;
  Instance instance = host.create<Obedient>();

  const CallbackResult result = notify(instance, {"a", "stop"});

  CHECK(result.status == BATON_BAD_RETURN);
  CHECK(result.handled == 1);
  CHECK(result.reason == "bad return value of handle_event");
  CHECK(instance.call("obey", "stop").reason == "bad return value of handle_call");
}

TEST_CASE("an answer to a batch is passed on when it is possible, and is a bad return otherwise") {
  CHECK(batch("00", "all").handled == 3);
  CHECK(batch("20", "remove").status == BATON_REMOVE);
  CHECK(batch("20", "remove").handled == 2);
  CHECK(batch("12", "refuse").status == BATON_REFUSED);
  CHECK(batch("12", "refuse").refused == 2);
  CHECK(batch("20", "fail").status == BATON_ERROR);
  CHECK(batch("20", "fail").reason == "broken");
  for (const auto& [counts, order] : {std::pair("00", "remove"),
                                      {"40", "remove"},
                                      {"10", "refuse"},
                                      {"13", "refuse"},
                                      {"30", "fail"},
                                      {"10", "stop"}}) {
    CAPTURE(counts, order);
    CHECK(batch(counts, order).status == BATON_BAD_RETURN);
    CHECK(batch(counts, order).handled == 0);
    CHECK(batch(counts, order).reason == "bad return value of handle_events");
  }
}

TEST_CASE("an exception from handle_events concerns the first event, Refused concerns all") {
  CHECK(batch("00", "throw").status == BATON_EXCEPTION);
  CHECK(batch("00", "throw").handled == 0);
  CHECK(batch("00", "throw refused").status == BATON_REFUSED);
  CHECK(batch("00", "throw refused").refused == 3);
}

TEST_CASE("a call is answered, refused, unknown, or fails") {
  FakeHost host;
  Instance instance = host.create<Obedient>();

  CHECK(instance.call("seen").status == BATON_OK);
  CHECK(instance.call("obey", "unknown").status == BATON_UNSUPPORTED);
  CHECK(instance.call("obey", "refuse").status == BATON_REFUSED);
  CHECK(instance.call("obey", "refuse").reason == "not now");
  CHECK(instance.call("obey", "remove").status == BATON_REMOVE);
  CHECK(instance.call("obey", "throw").status == BATON_EXCEPTION);
  CHECK(host.create<BatchWise>().call("seen").status == BATON_UNSUPPORTED);
}

TEST_CASE("a constructor that throws is a failed create with its reason") {
  FakeHost host;

  CHECK_THROWS_WITH(host.create<Obedient>({{"fail", std::string("exception")}}), "no disk");
  CHECK(create_status("exception") == BATON_EXCEPTION);
  CHECK(create_status("option") == BATON_BAD_OPTIONS);
  CHECK(create_status("unknown option") == BATON_EXCEPTION);
  CHECK(create_status("other type") == BATON_EXCEPTION);
  CHECK(create_status("no") == BATON_OK);
}

TEST_CASE("state of a version that is not read is refused before the constructor runs") {
  FakeHost host;

  CHECK(host.create<Obedient>({}, {{1, "old", "and more"}}).call("state").reply == "old/and more");
  try {
    host.create<Obedient>({}, {{3, "newer", ""}});
    FAIL("state of version 3 was taken over");
  } catch (const CreateFailed& error) {
    CHECK(error.status() == BATON_BAD_STATE);
    CHECK(std::string(error.what()) == "cannot take over state of version 3; it reads 1, 2");
  }
  CHECK_THROWS_WITH(host.create<BatchWise>({}, {{1, "", ""}}),
                    "cannot take over state of version 1; it takes over no state");
}

TEST_CASE("a saved state carries the version that the description says") {
  FakeHost host;
  Instance instance = host.create<Obedient>();
  notify(instance, {"a", "b"});

  const auto state = instance.save();

  REQUIRE(state);
  CHECK(state->version == 2);
  CHECK(state->data == "ab");
  CHECK_FALSE(host.create<BatchWise>().save());
}

TEST_CASE("terminate gives the value of delete_handler, and an exception in it is a status") {
  FakeHost host;
  Instance instance = host.create<Obedient>();

  CHECK(instance.terminate(BATON_TERMINATE_DELETED, "bye").reply == "gone: bye");
  CHECK(instance.terminate(BATON_TERMINATE_DELETED, "throw").status == BATON_EXCEPTION);
  CHECK(host.create<BatchWise>().terminate().status == BATON_OK);
}

TEST_CASE("a callback that is not overridden is absent from the table") {
  const baton_handler& table = baton::detail::HandlerAdapter<BatchWise>::table;

  CHECK(table.handle_call == nullptr);
  CHECK(table.handle_info == nullptr);
  CHECK(table.terminate == nullptr);
  CHECK(table.save == nullptr);
}

TEST_CASE(
    "a handler asks for another one in its place, at the event that asked and with the answer of a call") {
  FakeHost host;
  Instance instance = host.create<Obedient>();

  const CallbackResult event = instance.notify_all({{"do", "a"}, {"do", "swapOther"}, {"do", "b"}});
  CHECK(event.status == BATON_SWAP);
  CHECK(event.handled == 2);
  CHECK(event.then_what == "Other");
  CHECK(instance.call("do", "swapOther").then_what == "Other");
  CHECK(instance.notify("do", "swap").status == BATON_BAD_RETURN);  // for whom?
}

TEST_CASE("a handler asks for hibernation, and the last event of a batch counts") {
  FakeHost host;
  Instance instance = host.create<Obedient>();

  CHECK(instance.notify_all({{"do", "a"}, {"do", "hibernate"}}).then == BATON_THEN_HIBERNATE);
  CHECK(instance.notify_all({{"do", "hibernate"}, {"do", "a"}}).then == BATON_THEN_NOTHING);
  CHECK(instance.call("do", "hibernate").then == BATON_THEN_HIBERNATE);
  CHECK(instance.call("do", "").then == BATON_THEN_NOTHING);
}

TEST_CASE("a handler shows its state") {
  FakeHost host;
  Instance instance = host.create<Obedient>();
  instance.notify("do", "a");

  CHECK(instance.format_status().state == "a");
}
