// SPDX-License-Identifier: Apache-2.0
// The shipped LoggerHandler and its next version take each other's place again and again, with their state,
// while four producers send as fast as the host takes it. What the handlers print says what arrived.
#include "host/loader/option_values.hpp"
#include "tests/plugin/loader_fixture.hpp"
#include "tests/support/threaded_host.hpp"
#include "tests/swaps/pause_probe.hpp"
#include "tests/swaps/printed_events.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <link.h>
#include <numeric>
#include <set>
#include <sstream>
#include <thread>

using namespace baton;
using namespace baton::test;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t swaps_by_default = 50;
constexpr bool memory_is_our_own = false;  // the sanitizer's book-keeping grows
#else
constexpr std::size_t swaps_by_default = 200;
constexpr bool memory_is_our_own = true;
#endif
constexpr std::size_t producers = 4;
constexpr std::size_t send_batch = 64;
constexpr std::size_t warm_up = 20;  // swaps until the allocator has what it needs

std::size_t swaps_wanted() {
  const char* const wanted = std::getenv("BATON_SWAPS");
  return wanted == nullptr ? swaps_by_default : std::stoul(wanted);
}

std::size_t resident_bytes() {
  std::istringstream numbers(content_of("/proc/self/statm"));
  std::size_t pages = 0;
  numbers >> pages >> pages;  // the second one
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// The different files below `folder` that the kernel has mapped into this process.
std::set<std::string> mapped_files(const std::filesystem::path& folder) {
  std::set<std::string> files;
  std::istringstream lines(content_of("/proc/self/maps"));
  for (std::string line; std::getline(lines, line);) {
    if (const auto at = line.find(folder.string()); at != std::string::npos) {
      files.insert(line.substr(at));
    }
  }
  return files;
}

std::size_t mappings() {
  const std::string maps = content_of("/proc/self/maps");
  return static_cast<std::size_t>(std::count(maps.begin(), maps.end(), '\n'));
}

/// The libraries below `folder` that the dynamic linker has.
std::size_t linked_libraries(const std::filesystem::path& folder) {
  std::pair<std::string, std::size_t> look = {folder.string(), 0};
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        auto& [name, count] = *static_cast<std::pair<std::string, std::size_t>*>(data);
        count += std::string_view(info->dlpi_name).starts_with(name) ? 1U : 0U;
        return 0;
      },
      &look);
  return look.second;
}

/// What one swap was, to be found again by the event behind which it happened.
struct Swapped {
  std::size_t number = 0;
  std::uint64_t at_event = 0;
  std::chrono::microseconds pause{};
};

struct LoadedHost {
  Loader loader;  // first: what the manager holds is let go before it
  Pauses pauses;
  ThreadedHost host;
  std::shared_ptr<EventManager> manager = start();
  Options options = logger_options();

  std::shared_ptr<EventManager> start() {
    EventManagerOptions wanted;
    wanted.process.block_timeout = std::chrono::minutes(10);
    wanted.process.mailbox.capacity = 2048;
    return *EventManager::start(host.runtime, "log", wanted);
  }

  Options logger_options() {
    loader.plugins.install(PLUGIN_logger, "logger.so");
    loader.catalog.rescan();
    const auto offer = loader.catalog.offer(OfferKind::handler, "LoggerHandler");
    REQUIRE(offer);
    const std::vector<RawOption> given = {{"max_messages", std::to_string(PrintedEvents::tail_size)}};
    auto complete = complete_options(*offer, given, "/");
    REQUIRE(complete);
    return std::move(*complete);
  }

  HandlerSpec spec(const std::filesystem::path& file) { return {"logger", loader.factory(file), options}; }

  SwapReport swap(const std::filesystem::path& file) {
    const auto report = manager->swap_handler({"logger", spec(file), SwapMode::safe, "", ""});
    REQUIRE(report);
    return *report;
  }

  /// Sends until told to stop. The result: the last number that was accepted.
  std::uint64_t produce(std::size_t producer, const std::atomic<bool>& stop) {
    std::uint64_t last = 0;
    std::vector<std::string> texts(send_batch);
    std::vector<Message> events(send_batch, host.message("msg"));
    while (!stop) {
      for (std::size_t i = 0; i < send_batch; ++i) {
        texts[i] = std::to_string(producer) + " " + std::to_string(last + i + 1);
        events[i].data = to_bytes(texts[i]);
      }
      if (!manager->notify(events)) {
        break;  // then less has been accepted than is printed, and the test fails
      }
      last += send_batch;
    }
    return last;
  }
};

