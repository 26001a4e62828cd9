// SPDX-License-Identifier: Apache-2.0
// Events through one manager with two handlers loaded from .so files, through the C boundary.
//
// usage: baton_bench [EVENTS] [PRODUCERS]          default 10,000,000 events of 32 bytes, one producer
//
// Prints what it cost per event and checks that nothing was lost and nothing came twice; exit 1 if so.
#include "host/base/clock.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/loader/catalog.hpp"
#include "host/loader/library_store.hpp"
#include "host/loader/option_values.hpp"
#include "host/runtime/atoms.hpp"
#include "host/runtime/registry.hpp"
#include "host/runtime/runtime.hpp"
#include "host/runtime/thread_pool.hpp"
#include "host/runtime/timer_thread.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace baton;

constexpr std::size_t send_batch = 64;  // events per call of notify: what a stream of lines does

template <class T>
T or_die(Result<T> result) {
  if (!result) {
    fmt::print(stderr, "baton_bench: {}\n", result.error().text);
    std::exit(1);
  }
  return std::move(*result);
}

struct Bench {
  explicit Bench(std::string folder) : folder_(std::move(folder)) {}

  ~Bench() {
    for (const auto& process : registry.all()) {
      (void)process->stop(ExitReason::shutdown(), infinity);
    }
  }

  std::string folder_;
  SystemClock clock;
  std::unique_ptr<Log> log = make_stderr_log(LogLevel::warning);
  AtomTable atoms;
  Registry registry;
  std::unique_ptr<LibraryStore> libraries = or_die(LibraryStore::open(folder_, *log));
  Quarantine quarantine{clock, *log};
  Catalog catalog{{BENCH_PLUGINS, OUR_PLUGINS}, *log, *libraries, quarantine};
  ThreadPool scheduler{0};
  TimerThread timers{clock};
  Runtime runtime{clock, *log, scheduler, timers, registry, atoms};

  HandlerSpec spec(const std::string& type, const std::vector<RawOption>& given) {
    const Offer offer = or_die(catalog.offer(OfferKind::handler, type));
    auto options = complete_options(offer, given, "/");
    if (!options) {
      fmt::print(stderr, "baton_bench: {}: {}\n", type, options.error().front().text);
      std::exit(1);
    }
    return {type, or_die(catalog.handler_factory(type)), std::move(*options)};
  }
};

std::uint64_t ask(EventManager& manager, const std::string& handler, const char* what) {
  Message request{};
  request.type = to_str(what);
  return std::stoull(or_die(manager.call(handler, request, infinity)).data);
}

void produce(EventManager& manager, const Message& event, std::uint64_t count) {
  const std::vector<Message> batch(send_batch, event);
  for (std::uint64_t sent = 0; sent < count; sent += send_batch) {
    const std::size_t n = std::min<std::uint64_t>(send_batch, count - sent);
    (void)or_die(manager.notify({batch.data(), n}));
  }
}

int run(std::uint64_t events, std::size_t producers, const std::string& folder) {
  Bench bench(folder);
  EventManagerOptions options;
  options.process.block_timeout = std::chrono::minutes(10);
  const auto manager = or_die(EventManager::start(bench.runtime, "bench", options));
  (void)or_die(manager->add_handler(bench.spec("CountHandler", {})));
  (void)or_die(manager->add_handler(
      bench.spec("LoggerHandler",
                 {{"print", "false"}, {"max_messages", "1000"}, {"types", std::vector<std::string>{}}})));

  const std::string data(32, 'x');
  Message event{};
  event.type = to_str("msg");
  event.data = to_bytes(data);
  event.content_type = BATON_TEXT_PLAIN;
  event = with_atom(event, bench.atoms);

  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < producers; ++i) {
    threads.emplace_back([&] { produce(*manager, event, events / producers); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  const auto sent = std::chrono::steady_clock::now();
  const std::uint64_t counted = ask(*manager, "CountHandler", "count");  // queues behind all events
  const auto end = std::chrono::steady_clock::now();
  const std::uint64_t gaps = ask(*manager, "CountHandler", "gaps");

  const std::uint64_t expected = events / producers * producers;
  const auto per_event = [&](auto time) {
    return std::chrono::duration<double, std::nano>(time).count() / static_cast<double>(expected);
  };
  fmt::print("{} events, {} producers, 2 handlers from .so files\n", expected, producers);
  fmt::print("  {:.2f} M events/s   {:.1f} ns per event (sending {:.1f} ns)\n",
             1000.0 / per_event(end - begin), per_event(end - begin), per_event(sent - begin));
  fmt::print("  lost {}   gaps {}   waiting at most {}\n", expected - counted, gaps,
             manager->mailbox_counters().waiting_max);
  return counted == expected && gaps == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (sodium_init() < 0) {
    return 1;
  }
  const std::uint64_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000;
  const std::size_t producers = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  std::string folder = (std::filesystem::temp_directory_path() / "baton-bench-XXXXXX").string();
  if (events == 0 || producers == 0 || mkdtemp(folder.data()) == nullptr) {
    fmt::print(stderr, "usage: baton_bench [EVENTS] [PRODUCERS]\n");
    return 64;
  }
  const int result = run(events, producers, folder);
  std::error_code ignored;  // it is in the temporary directory
  std::filesystem::remove_all(folder, ignored);
  return result;
}
