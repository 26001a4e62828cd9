// SPDX-License-Identifier: Apache-2.0
// Swaps of handlers with a large state, under load: how long events had to wait, and that none was lost.
//
// usage: baton_large_state_bench [WORDS] [RATE] [ROUNDS]
//        default: 1,000,000 words, 100,000 events a second (0: as fast as it goes), 5 rounds
//
// A state of 1,000,000 words has 56 MB as bytes and more than 100 MB in memory. Beside the handler that is
// swapped, the manager has a second one, which notes when it is called: the longest time between two calls is
// what events wait at worst. Prints for each way of handing the state over, as median (worst):
//   longest gap     between two calls, around the swap
//   without swap    the same in half a second without one: what the machine does to us anyway
//   work            the most processor time of the manager's thread between two calls: the gap, if the
//                   machine had nothing else to do
//   reported pause  what the swap says of itself
//   swap took       from the request to the answer
// Exit 1 if an event was lost, came twice or out of order.
#include "host/base/clock.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/loader/catalog.hpp"
#include "host/loader/library_store.hpp"
#include "host/runtime/atoms.hpp"
#include "host/runtime/registry.hpp"
#include "host/runtime/runtime.hpp"
#include "host/runtime/thread_pool.hpp"
#include "host/runtime/timer_thread.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <random>
#include <string>
#include <thread>
#include <time.h>
#include <vector>

namespace {

using namespace baton;
using Microseconds = std::chrono::microseconds;

template <class T>
T or_die(Result<T> result) {
  if (!result) {
    fmt::print(stderr, "baton_large_state_bench: {}\n", result.error().text);
    std::exit(1);
  }
  return std::move(*result);
}

struct Gaps {
  std::atomic<std::int64_t> longest_us{0};
  std::atomic<std::int64_t> longest_work_us{0};

  void forget() {
    longest_us = 0;
    longest_work_us = 0;
  }
};

/// Notes the longest time between two of its calls. The manager has a thread of its own.
class GapMeter final : public Handler {
 public:
  explicit GapMeter(Gaps& gaps) : gaps_(gaps) {}

  EventsOutcome handle_events(std::span<const Message> events) override {
    note(CLOCK_MONOTONIC, last_us_, gaps_.longest_us);
    note(CLOCK_THREAD_CPUTIME_ID, last_work_us_, gaps_.longest_work_us);
    return {HandlerVerdict::ok, events.size(), 0, {}};
  }

  CallOutcome handle_call(const Message& /*request*/) override {
    return {CallOutcome::Verdict::unknown_request, {}, {}};
  }

  InfoOutcome handle_info(const Message& /*info*/) override { return {}; }

  Result<Reply> terminate(const TerminateReason& /*why*/) override { return Reply{"ok"}; }

  Result<std::optional<State>> save() override { return std::optional<State>(); }

 private:
  static void note(clockid_t clock, std::int64_t& last_us, std::atomic<std::int64_t>& longest_us) {
    timespec now{};
    (void)::clock_gettime(clock, &now);
    const std::int64_t now_us = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
    if (last_us != 0) {
      longest_us.store(std::max(longest_us.load(), now_us - last_us));
    }
    last_us = now_us;
  }

  Gaps& gaps_;
  std::int64_t last_us_ = 0;
  std::int64_t last_work_us_ = 0;
};

class GapMeterFactory final : public HandlerFactory {
 public:
  explicit GapMeterFactory(Gaps& gaps) : gaps_(gaps) {}

  [[nodiscard]] const TypeInfo& type() const override { return type_; }

  Result<std::unique_ptr<Handler>> create(const InstanceInit& /*init*/,
                                          Services& /*services*/) const override {
    return std::make_unique<GapMeter>(gaps_);
  }

 private:
  Gaps& gaps_;
  const TypeInfo type_{"GapMeter", "", 0, {}};
};

struct Host {
  explicit Host(std::string folder) : folder_(std::move(folder)) {}

  ~Host() {
    for (const auto& process : registry.all()) {
      (void)process->stop(ExitReason::shutdown(), infinity);
    }
  }