/// The longest pause that a swap was part of, and the longest at all, for people.
std::string pause_text(const std::vector<Pause>& pauses, const std::vector<Swapped>& swaps) {
  const auto swap_in = [&](const Pause& pause) {
    return std::find_if(swaps.begin(), swaps.end(),
                        [&](const Swapped& swap) { return swap.at_event + 1 == pause.at_event; });
  };
  std::ostringstream text;
  for (const Pause& pause : pauses) {
    const auto swap = swap_in(pause);
    if (&pause == &pauses.front()) {
      text << "longest pause " << pause.length() << " us, "
           << (swap == swaps.end() ? "not in a swap" : "in swap " + std::to_string(swap->number));
    }
  }
  const auto longest = std::max_element(swaps.begin(), swaps.end(),
                                        [](const auto& a, const auto& b) { return a.pause < b.pause; });
  text << "; longest of a swap itself " << longest->pause.count() << " us (swap " << longest->number << ")";
  return text.str();
}

}  // namespace

TEST_CASE_METHOD(LoadedHost,
                 "swaps to and fro under full load lose nothing, double nothing and leave nothing behind",
                 "[swaps]") {
  const std::size_t count = swaps_wanted();
  const std::filesystem::path copies = loader.runtime.path();
  REQUIRE(manager->add_handler({"probe", std::make_shared<PauseProbeFactory>(pauses), {}}));
  REQUIRE(manager->add_handler(spec(PLUGIN_logger)));

  PrintedEvents printed(producers);
  std::atomic<bool> stop = false;
  std::array<std::uint64_t, producers> sent{};
  std::vector<std::thread> threads;
  for (std::size_t producer = 0; producer < producers; ++producer) {
    threads.emplace_back([&, producer] { sent.at(producer) = produce(producer, stop); });
  }

  std::vector<Swapped> swaps;
  std::size_t states_moved = 0;
  std::size_t leftovers = 0;
  std::size_t unloaded = 0;
  std::size_t pinned = 0;
  std::size_t resident_at_first = 0;
  std::size_t mappings_at_first = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t number = 1; number <= count; ++number) {
    const SwapReport report = swap(number % 2 == 1 ? PLUGIN_logger_next : PLUGIN_logger);
    swaps.push_back({number, report.at_message, report.pause});
    states_moved += report.state_moved ? 1U : 0U;
    leftovers += mapped_files(copies).size() != 1 || linked_libraries(copies) != 1 ? 1U : 0U;
    unloaded += loader.log.count("library_unloaded");
    pinned += loader.log.count("library_pinned");
    loader.log.clear();
    host.log.clear();
    if (number == std::min(warm_up, count)) {
      resident_at_first = resident_bytes();
      mappings_at_first = mappings();
    }
  }
  const std::size_t resident_at_last = resident_bytes();
  const std::size_t mappings_at_last = mappings();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  stop = true;
  for (std::thread& thread : threads) {
    thread.join();
  }
  const auto kept = manager->call("logger", host.message("messages"));  // queues behind all events
  const auto handlers = manager->which_handlers();
  printed.finish();

  std::uint64_t all = 0;
  std::uint64_t lost = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t out_of_order = 0;
  for (std::size_t producer = 0; producer < producers; ++producer) {
    const Sequence& seen = printed.sequences().at(producer);
    CAPTURE(producer);
    CHECK(sent.at(producer) > 0);
    CHECK(seen.next() == sent.at(producer) + 1);
    all += seen.events();
    lost += seen.missing() + sent.at(producer) + 1 - seen.next();
    duplicated += seen.duplicated();
    out_of_order += seen.out_of_order();
  }
  CHECK(lost == 0);
  CHECK(duplicated == 0);
  CHECK(out_of_order == 0);
  CHECK(all == std::accumulate(sent.begin(), sent.end(), std::uint64_t{0}));
  CHECK(printed.foreign_lines() == 0);

  CHECK(states_moved == count);
  std::string expected;
  for (const std::string& event : printed.tail()) {
    expected += (expected.empty() ? "[\"" : ", \"") + event + "\"";
  }
  REQUIRE(kept);
  CHECK((kept->data == expected + "]"));  // not shown when it fails: it is long

  CHECK(leftovers == 0);
  CHECK(unloaded + loader.log.count("library_unloaded") == count);
  CHECK(pinned + loader.log.count("library_pinned") == 0);
  REQUIRE(handlers);
  CHECK(handlers->front().instance > count);
  // The allocator's, and of a sanitizer's there are more; not one or more a swap.
  CHECK(mappings_at_last <=
        mappings_at_first + (memory_is_our_own ? 16 : static_cast<std::size_t>(count) / 2));
  if (memory_is_our_own) {
    CHECK(resident_at_last <= resident_at_first + (std::size_t{4} << 20U));
  }
  WARN(count << " swaps in " << took.count() << " s, " << all << " events ("
             << static_cast<std::uint64_t>(static_cast<double>(all) / took.count()) << "/s): lost " << lost
             << ", duplicated " << duplicated << ", out of order " << out_of_order << "; memory "
             << resident_at_first / 1024 << " -> " << resident_at_last / 1024 << " KiB, mappings "
             << mappings_at_first << " -> " << mappings_at_last << "; " << pause_text(pauses.all(), swaps));
}
