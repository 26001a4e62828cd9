// SPDX-License-Identifier: Apache-2.0
#include <baton/plugin.hpp>

#include <cstdint>
#include <string>

namespace {

/// As little as a handler can do: what is left is the host's cost. Checks on the way that the numbers of the
/// events follow each other. Calls: `count`, `gaps`.
class CountHandler final : public baton::Handler {
 public:
  static constexpr auto description =
      baton::describe("CountHandler").help("counts events and gaps in their numbers");

  explicit CountHandler(const baton::Init& /*init*/) {}

  baton::BatchOutcome handle_events(const baton::Batch& events) override {
    for (const baton::Event event : events) {
      gaps_ += event.seq() == last_ + 1 ? 0U : 1U;
      last_ = event.seq();
      ++count_;
    }
    return baton::BatchOutcome::all();
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    if (request.type() != "count" && request.type() != "gaps") {
      return baton::Next::unknown_request;
    }
    reply.json(std::to_string(request.type() == "count" ? count_ : gaps_));
    return baton::Next::ok;
  }

 private:
  std::uint64_t last_ = 0;
  std::uint64_t count_ = 0;
  std::uint64_t gaps_ = 0;
};

}  // namespace

BATON_PLUGIN("bench_count", "1.0.0", CountHandler)
