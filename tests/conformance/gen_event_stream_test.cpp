// SPDX-License-Identifier: Apache-2.0
// GenEvent's streams, and managers that consume each other's events. In OTP the sender's function decides
// whether the manager waits for the consumers; here the stream's own overflow policy does.
#include "host/behaviour/event_stream.hpp"
#include "host/behaviour/forwarder.hpp"
#include "tests/conformance/gen_event_fixture.hpp"

using namespace baton;
using namespace baton::test;

namespace {

using Overflow::block;

struct StreamTest : GenEvent {
  EventStream open(StreamOptions options = {}) {
    auto opened = manager->stream(std::move(options));
    REQUIRE(opened);
    return std::move(*opened);
  }

  static StreamOptions with(std::size_t capacity, Overflow overflow,
                            Duration block_timeout = Duration(5000)) {
    StreamOptions options;
    options.capacity = capacity;
    options.overflow = overflow;
    options.block_timeout = block_timeout;
    return options;
  }

  /// What the stream has next: the data, "end", or the code of the error.
  static std::string next(EventStream& stream) {
    const auto event = stream.next(Duration(0));
    if (!event) {
      return code_of(event);
    }
    return *event ? std::string(view((*event)->view().data)) : "end";
  }

  static std::string take(EventStream& stream, int count) {
    std::string taken;
    for (int i = 0; i < count; ++i) {
      taken += next(stream) + " ";
    }
    return taken;
  }

  /// Sends the numbers 1 to `last` one after the other.
  void count_to(int last, Mode mode) {
    for (int i = 1; i <= last; ++i) {
      send(mode, "n", std::to_string(i));
    }
  }
};

}  // namespace

TEST_CASE_METHOD(StreamTest, "a consumer gets the events from its subscription on and is a handler meanwhile",
                 "[ee-g11][xs-001][xs-002]") {
  const Mode mode = GENERATE(Mode::async, Mode::sync, Mode::ack);
  send(mode, "n", "before");
  {
    EventStream stream = open();
    CHECK(which() == Ids{stream.id()});
    count_to(5, mode);

    CHECK(take(stream, 3) == "1 2 3 ");
  }

  CHECK(which().empty());
}

TEST_CASE_METHOD(StreamTest, "an event of a stream is whole and owns its parts", "[ee-g11]") {
  EventStream stream = open();
  {
    const std::string type = "a type of its own";
    const std::string data = "data that is gone when the event is read";
    const std::string id = "id";
    baton_attributes attributes{sizeof(baton_attributes), to_str(id), {}, {}};
    Message event{};
    event.type = to_str(type);
    event.data = to_bytes(data);
    event.attributes = &attributes;
    REQUIRE(manager->sync_notify({&event, 1}));
  }

  const auto event = stream.next(Duration(0));

  REQUIRE((event && *event));
  const Message got = (*event)->view();
  CHECK(view(got.type) == "a type of its own");
  CHECK(view(got.data) == "data that is gone when the event is read");
  CHECK(view(got.attributes->id) == "id");
  CHECK(got.seq == 1);
}

TEST_CASE_METHOD(StreamTest,
                 "a stuck consumer with block holds up the manager at the first event without room",
                 "[xs-001][xs-002][differs]") {
  // OTP's consumer has room for none; here the stream says for how many.
  EventManagerOptions options;
  options.process.batch_max = 1;
  restart(options, {});
  EventStream stream = open(with(4, block, infinity));
  add({"behind"});
  std::string seen_when_held_up;
  HandlerScript consumer;  // a handler of another manager, which has time after 100 ms
  consumer.on_run = [&](Services&) {
    seen_when_held_up = std::to_string(script.trace.size());
    CHECK(take(stream, 2) == "1 2 ");  // room for two more: then all have theirs
  };
  const auto elsewhere = host.manager({}, "elsewhere");
  REQUIRE(elsewhere->add_handler({"consumer", consumer.factory(), {}}));
  (void)host.scheduler.start(Duration(100), [&] {
    const Message go = host.message("run");
    REQUIRE(elsewhere->notify({&go, 1}));
  });

  for (int i = 1; i <= 6; ++i) {
    notify("n", std::to_string(i));
  }
  CHECK(call("behind", "count") == "6");

  CHECK(seen_when_held_up == "4");
  CHECK(take(stream, 5) == "3 4 5 6 timed_out ");
}

