// SPDX-License-Identifier: Apache-2.0
// Swaps that go wrong, or that come at a bad time: the old one goes on, and no event is lost.
#include "tests/zoo/zoo.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace baton::test {
namespace {

namespace fs = std::filesystem;

/// A counter as `zoo/guest`, and what it must have counted.
class Counter {
 public:
  Counter(Zoo& zoo, const char* plugin) : zoo_(zoo) { CHECK(zoo.add(plugin).empty()); }

  ~Counter() { zoo_.remove(); }

  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;

  void tick() {
    CHECK(zoo_.sync_notify("zoo", "tick").at("accepted") == 1);
    ++ticks_;
  }

  /// It is there, in that version, and has every tick.
  void expect(const std::string& version) {
    const std::string count = zoo_.call("zoo/guest", "count");
    CHECK(count.starts_with(version + " " + std::to_string(ticks_) + " "));
  }

 private:
  Zoo& zoo_;
  int ticks_ = 0;
};

void many_swaps(Zoo& zoo) {
  Counter counter(zoo, PLUGIN_counter_v1);
  for (int i = 0; i < 50; ++i) {
    counter.tick();
    CHECK(zoo.swap("zoo/guest", i % 2 == 0 ? PLUGIN_counter_v1_rebuilt : PLUGIN_counter_v1).empty());
  }
  counter.expect("1.0.0");
  const Json libraries = zoo.libraries();
  CHECK(std::none_of(libraries.begin(), libraries.end(),
                     [](const Json& library) { return library.at("state") == "pinned"; }));
}

void new_one_refuses(Zoo& zoo) {
  Counter counter(zoo, PLUGIN_counter_v1);
  counter.tick();
  CHECK(contains(zoo.swap("zoo/guest", PLUGIN_counter_refuses), "not with me"));
  counter.tick();
  CHECK(contains(zoo.swap("zoo/guest", PLUGIN_counter_throws), "map::at"));
  counter.tick();
  CHECK(contains(zoo.swap("zoo/guest", PLUGIN_counter_does_not_read), "version 1"));
  counter.tick();
  CHECK(contains(zoo.swap("zoo/guest", PLUGIN_counter_returns_null), "instance"));
  counter.tick();
  CHECK(contains(zoo.swap("zoo/guest", PLUGIN_constructor_crashes), "signal 11"));
  counter.tick();
  counter.expect("1.0.0");
}

void too_old_for_the_state(Zoo& zoo) {
  Counter counter(zoo, PLUGIN_counter_v2);
  counter.tick();
  CHECK(contains(zoo.swap("zoo/guest", PLUGIN_counter_v1), "version 2"));
  counter.tick();
  counter.expect("2.0.0");
}

/// `arrive` puts another version where the running one's file is.
template <class Arrive>
void replaced_while_it_runs(Zoo& zoo, Arrive arrive) {
  const fs::path file = zoo.drop(PLUGIN_counter_v1, "x.so");
  {
    Counter counter(zoo, file.c_str());
    counter.tick();
    arrive(file);
    counter.tick();
    counter.expect("1.0.0");
    CHECK(zoo.swap("zoo/guest", file).empty());
    counter.expect("2.0.0");
  }
  zoo.clear();
}

void copied_over(Zoo& zoo) {
  replaced_while_it_runs(zoo, [](const fs::path& file) {
    fs::copy_file(PLUGIN_counter_v2, file, fs::copy_options::overwrite_existing);
  });
}

void renamed_over(Zoo& zoo) {
  replaced_while_it_runs(zoo, [&zoo](const fs::path& file) {
    const std::size_t before = zoo.libraries().size();
    CHECK(zoo.swap("zoo/guest", file).empty());  // the same bytes: nothing is loaded
    CHECK(zoo.libraries().size() == before);
    zoo.drop(PLUGIN_counter_v2, "x.so");
  });
}

void leaves_something(Zoo& zoo) {
  CHECK(zoo.add(PLUGIN_leaves_thread_local).empty());
  zoo.sync_notify("zoo", "any");
  zoo.remove();
  const Json library = zoo.libraries().back();
  // The thread that has the object may be any of the host's; while it runs, the host says why.
  CHECK(library.at("state") == "pinned");
  CHECK(contains(library.at("reason"), "thread_local"));

  CHECK(zoo.add(PLUGIN_starts_timer).empty());
  CHECK(zoo.call("zoo/guest", "start") == "started");
  zoo.remove();
  CHECK(zoo.libraries().back().at("state") == "unloaded");
}

void side_by_side(Zoo& zoo) {
  CHECK(zoo.add(PLUGIN_counter_v1, "one").empty());
  zoo.sync_notify("zoo", "tick");
  CHECK(zoo.add(PLUGIN_counter_v2, "two").empty());
  zoo.sync_notify("zoo", "tick");
  CHECK(contains(zoo.call("zoo/one", "count"), "1.0.0 2 "));
  CHECK(zoo.call("zoo/two", "count") == "2.0.0 1 1");
  zoo.remove("one");
  zoo.remove("two");
}

void same_content_twice(Zoo& zoo) {
  zoo.drop(PLUGIN_counter_v2, "one.so");
  zoo.drop(PLUGIN_counter_v2, "two.so");
  CHECK(zoo.add(zoo.folder() / "one.so", "one").empty());
  const std::size_t loaded = zoo.libraries().size();
  CHECK(zoo.add(zoo.folder() / "two.so", "two").empty());
  CHECK(zoo.libraries().size() == loaded);
  zoo.sync_notify("zoo", "tick");
  CHECK(zoo.call("zoo/one", "count") == "2.0.0 1 2");  // they share the static
  zoo.remove("one");
  CHECK(zoo.call("zoo/two", "count") == "2.0.0 1 2");
  zoo.remove("two");
  zoo.clear();
}

void at_a_bad_time(Zoo& zoo) {
  {
    Counter counter(zoo, PLUGIN_counter_v1);
    std::atomic<int> failed = 0;
    const auto swap_often = [&](const char* plugin) {
      Client client = zoo.another_client();
      for (int i = 0; i < 15; ++i) {
        const Json recipe = {{"file", plugin}};
        const HostRequest request{"POST", "/v1/handlers/zoo/guest/swap", recipe.dump(), "application/json"};
        failed += ask_host(client, request) ? 0 : 1;
      }
    };
    std::thread one(swap_often, PLUGIN_counter_v1);
    std::thread other(swap_often, PLUGIN_counter_v1_rebuilt);
    for (int i = 0; i < 20; ++i) {
      counter.tick();
    }
    one.join();
    other.join();
    CHECK(failed == 0);
    counter.expect("1.0.0");
  }
  // A handler that takes itself out at an event, while a swap of it waits behind that event.
  CHECK(zoo.add(PLUGIN_obedient_handler).empty());
  const auto removing = zoo.ask("POST", "/v1/managers/zoo/notify?type=remove", "x");
  CHECK(removing);
  CHECK(contains(zoo.swap("zoo/guest", PLUGIN_obedient_handler), "no handler"));
  CHECK(contains(zoo.call("zoo/guest", "any"), "no handler"));
}

void strange_states(Zoo& zoo) {
  const auto swapped_with = [&zoo](const char* plugin) {
    CHECK(zoo.add(plugin).empty());
    const std::string error = zoo.swap("zoo/guest", PLUGIN_state_empty);
    CHECK(zoo.call("zoo/guest", "any") == "here");
    zoo.remove();
    return error;
  };
  CHECK(swapped_with(PLUGIN_state_empty).empty());
  CHECK_FALSE(swapped_with(PLUGIN_state_too_large).empty());
  CHECK_FALSE(swapped_with(PLUGIN_state_grows).empty());
  CHECK(contains(swapped_with(PLUGIN_state_of_other_version), "version"));
}

/// The trial of the other one lasts three seconds; everybody else is served meanwhile.
void others_are_served(Zoo& zoo) {
  // Other bytes than those that are in quarantine by now.
  const fs::path file = zoo.drop_bytes(bytes_of(PLUGIN_constructor_hangs) + "again", "x.so");
  std::atomic<bool> is_over = false;
  std::string error;
  std::thread loader([&] {
    Client client = zoo.another_client();
    const Json recipe = {{"file", file.string()}};
    const auto added =
        ask_host(client, {"POST", "/v1/managers/zoo/handlers", recipe.dump(), "application/json"});
    error = added ? "" : added.error().text;
    is_over = true;
  });
  int served = 0;
  while (!is_over) {
    CHECK(zoo.call("log/keeper", "count").starts_with("1.0.0 "));
    CHECK(zoo.sync_notify("zoo", "tick").at("accepted") == 1);
    ++served;
  }
  loader.join();
  CHECK(contains(error, "not done after 3000 ms"));
  CHECK(served > 10);
  zoo.clear();
}

}  // namespace

std::vector<Case> swapping_cases() {
  return {{"S1", many_swaps},      {"S2", new_one_refuses},    {"S3", too_old_for_the_state},
          {"S4", copied_over},     {"S5", renamed_over},       {"S6", leaves_something},
          {"S7", side_by_side},    {"S8", same_content_twice}, {"S9", at_a_bad_time},
          {"S10", strange_states}, {"S11", others_are_served}};
}

}  // namespace baton::test
