// SPDX-License-Identifier: Apache-2.0
#include "host/base/assert.hpp"
#include "host/behaviour/supervisor.hpp"
#include "tests/support/threaded_host.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace baton;
using namespace baton::test;

namespace {

/// Memory for one object at a time: who comes second lies where the first one lay.
class OnePlace {
 public:
  template <class T>
  struct Allocator {
    using value_type = T;

    explicit Allocator(OnePlace& the_place) : place(&the_place) {}

    template <class U>
    explicit Allocator(const Allocator<U>& other) : place(other.place) {}

    T* allocate(std::size_t count) {
      if (count * sizeof(T) > place->memory_.size() || place->is_taken_.exchange(true)) {
        throw std::bad_alloc();
      }
      return reinterpret_cast<T*>(place->memory_.data());
    }

    void deallocate(T* /*object*/, std::size_t /*count*/) { place->is_taken_ = false; }

    OnePlace* place;
  };

  template <class T, class... Args>
  std::shared_ptr<T> make(Args&&... args) {
    return std::allocate_shared<T>(Allocator<T>(*this), std::forward<Args>(args)...);
  }

  void wait_until_free() const {
    while (is_taken_) {
      std::this_thread::yield();
    }
  }

 private:
  alignas(std::max_align_t) std::array<std::byte, 4096> memory_{};
  std::atomic<bool> is_taken_{false};
};

class IdleProcess final : public Process {
 public:
  explicit IdleProcess(Runtime& runtime) : Process(runtime, "idle", {}) {}

 private:
  void handle_messages(std::span<const Message> /*messages*/) override {}

  void handle_stop(ExitReason reason) override { end(reason); }
};

}  // namespace

TEST_CASE("late news of a child's end is not taken for that of its successor") {
  ThreadedHost host;
  OnePlace place;
  int starts = 0;
  std::atomic<bool> is_starting_again{false};
  const auto start = [&]() -> Result<std::shared_ptr<Process>> {
    if (++starts > 2) {
      return fail(Errc::init_failed, "nobody asked for a third one");
    }
    if (starts == 2) {
      is_starting_again = true;
      place.wait_until_free();
    }
    const auto process = place.make<IdleProcess>(host.runtime);
    if (auto added = host.registry.add(process); !added) {
      return fail(added.error());
    }
    if (starts == 1) {  // before the supervisor's own monitor: its news comes when the next one is starting
      process->monitor([&](const ExitReason&) {
        while (!is_starting_again) {
          std::this_thread::yield();
        }
      });
    }
    return std::shared_ptr<Process>(process);
  };
  const auto supervisor = *Supervisor::start(host.runtime, "root", {}, {{"idle", start}});

  CHECK(supervisor->terminate_child("idle", infinity));
  CHECK(supervisor->restart_child("idle", infinity));

  const auto children = *supervisor->which_children(infinity);
  REQUIRE(children.size() == 1);
  CHECK(children[0].instance == 2);
  CHECK(children[0].restarts == 0);
  CHECK(host.log.count("child_terminated") == 0);
  CHECK(supervisor->stop(ExitReason::shutdown(), infinity));
}

namespace {

/// A process whose callback hangs until its test lets it go.
class HangingProcess final : public Process {
 public:
  HangingProcess(Runtime& runtime, bool own_thread, const std::atomic<bool>& may_go,
                 std::atomic<int>& hanging)
      : Process(runtime, "hanging", {{}, Duration(5000), 256, own_thread}),
        may_go_(may_go),
        hanging_(hanging) {}

  ~HangingProcess() override { --hanging_; }

  void hang() {
    ++hanging_;
    post([this] {
      is_inside_ = true;
      while (!may_go_) {
        std::this_thread::yield();
      }
      end(ExitReason::normal());
    });
    while (!is_inside_) {
      std::this_thread::yield();
    }
  }

 private:
  void handle_messages(std::span<const Message> /*messages*/) override {}

  void handle_stop(ExitReason reason) override { end(reason); }

  const std::atomic<bool>& may_go_;
  std::atomic<int>& hanging_;
  std::atomic<bool> is_inside_{false};
};

}  // namespace

