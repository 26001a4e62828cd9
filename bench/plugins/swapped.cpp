// SPDX-License-Identifier: Apache-2.0
// Counters that are swapped for their next version and back; built once for each BENCH_RELEASE.
#include "bench/common/payload.hpp"
#include "bench/plugins/answers.hpp"

#include <baton/plugin.hpp>

#include <array>
#include <cstddef>
#include <memory>

namespace {

constexpr std::size_t small_bytes = 24;
constexpr std::size_t large_bytes = std::size_t{1} << 20U;

/// A state of `bytes`, of which the first are the counter.
template <std::size_t bytes>
struct CountState {
  bench::Counter counter;
  std::array<char, bytes - sizeof(bench::Counter)> more;
};

template <std::size_t bytes>
class CountedState {
 public:
  explicit CountedState(const baton::Init& init) : state_(std::make_unique<CountState<bytes>>()) {
    if (const auto given = init.state()) {
      if (given->data.size() != sizeof *state_) {
        throw baton::BadState("it has another size");
      }
      std::memcpy(state_.get(), given->data.data(), sizeof *state_);
    }
  }

  bench::Counter& counter() { return state_->counter; }

  void save(baton::StateWriter& out) const {
    out.raw({reinterpret_cast<const char*>(state_.get()), sizeof *state_});
  }

 private:
  std::unique_ptr<CountState<bytes>> state_;
};

template <std::size_t bytes>
class CountingHandler : public baton::Handler {
 public:
  explicit CountingHandler(const baton::Init& init) : requests_(init.host()), state_(init) {}

  baton::Next handle_event(const baton::Event& event) override {
    state_.counter().take(bench::seq_of(event.data()));
    return baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    return requests_.answer(request, state_.counter(), reply) ? baton::Next::ok
                                                              : baton::Next::unknown_request;
  }

  void save(baton::StateWriter& out) const override { state_.save(out); }

 private:
  const bench::CounterRequests requests_;
  CountedState<bytes> state_;
};

class SwappedHandler final : public CountingHandler<small_bytes> {
 public:
  static constexpr auto description =
      baton::describe("SwappedHandler").help("counts events; a state of 24 bytes").state(1);

  using CountingHandler::CountingHandler;
};

class LargeSwappedHandler final : public CountingHandler<large_bytes> {
 public:
  static constexpr auto description =
      baton::describe("LargeSwappedHandler").help("counts events; a state of 1 MiB").state(1);

  using CountingHandler::CountingHandler;
};

}  // namespace

BATON_PLUGIN("bench_swapped", BENCH_RELEASE, SwappedHandler, LargeSwappedHandler)
