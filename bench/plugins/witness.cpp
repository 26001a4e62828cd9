// SPDX-License-Identifier: Apache-2.0
// What the order of messages is checked with, outside of the time that is measured, and when handlers run.
#include "bench/common/measure.hpp"
#include "bench/common/payload.hpp"
#include "bench/plugins/answers.hpp"

#include <baton/plugin.hpp>

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

/// Each producer p sends p * each … (p + 1) * each - 1. Throws when one of them does not come whole, once and
/// in its order.
class Witness {
 public:
  static constexpr auto producers = baton::option("producers", 1, "how many there are").at_least(1);
  static constexpr auto each = baton::option("each", 1, "how many messages each of them sends").at_least(1);

  explicit Witness(const baton::Init& init)
      : each_(static_cast<std::uint64_t>(init.options()[each])),
        seen_(static_cast<std::size_t>(init.options()[producers])) {}

  void take(std::string_view data) {
    bench::Payload payload{};
    if (data.size() != sizeof payload) {
      throw std::runtime_error("a message has another size");
    }
    std::memcpy(&payload, data.data(), sizeof payload);
    const std::uint64_t producer = payload.seq / each_;
    if (payload != bench::payload_of(payload.seq) || producer >= seen_.size()) {
      throw std::runtime_error("a message has another content");
    }
    if (payload.seq != producer * each_ + seen_[producer]) {
      throw std::runtime_error("lost, twice or out of order: " + std::to_string(payload.seq));
    }
    ++seen_[producer];
    ++count_;
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  std::uint64_t each_;
  std::vector<std::uint64_t> seen_;
  std::uint64_t count_ = 0;
};

constexpr baton::Description describe_witness(const char* name) {
  return baton::describe(name)
      .help("crashes when a message is lost, comes twice or out of order")
      .options(Witness::producers, Witness::each);
}

class WitnessHandler final : public baton::Handler {
 public:
  static constexpr auto description = describe_witness("WitnessHandler");

  explicit WitnessHandler(const baton::Init& init) : witness_(init) {}

  baton::Next handle_event(const baton::Event& event) override {
    witness_.take(event.data());
    return baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& /*request*/, baton::Reply& reply) override {
    reply.json(std::to_string(witness_.count()));
    return baton::Next::ok;
  }

 private:
  Witness witness_;
};

class WitnessServer final : public baton::Server {
 public:
  static constexpr auto description = describe_witness("WitnessServer");

  explicit WitnessServer(const baton::Init& init) : witness_(init) {}

  baton::Next handle_cast(const baton::Request& request) override {
    witness_.take(request.data());
    return baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& /*request*/, baton::From /*from*/,
                          baton::Reply& reply) override {
    reply.json(std::to_string(witness_.count()));
    return baton::Next::ok;
  }

 private:
  Witness witness_;
};

/// Notes when each of its calls is; any request is answered with the times, in nanoseconds.
class TickHandler final : public baton::Handler {
 public:
  static constexpr auto description = baton::describe("TickHandler").help("notes when it is called");

  TickHandler() { times_.reserve(times_expected); }

  baton::Next handle_event(const baton::Event& /*event*/) override {
    times_.push_back(bench::now_ns());
    return baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& /*request*/, baton::Reply& reply) override {
    reply.append({reinterpret_cast<const char*>(times_.data()), times_.size() * sizeof times_[0]},
                 baton::Atom::application_octet_stream);
    return baton::Next::ok;
  }

 private:
  static constexpr std::size_t times_expected = 400'000;
  std::vector<std::uint64_t> times_;
};

}  // namespace

BATON_PLUGIN("bench_witness", "1.0.0", WitnessHandler, WitnessServer, TickHandler)
