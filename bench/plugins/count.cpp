// SPDX-License-Identifier: Apache-2.0
#include "bench/common/payload.hpp"
#include "bench/plugins/answers.hpp"

#include <baton/plugin.hpp>

namespace {

/// Counts event by event, as most authors write it.
class CountHandler final : public baton::Handler {
 public:
  static constexpr auto description = baton::describe("CountHandler").help("counts events, one by one");

  explicit CountHandler(const baton::Init& init) : requests_(init.host()) {}

  baton::Next handle_event(const baton::Event& event) override {
    counter_.take(bench::seq_of(event.data()));
    return baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    return requests_.answer(request, counter_, reply) ? baton::Next::ok : baton::Next::unknown_request;
  }

 private:
  const bench::CounterRequests requests_;
  bench::Counter counter_;
};

/// The same for a batch at a time.
class BatchCountHandler final : public baton::Handler {
 public:
  static constexpr auto description =
      baton::describe("BatchCountHandler").help("counts events, batch by batch");

  explicit BatchCountHandler(const baton::Init& init) : requests_(init.host()) {}

  baton::BatchOutcome handle_events(const baton::Batch& events) override {
    bench::Counter counter = counter_;
    for (const baton::Event event : events) {
      counter.take(bench::seq_of(event.data()));
    }
    counter_ = counter;
    return baton::BatchOutcome::all();
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    return requests_.answer(request, counter_, reply) ? baton::Next::ok : baton::Next::unknown_request;
  }

 private:
  const bench::CounterRequests requests_;
  bench::Counter counter_;
};

/// Counts casts, and calls of type `rpc`, which it answers with the number behind that of the request.
class CountServer final : public baton::Server {
 public:
  static constexpr auto description = baton::describe("CountServer").help("counts casts and calls");

  explicit CountServer(const baton::Init& init) : requests_(init.host()), rpc_(init.host().intern("rpc")) {}

  baton::Next handle_cast(const baton::Request& request) override {
    counter_.take(bench::seq_of(request.data()));
    return baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& request, baton::From /*from*/, baton::Reply& reply) override {
    if (request.type_atom() == rpc_) {
      const std::uint64_t seq = bench::seq_of(request.data());
      counter_.take(seq);
      bench::reply_with(reply, seq + 1);
      return baton::Next::ok;
    }
    return requests_.answer(request, counter_, reply) ? baton::Next::ok : baton::Next::unknown_request;
  }

 private:
  const bench::CounterRequests requests_;
  const baton::Atom rpc_;
  bench::Counter counter_;
};

}  // namespace

BATON_PLUGIN("bench_count", "1.0.0", CountHandler, BatchCountHandler, CountServer)