  std::string folder_;
  SystemClock clock;
  std::unique_ptr<Log> log = make_stderr_log(LogLevel::error);
  AtomTable atoms;
  Registry registry;
  std::unique_ptr<LibraryStore> libraries = or_die(LibraryStore::open(folder_, *log));
  Quarantine quarantine{clock, *log};
  Catalog catalog{{}, *log, *libraries, quarantine};
  ThreadPool scheduler{0};
  TimerThread timers{clock};
  Runtime runtime{clock, *log, scheduler, timers, registry, atoms};

  std::shared_ptr<const HandlerFactory> factory(const std::string& file, const std::string& type) {
    return or_die(catalog.handler_factory_from_file(file, type));
  }
};

std::string word_of(std::size_t number) {  // as `fill` of the handlers makes them
  std::string word(40, '-');
  (void)std::to_chars(word.data(), word.data() + word.size(), number);
  return word;
}

/// Counts words, of all there are, until it is destroyed.
class Producer {
 public:
  Producer(Host& host, EventManager& manager, std::size_t words, std::uint64_t rate)
      : thread_([this, &host, &manager, words, rate] { run(host, manager, words, rate); }) {}

  ~Producer() { stop(); }

  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  /// How many events it has sent in all.
  std::uint64_t stop() {
    is_stopped_ = true;
    if (thread_.joinable()) {
      thread_.join();
    }
    return sent_;
  }

 private:
  void run(Host& host, EventManager& manager, std::size_t words, std::uint64_t rate) {
    constexpr std::size_t batch_max = 64;
    std::mt19937_64 random(1);
    std::vector<std::string> texts(batch_max);
    std::vector<Message> batch(batch_max);
    const auto begin = std::chrono::steady_clock::now();
    while (!is_stopped_) {
      std::size_t count = batch_max;
      if (rate > 0) {
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
        const auto due = static_cast<std::uint64_t>(elapsed.count() * static_cast<double>(rate));
        count = std::min<std::size_t>(due - std::min(due, sent_), batch_max);
        if (count == 0) {
          std::this_thread::sleep_for(Microseconds(100));
          continue;
        }
      }
      for (std::size_t i = 0; i < count; ++i) {
        texts[i] = word_of(random() % words);
        batch[i] = {};
        batch[i].type = to_str("word");
        batch[i].data = to_bytes(texts[i]);
        batch[i].content_type = BATON_TEXT_PLAIN;
        batch[i] = with_atom(batch[i], host.atoms);
      }
      (void)or_die(manager.notify({batch.data(), count}));
      sent_ += count;
    }
  }