TEST_CASE_METHOD(StreamTest,
                 "a manager is held up for block_timeout per batch, and the rest counts as refused",
                 "[xs-002][differs]") {
  EventStream stream = open(with(2, block, Duration(500)));
  add({"behind"});
  const std::vector<Message> events(6, host.message("n", "x"));
  const auto begin = host.clock.steady_now();

  const auto outcome = manager->sync_notify(events);

  REQUIRE(outcome);
  CHECK(host.clock.steady_now() - begin == Duration(500));
  CHECK(outcome->refused == 4);
  REQUIRE(outcome->failures.size() == 1);
  CHECK(outcome->failures[0].handler == stream.id());
  CHECK_FALSE(outcome->failures[0].crashed);
  CHECK(times("behind n x") == 6);
  CHECK(take(stream, 3) == "x x timed_out ");
}

TEST_CASE_METHOD(StreamTest,
                 "a stuck consumer that drops or refuses delays nobody, and what is lost is counted",
                 "[xs-003]") {
  const auto [policy, kept, dropped, refused] =
      GENERATE(table<Overflow, std::string, std::uint64_t, std::uint64_t>(
          {{Overflow::drop_newest, "1 2 timed_out ", 4, 0},
           {Overflow::drop_oldest, "5 6 timed_out ", 4, 0},
           {Overflow::reject, "1 2 timed_out ", 0, 4}}));
  EventStream stuck = open(with(2, policy));
  EventStream quick = open();
  const auto begin = host.clock.steady_now();

  count_to(6, Mode::sync);

  CHECK(host.clock.steady_now() == begin);
  CHECK(take(quick, 6) == "1 2 3 4 5 6 ");
  CHECK(take(stuck, 3) == kept);
  CHECK(stuck.dropped() == dropped);
  CHECK((*manager->which_handlers())[1].refused == refused);
}

TEST_CASE_METHOD(StreamTest, "a consumer that waits too long is told timed_out and may go on",
                 "[xs-004][differs]") {
  EventStream stream = open();
  const auto begin = host.clock.steady_now();

  CHECK(code_of(stream.next(Duration(50))) == "timed_out");

  CHECK(host.clock.steady_now() - begin == Duration(50));
  count_to(1, Mode::async);
  CHECK(next(stream) == "1");
}

TEST_CASE_METHOD(StreamTest, "a stream of a manager that has ended is process_ended", "[xs-007]") {
  REQUIRE(manager->stop(ExitReason::normal(), infinity));

  CHECK(code_of(manager->stream()) == "process_ended");
}

TEST_CASE_METHOD(StreamTest,
                 "consumers of different lengths get their part, and who leaves first disturbs nobody",
                 "[xs-008][xs-013]") {
  const Mode mode = GENERATE(Mode::async, Mode::sync, Mode::ack);
  const bool longer_first = GENERATE(true, false);
  auto longer = std::make_unique<EventStream>(open());
  auto shorter = std::make_unique<EventStream>(open());
  if (!longer_first) {
    std::swap(longer, shorter);
  }

  for (int i = 1; i <= 5; ++i) {
    send(mode, "n", std::to_string(i));
    if (i == 3) {
      CHECK(take(*shorter, 3) == "1 2 3 ");
      shorter.reset();
      CHECK(which() == Ids{longer->id()});
    }
  }

  CHECK(take(*longer, 6) == "1 2 3 4 5 timed_out ");
}

TEST_CASE_METHOD(StreamTest, "the end of the manager is the end of the stream, after the events from before",
                 "[xs-009][xs-014][xs-019][differs]") {
  const Mode mode = GENERATE(Mode::async, Mode::sync, Mode::ack);
  const ExitReason reason = GENERATE(ExitReason::normal(), ExitReason::shutdown());
  EventStream stream = open();
  count_to(3, mode);

  REQUIRE(manager->stop(reason, infinity));

  CHECK(take(stream, 5) == "1 2 3 end end ");
}

TEST_CASE_METHOD(StreamTest, "a manager that does not end in order ends the stream with an error",
                 "[xs-009][differs]") {
  EventStream stream = open();
  count_to(1, Mode::sync);
  SECTION("it stops with an error") {
    REQUIRE(manager->stop(ExitReason::error("why"), infinity));
  }
  SECTION("it is gone") {
    host.registry.remove(*manager);
    manager.reset();
  }

  CHECK(take(stream, 3) == "1 process_ended process_ended ");
}

