// SPDX-License-Identifier: Apache-2.0
#include "bench/common/payload.hpp"

#include <baton/plugin.hpp>

#include <string>

namespace {

/// Appends the number of each event to a list.
class AppendHandler final : public baton::Handler {
 public:
  static constexpr auto description = baton::describe("AppendHandler").help("appends events to a list");

  baton::Next handle_event(const baton::Event& event) override {
    appended_.take(bench::seq_of(event.data()));
    return baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    if (request.type() != "count") {
      return baton::Next::unknown_request;
    }
    reply.json(std::to_string(appended_.total()));
    return baton::Next::ok;
  }

 private:
  bench::Appended appended_;
};

/// The same for a batch at a time.
class BatchAppendHandler final : public baton::Handler {
 public:
  static constexpr auto description =
      baton::describe("BatchAppendHandler").help("appends events to a list, batch by batch");

  baton::BatchOutcome handle_events(const baton::Batch& events) override {
    for (const baton::Event event : events) {
      appended_.take(bench::seq_of(event.data()));
    }
    return baton::BatchOutcome::all();
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    if (request.type() != "count") {
      return baton::Next::unknown_request;
    }
    reply.json(std::to_string(appended_.total()));
    return baton::Next::ok;
  }

 private:
  bench::Appended appended_;
};

}  // namespace

BATON_PLUGIN("bench_append", "1.0.0", AppendHandler, BatchAppendHandler)