  std::atomic<bool> is_stopped_{false};
  std::uint64_t sent_ = 0;  // the thread's, until it is joined
  std::thread thread_;
};

struct Case {
  const char* name;
  const char* type;
  const char* from;
  const char* to;
  std::size_t words_max;
  const char* why;  // not more
};

struct Measured {
  std::vector<std::int64_t> gap_us, quiet_gap_us, work_us, pause_us, took_us;
  SwapReport last;
  bool is_right = true;
};

std::string ask(EventManager& manager, const char* what, const std::string& data = {}) {
  Message request{};
  request.type = to_str(what);
  request.data = to_bytes(data);
  return or_die(manager.call("words", request, infinity)).data;
}

void measure_once(Host& host, const Case& one, std::size_t words, std::uint64_t rate, Measured& measured) {
  Gaps gaps;
  EventManagerOptions options;
  options.process.block_timeout = std::chrono::minutes(10);
  options.process.own_thread = true;
  const auto manager = or_die(EventManager::start(host.runtime, "", options));
  (void)or_die(manager->add_handler({"words", host.factory(one.from, one.type), {}}));
  (void)or_die(manager->add_handler({"gaps", std::make_shared<GapMeterFactory>(gaps), {}}));
  const auto successor = host.factory(one.to, one.type);
  (void)ask(*manager, "fill", std::to_string(words));

  Producer producer(host, *manager, words, rate);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  gaps.forget();
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  measured.quiet_gap_us.push_back(gaps.longest_us);
  gaps.forget();

  const auto begin = std::chrono::steady_clock::now();
  measured.last = or_die(manager->swap_handler({"words", {"words", successor, {}}, SwapMode::safe, "", ""}));
  const auto end = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  measured.gap_us.push_back(gaps.longest_us);
  measured.work_us.push_back(gaps.longest_work_us);
  measured.pause_us.push_back(measured.last.pause.count());
  measured.took_us.push_back(std::chrono::duration_cast<Microseconds>(end - begin).count());

  const std::uint64_t sent = producer.stop();
  measured.is_right = measured.is_right && ask(*manager, "total") == std::to_string(sent) &&
                      ask(*manager, "gaps") == "0" && ask(*manager, "words") == std::to_string(words);
  (void)manager->stop(ExitReason::shutdown(), infinity);
}

std::string shown(std::vector<std::int64_t> of_us) {
  std::sort(of_us.begin(), of_us.end());
  return fmt::format("{:.2f} ({:.2f})", static_cast<double>(of_us[of_us.size() / 2]) / 1000,
                     static_cast<double>(of_us.back()) / 1000);
}

int run(std::size_t words, std::uint64_t rate, std::size_t rounds, const std::string& folder) {
  constexpr std::size_t whole_max = 1'100'000;
  constexpr auto in_one_piece = "a state in one piece has at most 64 MiB";
  constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();
  const Case cases[] = {
      {"whole", "WholeWords", WORDS_1_0_0, WORDS_1_1_0, whole_max, in_one_piece},
      {"whole, converted", "WholeWords", WORDS_1_0_0, WORDS_2_0_0, whole_max, in_one_piece},
      {"host memory", "MemoryWords", WORDS_1_0_0, WORDS_1_1_0, std::size_t{1} << 20U, "its table is full"},
      {"parts", "PartedWords", WORDS_1_0_0, WORDS_1_1_0, no_limit, ""},
      {"parts, converted", "PartedWords", WORDS_1_0_0, WORDS_2_0_0, no_limit, ""},
  };
  Host host(folder);
  fmt::print("{} words, {} events/s, {} rounds; milliseconds, median (worst)\n", words,
             rate == 0 ? "all possible" : std::to_string(rate), rounds);
  fmt::print("{:17} {:>18} {:>16} {:>18} {:>18} {:>19} {:>6} {:>6}\n", "", "longest gap", "without swap",
             "work", "reported pause", "swap took", "MB", "parts");
  bool is_right = true;
  for (const Case& one : cases) {
    if (words > one.words_max) {
      fmt::print("{:17} not possible: {}\n", one.name, one.why);
      continue;
    }
    Measured measured;
    for (std::size_t round = 0; round < rounds; ++round) {
      measure_once(host, one, words, rate, measured);
    }
    const std::size_t bytes = measured.last.state_bytes + measured.last.memory_bytes;
    fmt::print("{:17} {:>18} {:>16} {:>18} {:>18} {:>19} {:6.0f} {:6}{}\n", one.name, shown(measured.gap_us),
               shown(measured.quiet_gap_us), shown(measured.work_us), shown(measured.pause_us),
               shown(measured.took_us), static_cast<double>(bytes) / 1e6, measured.last.state_parts,
               measured.is_right ? "" : "  WRONG: events were lost or came twice");
    std::fflush(stdout);
    is_right = is_right && measured.is_right;
  }
  fmt::print("{}\n", is_right ? "lost 0, twice 0, out of order 0" : "events were lost or came twice");
  return is_right ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (sodium_init() < 0) {
    return 1;
  }
  const std::size_t words = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const std::uint64_t rate = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100'000;
  const std::size_t rounds = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 5;
  std::string folder = (std::filesystem::temp_directory_path() / "baton-bench-XXXXXX").string();
  if (words == 0 || rounds == 0 || mkdtemp(folder.data()) == nullptr) {
    fmt::print(stderr, "usage: baton_large_state_bench [WORDS] [RATE] [ROUNDS]\n");
    return 64;
  }
  const int result = run(words, rate, rounds, folder);
  std::error_code ignored;  // it is in the temporary directory
  std::filesystem::remove_all(folder, ignored);
  return result;
}