TEST_CASE_METHOD(StreamTest, "a stream whose handler is swapped away or deleted ends with what was received",
                 "[xs-010][xs-015][xs-020]") {
  const Mode mode = GENERATE(Mode::async, Mode::sync, Mode::ack);
  EventStream stream = open();
  count_to(2, mode);
  std::string there = "h";
  SECTION("swapped, for one of the same id or another") {
    there = GENERATE(true, false) ? stream.id() : "h";
    const SwapMode swap_mode = GENERATE(SwapMode::safe, SwapMode::destructive);
    REQUIRE(manager->swap_handler({stream.id(), spec(there), swap_mode, {}, {}}));
  }
  SECTION("deleted") {
    REQUIRE(manager->delete_handler(stream.id(), {}));
    add({"h"});
  }
  count_to(2, mode);

  CHECK(take(stream, 3) == "1 2 end ");
  { const EventStream gone = std::move(stream); }
  CHECK(which() == Ids{there});  // the consumer's leave is not the new one's
}

TEST_CASE_METHOD(StreamTest, "a stream lives on when its manager has lost its name", "[xs-011][xs-021]") {
  const Mode mode = GENERATE(Mode::async, Mode::sync, Mode::ack);
  EventStream stream = open();
  count_to(1, mode);

  host.registry.remove(*manager);
  count_to(2, mode);

  CHECK(take(stream, 3) == "1 1 2 ");
  REQUIRE(manager->stop(ExitReason::normal(), infinity));
  CHECK(next(stream) == "end");
}

TEST_CASE_METHOD(StreamTest, "a consumer that gives up leaves nothing behind", "[xs-012][xs-022]") {
  const Mode mode = GENERATE(Mode::async, Mode::sync, Mode::ack);
  {
    EventStream stream = open(with(3, Overflow::drop_newest));
    count_to(3, mode);
    CHECK(next(stream) == "1");
    notify("n", "on its way");
  }
  CHECK(which().empty());

  EventStream second = open();
  CHECK(next(second) == "timed_out");
  count_to(1, mode);
  CHECK(take(second, 2) == "1 timed_out ");
}

TEST_CASE_METHOD(StreamTest, "a consumer that leaves while the manager waits for it lets it go on",
                 "[xs-012][xs-002]") {
  auto stream = std::make_unique<EventStream>(open(with(1, block, infinity)));
  add({"behind"});
  (void)host.scheduler.start(Duration(100), [&] { stream.reset(); });

  count_to(3, Mode::sync);

  CHECK(stream == nullptr);
  CHECK(which() == Ids{"behind"});
  CHECK(script.trace == Trace{"behind n 1", "behind n 2", "behind n 3"});
  CHECK(host.log.count_at_least(LogLevel::warning) == 0);
}

TEST_CASE_METHOD(StreamTest, "a stream may outlive its manager", "[xs-012]") {
  auto stream = std::make_unique<EventStream>(open());
  REQUIRE(manager->stop(ExitReason::normal(), infinity));
  manager.reset();

  CHECK(next(*stream) == "end");
  stream.reset();
}

TEST_CASE_METHOD(StreamTest, "a subscription that nobody waits for any more installs nothing", "[xs-012]") {
  // The manager is inside its handler; another one's handler subscribes and gives up.
  HandlerScript impatient;
  const auto upstream = host.manager({}, "upstream");
  REQUIRE(upstream->add_handler({"impatient", impatient.factory(), {}}));
  add({"h"});
  script.on_run = [&](Services& services) {
    REQUIRE(services.call("upstream/impatient", host.message("run"), infinity));
  };
  std::string code;
  impatient.on_run = [&](Services&) {
    code = code_of(manager->stream({}, Duration(10)));
  };

  CHECK(call("h", "run") == "ran");

  CHECK(code == "timed_out");
  CHECK(which() == Ids{"h"});
}

TEST_CASE_METHOD(StreamTest, "each stream has an id of its own, or the one that it was given", "[ee-g11]") {
  EventStream first = open();
  EventStream second = open();
  StreamOptions options;
  options.id = "audit";
  EventStream third = open(options);

  CHECK(which() == Ids{"audit", second.id(), first.id()});
  CHECK(first.id() != second.id());
  CHECK(code_of(manager->stream(options)) == "already_present");
}

TEST_CASE_METHOD(StreamTest, "a handler of the manager cannot wait for its next event", "[xs-004]") {
  EventStream stream = open();
  add({"h"});
  std::string code;
  script.on_run = [&](Services&) {
    code = code_of(stream.next());
  };

  sync_notify("run");

  CHECK(code == "calling_self");
}

