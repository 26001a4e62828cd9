// SPDX-License-Identifier: Apache-2.0
// What a pool does without the threads that the system refuses it.
#include "host/behaviour/supervisor.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/threaded_host.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <cerrno>
#include <limits>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

using namespace baton;
using namespace baton::test;

namespace {

constexpr Duration patience{60'000};

/// The system's threads, of which there may be no more. A pool asks for one at a time.
class Threads {
 public:
  /// So many more, and then none.
  void allow(int count) { allowed_ = count; }

  void allow_all() { allow(std::numeric_limits<int>::max()); }

  /// None for the next requests.
  void refuse(int count) { refused_ = count; }

  ThreadMaker maker() {
    return [this](std::function<void()> work) {
      if (refused_ > 0 || allowed_ == 0) {
        refused_ -= refused_ > 0 ? 1 : 0;
        throw std::system_error(EAGAIN, std::generic_category());
      }
      --allowed_;
      return std::thread(std::move(work));
    };
  }

 private:
  std::atomic<int> allowed_{std::numeric_limits<int>::max()};
  std::atomic<int> refused_{0};
};

/// Two servers: the callback of one calls the other.
struct CallersTest {
  Threads threads;
  ServerScript asking;
  ServerScript answering;
  ServerScript answering_next;
  Duration limit = patience;
  std::string got;  // what the other one has answered
  ThreadedHost host;
  std::shared_ptr<ServerProcess> asking_server = start("asking", asking);
  std::shared_ptr<ServerProcess> answering_server = start("answering", answering);

  explicit CallersTest(std::size_t workers) : host(workers, threads.maker()) {
    asking.on_run = [this](Services& services) {
      const auto reply = services.call("answering", host.message("echo", "hello"), limit);
      got = reply ? reply->data : code_of(reply);
    };
  }

  std::shared_ptr<ServerProcess> start(const std::string& name, ServerScript& script) {
    const auto server = ServerProcess::start(host.runtime, {name, script.factory(), {}, {}});
    REQUIRE(server);
    return *server;
  }

  /// What the one that asks was answered; it has come to its end.
  std::string ask() {
    REQUIRE(asking_server->call(host.message("run"), patience));
    return got;
  }
};

}  // namespace

TEST_CASE("a pool of fewer threads than workers works, and one of none is not made", "[thread_limit]") {
  Threads threads;
  ServerScript script;
  threads.allow(1);
  {
    ThreadedHost host(4, threads.maker());
    const auto server = ServerProcess::start(host.runtime, {"a", script.factory(), {}, {}});
    REQUIRE(server);
    CHECK((*server)->call(host.message("echo", "x"), patience));
    const auto told = host.log.all("no_thread");
    REQUIRE(told.size() == 1);
    CHECK(told[0].fields.at("workers") == "1");
    CHECK(told[0].fields.at("wanted") == "4");
  }
  threads.allow(0);
  CHECK_THROWS_AS(ThreadPool(4, nullptr, threads.maker()), std::system_error);
}

TEST_CASE("what a callback waits for is run as soon as there is a thread for it", "[thread_limit]") {
  CallersTest test(1);
  test.threads.refuse(3);

  CHECK(test.ask() == "hello");

  CHECK(test.host.log.count("no_thread") == 1);
}

TEST_CASE("a callback that waits in vain, as there is no thread, comes back in its time", "[thread_limit]") {
  CallersTest test(1);
  test.limit = Duration(20);
  test.threads.allow(0);

  CHECK(test.ask() == "timed_out");
  CHECK(test.ask() == "timed_out");
  CHECK(test.asking_server->call(test.host.message("echo", "x"), patience));
  CHECK(test.host.log.count("no_thread") == 1);  // not each time

  test.threads.allow_all();
  test.limit = patience;
  CHECK(test.ask() == "hello");
}

TEST_CASE("a supervisor stops a child that hangs although there are no threads", "[thread_limit]") {
  std::atomic<bool> is_inside{false};
  std::atomic<bool> may_go{false};
  CallersTest test(2);
  test.answering.on_run = [&](Services&) {
    is_inside = true;
    while (!may_go) {
      std::this_thread::yield();
    }
  };
  ChildSpec spec;
  spec.id = "answering";
  spec.shutdown = Duration(1);
  spec.start = [&]() -> Result<StartedChild> {
    return StartedChild(test.answering_server);
  };
  const auto supervisor = *Supervisor::start(test.host.runtime, "root", {}, {spec});
  const auto hangs = test.answering_server->send_request(test.host.message("run"));
  while (!is_inside) {
    std::this_thread::yield();
  }
  test.threads.allow(0);

  CHECK(supervisor->terminate_child("answering", patience));
  CHECK(test.asking_server->call(test.host.message("echo", "x"), patience));  // by the worker that is left

  // With threads there are two workers again, one of which waits for the other.
  test.threads.allow_all();
  const auto next = test.start("answering", test.answering_next);
  CHECK(test.ask() == "hello");
  may_go = true;
}

TEST_CASE("a process with its own thread takes its turns on a worker until there is a thread for it",
          "[thread_limit]") {
  Threads threads;
  ServerScript shared;
  ServerScript own;
  std::thread::id shared_ran_on;
  std::thread::id own_ran_on;
  shared.on_run = [&](Services&) {
    shared_ran_on = std::this_thread::get_id();
  };
  own.on_run = [&](Services&) {
    own_ran_on = std::this_thread::get_id();
  };
  ThreadedHost host(1, threads.maker());
  threads.allow(0);
  ServerSpec spec{"own", own.factory(), {}, {}};
  spec.process.own_thread = true;
  const auto shared_server =
      *ServerProcess::start(host.runtime, {"shared", shared.factory(), {}, {}}, patience);
  const auto started = ServerProcess::start(host.runtime, std::move(spec), patience);
  REQUIRE(started);
  const auto own_server = *started;
  const auto run_both = [&] {
    REQUIRE(shared_server->call(host.message("run"), patience));
    REQUIRE(own_server->call(host.message("run"), patience));
  };

  run_both();
  CHECK(own_ran_on == shared_ran_on);
  CHECK(host.log.count("no_thread") == 1);

  threads.allow_all();
  for (int turns = 0; own_ran_on == shared_ran_on && turns < 10'000; ++turns) {
    run_both();  // a call may come into the turn of the one before
  }
  CHECK(own_ran_on != shared_ran_on);
  CHECK(own_server->stop(ExitReason::normal(), patience));
}