TEST_CASE("a supervisor goes on without a child whose callback hangs, and starts another of its name") {
  const bool own_thread = GENERATE(false, true);
  const Duration shutdown = GENERATE(Duration(1), brutal_kill);
  std::atomic<bool> may_go{false};
  std::atomic<int> hanging{0};
  {
    ThreadedHost host;
    ChildSpec spec;
    spec.id = "hanging";
    spec.shutdown = shutdown;
    spec.start = [&]() -> Result<StartedChild> {
      const auto process = std::make_shared<HangingProcess>(host.runtime, own_thread, may_go, hanging);
      if (auto added = host.registry.add(process); !added) {
        return fail(added.error());
      }
      return StartedChild(process);
    };
    const auto supervisor = *Supervisor::start(host.runtime, "root", {}, {spec});
    std::dynamic_pointer_cast<HangingProcess>(host.registry.whereis("hanging"))->hang();

    CHECK(supervisor->terminate_child("hanging"));
    const auto again = supervisor->restart_child("hanging");
    REQUIRE(again);
    CHECK(again->instance == 2);
    CHECK(host.log.count("shutdown_error") == (shutdown == brutal_kill ? 0U : 1U));
    std::dynamic_pointer_cast<HangingProcess>(host.registry.whereis("hanging"))->hang();
    CHECK(supervisor->stop(ExitReason::shutdown(), infinity));
    CHECK(hanging == 2);
    may_go = true;  // before the threads are waited for
  }
  CHECK(hanging == 0);
}

namespace {

/// One of a chain: its callback runs that of the next one as a caller does who finds it at rest, and the last
/// one's hangs until its test lets it go.
class ChainedProcess final : public Process {
 public:
  ChainedProcess(Runtime& runtime, const std::string& name, std::shared_ptr<ChainedProcess> next,
                 const std::atomic<bool>& may_go)
      : Process(runtime, name, {}), next_(std::move(next)), may_go_(may_go) {}

  void begin() {
    post([this] { go_on(); });
  }

  void wait_until_it_hangs() const {
    while (!hangs_) {
      std::this_thread::yield();
    }
  }

 private:
  void go_on() {
    if (next_) {
      const Visit here = next_->visit(infinity);
      BATON_ASSERT(here);
      next_->go_on();
      return;
    }
    hangs_ = true;
    while (!may_go_) {
      std::this_thread::yield();
    }
  }

  void handle_messages(std::span<const Message> /*messages*/) override {}

  void handle_stop(ExitReason reason) override { end(reason); }

  const std::shared_ptr<ChainedProcess> next_;
  const std::atomic<bool>& may_go_;
  std::atomic<bool> hangs_{false};
};

/// Three of them; they are in the registry, by which the host ends them.
std::vector<std::shared_ptr<ChainedProcess>> make_chain(ThreadedHost& host, const std::string& names,
                                                        const std::atomic<bool>& may_go) {
  std::vector<std::shared_ptr<ChainedProcess>> chain(3);
  for (std::size_t place = chain.size(); place-- > 0;) {
    const auto next = place + 1 < chain.size() ? chain[place + 1] : nullptr;
    chain[place] =
        std::make_shared<ChainedProcess>(host.runtime, names + std::to_string(place), next, may_go);
    REQUIRE(host.registry.add(chain[place]));
  }
  return chain;
}

}  // namespace

TEST_CASE("a worker that hangs in a process which it visits is replaced, whichever it is in is given up") {
  constexpr std::size_t workers = 2;
  const std::size_t given_up = GENERATE(0U, 1U, 2U);  // who began, who is on the way, who hangs
  std::atomic<bool> may_go{false};
  ThreadedHost host(workers);
  for (std::size_t round = 0; round < workers; ++round) {
    const auto chain = make_chain(host, "round " + std::to_string(round) + " ", may_go);
    chain[0]->begin();
    chain[2]->wait_until_it_hangs();
    chain[given_up]->abandon();
  }

  auto manager = EventManager::start(host.runtime, "log", {});
  REQUIRE(manager);
  CHECK((*manager)->which_handlers(Duration(10'000)));

  may_go = true;  // before the threads are waited for
}