TEST_CASE_METHOD(StreamTest, "a range goes over all events up to the end", "[xs-009]") {
  EventStream stream = open();
  count_to(3, Mode::sync);
  REQUIRE(manager->stop(ExitReason::normal(), infinity));

  std::string all;
  for (const OwnedMessage& event : stream) {
    all += std::string(view(event.view().data)) + " ";
  }

  CHECK(all == "1 2 3 ");
  CHECK(next(stream) == "end");
}

TEST_CASE_METHOD(StreamTest,
                 "a call to a stream's handler is unknown, an info is dropped, both change nothing",
                 "[xs-008]") {
  EventStream stream = open();

  CHECK(call(stream.id(), "any") == "unknown_request");
  send_info("any");

  CHECK(which() == Ids{stream.id()});
  CHECK(next(stream) == "timed_out");
}

// ---- Forwarding -----------------------------------------------------------------------------------

namespace {

struct ForwardTest : GenEvent {
  HandlerScript far;
  std::shared_ptr<EventManager> second = host.manager({}, "second");

  void forward(NotifyMode mode, Duration timeout = default_call_timeout) {
    REQUIRE(second->add_handler({"far", far.factory(), {}}));
    REQUIRE(manager->add_handler({"forward", make_forwarder(second, mode, timeout), {}}));
  }
};

}  // namespace

TEST_CASE_METHOD(ForwardTest, "a manager is the consumer of another in each of the three ways", "[xe-016]") {
  const NotifyMode forwarding = GENERATE(NotifyMode::notify, NotifyMode::sync_notify, NotifyMode::ack_notify);
  const Mode sending = GENERATE(Mode::async, Mode::sync, Mode::ack);
  forward(forwarding);

  send(sending, "msg", "1");
  send(sending, "msg", "2");

  CHECK(far.trace == Trace{"far msg 1", "far msg 2"});
  CHECK(which() == Ids{"forward"});
}

TEST_CASE_METHOD(ForwardTest, "what a sender by sync_notify knows at its return depends on the forwarder",
                 "[xe-016]") {
  SECTION("sync: the far handlers have run") {
    forward(NotifyMode::sync_notify);
    sync_notify("msg");
    CHECK(far.trace == Trace{"far msg"});
  }
  SECTION("async: they need not") {
    forward(NotifyMode::notify);
    sync_notify("msg");
    CHECK(far.trace.empty());
    host.scheduler.run_all();
    CHECK(far.trace == Trace{"far msg"});
  }
}

TEST_CASE_METHOD(ForwardTest,
                 "an event that the far manager does not take is refused and the forwarder stays",
                 "[xe-016]") {
  REQUIRE(second->stop(ExitReason::normal(), infinity));
  EventManagerOptions options;
  options.process.mailbox = {2, 1024, Overflow::reject};
  second = host.manager(options, "second");
  forward(NotifyMode::notify);
  const std::vector<Message> events(3, host.message("msg"));

  const auto outcome = manager->sync_notify(events);

  CHECK(outcome->refused == 1);
  CHECK(which() == Ids{"forward"});
  host.scheduler.run_all();
  CHECK(far.trace == Trace{"far msg", "far msg"});
}

TEST_CASE_METHOD(ForwardTest,
                 "a far manager that does not answer in time costs its events, not the forwarder",
                 "[xe-016]") {
  // The far manager is busy: inside its handler, which notifies the near one and waits for it.
  const NotifyMode mode = GENERATE(NotifyMode::sync_notify, NotifyMode::ack_notify);
  forward(mode, Duration(50));
  std::uint64_t refused = 0;
  far.on_run = [&](Services&) {
    const Message event = host.message("msg");
    const auto outcome = manager->sync_notify({&event, 1});
    REQUIRE(outcome);
    refused = outcome->refused;
  };
  const Message run = host.message("run");

  REQUIRE(second->sync_notify({&run, 1}));

  CHECK(refused == 1);
  CHECK(which() == Ids{"forward"});
}

TEST_CASE_METHOD(ForwardTest, "a forwarder leaves when the far manager has ended", "[xe-016]") {
  forward(GENERATE(NotifyMode::notify, NotifyMode::sync_notify, NotifyMode::ack_notify));
  REQUIRE(second->stop(ExitReason::normal(), infinity));
  if (GENERATE(true, false)) {
    second.reset();
  }

  sync_notify("msg");

  CHECK(which().empty());
  CHECK(host.log.count_at_least(LogLevel::warning) == 0);
}

TEST_CASE_METHOD(ForwardTest, "a manager cannot forward to itself", "[xe-016][differs]") {
  CHECK(code_of(manager->add_handler({"self", make_forwarder(manager, NotifyMode::notify), {}})) ==
        "init_failed");
}
