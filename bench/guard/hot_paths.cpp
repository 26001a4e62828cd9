// SPDX-License-Identifier: Apache-2.0
// The hot paths on one thread, for callgrind: what is counted is what bench::measured() calls.
//
// usage: baton_hot_paths PATH COUNT     baton_hot_paths list
//
// The host's processes run on this thread, under the scheduler of the tests, so that each run is the same to
// the last instruction. What threads cost (parking, waking, cache lines on their way) is not in it.
#include "bench/common/measure.hpp"
#include "bench/workloads/plugins.hpp"
#include "host/runtime/registry.hpp"
#include "host/runtime/runtime.hpp"
#include "tests/support/manual_scheduler.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/// The switch of --toggle-collect.
__attribute__((noinline)) void measured(const std::function<void()>& work) {
  work();
}

namespace {

using namespace baton;

/// A host without threads.
class QuietHost {
 public:
  QuietHost() { scheduler_.lets_callers_in(true); }  // as the threads of a host do

  ~QuietHost() {
    for (const auto& process : registry_.all()) {
      (void)process->stop(ExitReason::shutdown(), infinity);
    }
  }

  std::shared_ptr<EventManager> manager() {
    EventManagerOptions options;
    options.process.mailbox.capacity = 1'000'000;
    return or_die(EventManager::start(runtime_, "", options));
  }

  ServerSpec server_spec() {
    ServerSpec spec = plugins.server("count", "CountServer");
    spec.process.mailbox.capacity = 1'000'000;
    return spec;
  }

  std::shared_ptr<ServerProcess> start(ServerSpec spec) {
    return or_die(ServerProcess::start(runtime_, std::move(spec)));
  }

  std::shared_ptr<ServerProcess> server() { return start(server_spec()); }

  std::shared_ptr<ServerProcess> ring_server(const std::string& name, const std::string& next) {
    return start(plugins.server("actors", "RingServer", {{"next", next}}, name));
  }

  void run_all() { scheduler_.run_all(); }

  Plugins plugins;
  AtomTable atoms;

 private:
  test::ManualClock clock_;
  test::ManualScheduler scheduler_{clock_};
  Registry registry_;
  Runtime runtime_{clock_, plugins.log(), scheduler_, scheduler_, registry_, atoms};
};

/// Once to warm up, once for the count. Messages that are sent are handled every so often.
template <class Once>
void count_one_by_one(QuietHost& host, std::uint64_t count, Once once) {
  constexpr std::uint64_t sent_at_once = 256;
  const auto work = [&] {
    for (std::uint64_t seq = 0; seq < count; ++seq) {
      once(seq);
      if (seq % sent_at_once == sent_at_once - 1) {
        host.run_all();
      }
    }
    host.run_all();
  };
  work();
  measured(work);
}

void count_cast(std::uint64_t count) {
  QuietHost host;
  const auto server = host.server();
  Numbered numbered(host.atoms);
  count_one_by_one(host, count, [&](std::uint64_t seq) {
    require(server->cast({&numbered(seq), 1}).has_value(), "a cast is accepted");
  });
  const auto counter = plain<Counter>(or_die(server->call(request_of("get", host.atoms), infinity)));
  require(counter.count == 2 * count, "every cast is handled");
}

void count_call(std::uint64_t count, Duration timeout) {
  QuietHost host;
  const auto server = host.server();
  Numbered rpc(host.atoms, "rpc");
  count_one_by_one(host, count, [&](std::uint64_t seq) {
    const auto reply = server->call(rpc(seq), timeout);
    require(reply && plain<std::uint64_t>(*reply) == seq + 1, "a call has its answer");
  });
}

/// A server for each operation; all of them are there at the end.
void count_start(std::uint64_t count) {
  QuietHost host;
  std::vector<std::shared_ptr<ServerProcess>> servers;
  servers.reserve(2 * count);
  const ServerSpec spec = host.server_spec();
  count_one_by_one(host, count, [&](std::uint64_t) { servers.push_back(host.start(spec)); });
  require(servers.size() == 2 * count, "every server is there");
}

/// Two servers that hand a token to each other, by name.
void count_cast_from_plugin(std::uint64_t count) {
  QuietHost host;
  const auto one = host.ring_server("one", "other");
  const auto other = host.ring_server("other", "one");
  const auto work = [&] {
    Numbered token(host.atoms, "token");
    require(one->cast({&token(count - 1), 1}).has_value(), "a cast is accepted");
    host.run_all();
  };
  work();
  measured(work);
  const auto tokens_of = [&host](ServerProcess& server) {
    return std::stoull(or_die(server.call(request_of("count", host.atoms), infinity)).data);
  };
  require(tokens_of(*one) + tokens_of(*other) == 2 * count, "every token has come");
}

/// One event per call of the API, to handlers of these types; `notify` returns whether it was accepted.
template <class Notify>
void count_notify(std::uint64_t count, const std::vector<std::pair<const char*, const char*>>& handlers,
                  Notify notify) {
  QuietHost host;
  const auto manager = host.manager();
  for (std::size_t i = 0; i < handlers.size(); ++i) {
    (void)or_die(manager->add_handler(
        host.plugins.handler(handlers[i].first, handlers[i].second, {}, std::to_string(i))));
  }
  Numbered numbered(host.atoms);
  count_one_by_one(host, count, [&](std::uint64_t seq) {
    require(notify(*manager, numbered(seq)), "an event is accepted");
  });
  const auto counter = plain<Counter>(or_die(manager->call("0", request_of("get", host.atoms), infinity)));
  require(counter.count == 2 * count, "every event is handled");
}

bool notify_one(EventManager& manager, const Message& event) {
  return manager.notify({&event, 1}).has_value();
}

bool sync_notify_one(EventManager& manager, const Message& event) {
  return manager.sync_notify({&event, 1}).has_value();
}

struct Path {
  const char* name;
  std::function<void(std::uint64_t count)> run;
};

std::vector<Path> hot_paths() {
  const std::vector<std::pair<const char*, const char*>> two = {{"count", "CountHandler"},
                                                                {"append", "AppendHandler"}};
  const std::vector<std::pair<const char*, const char*>> hundred(100, {"count", "BatchCountHandler"});
  return {
      {"cast", count_cast},
      {"notify",
       [two](std::uint64_t count) {
         count_notify(count, two, notify_one);
       }},
      {"sync_notify",
       [two](std::uint64_t count) {
         count_notify(count, two, sync_notify_one);
       }},
      {"call",
       [](std::uint64_t count) {
         count_call(count, default_call_timeout);
       }},
      {"call_no_limit",
       [](std::uint64_t count) {
         count_call(count, infinity);
       }},
      {"cast_from_plugin", count_cast_from_plugin},
      {"start", count_start},
      {"notify_100_handlers",
       [hundred](std::uint64_t count) {
         count_notify(count, hundred, notify_one);
       }},
  };
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  const std::string wanted = argc > 1 ? argv[1] : "";
  const std::uint64_t count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 0;
  for (const bench::Path& path : bench::hot_paths()) {
    if (wanted == "list") {
      fmt::print("{}\n", path.name);
    } else if (wanted == path.name && count > 0) {
      path.run(count);
      return 0;
    }
  }
  if (wanted != "list") {
    fmt::print(stderr, "usage: baton_hot_paths PATH COUNT | baton_hot_paths list\n");
    return 64;
  }
  return 0;
}
