// SPDX-License-Identifier: Apache-2.0
// Servers that speak to servers.
#include "bench/plugins/actors.hpp"

#include "bench/common/measure.hpp"
#include "bench/common/payload.hpp"
#include "bench/plugins/answers.hpp"

#include <baton/plugin.hpp>

#include <chrono>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>

namespace {

template <class Plain>
Plain read(std::string_view data) {
  Plain value{};
  if (data.size() != sizeof value) {
    throw std::runtime_error("a message has another size");
  }
  std::memcpy(&value, data.data(), sizeof value);
  return value;
}

template <class Plain>
std::string_view bytes_of(const Plain& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// Calls another server from within a callback, again and again.
class CallingServer final : public baton::Server {
 public:
  static constexpr auto callee = baton::option("callee", "", "which one");
  static constexpr auto description =
      baton::describe("CallingServer").help("calls a server, again and again").options(callee);

  explicit CallingServer(const baton::Init& init) : host_(init.host()), callee_(init.options()[callee]) {}

  baton::Next handle_call(const baton::Request& request, baton::From /*from*/, baton::Reply& reply) override {
    const auto order = read<bench::CallOrder>(request.data());
    bench::Latencies latencies(order.calls);
    const std::uint64_t begin = bench::now_ns();
    std::uint64_t last = begin;
    for (std::uint64_t i = 0; i < order.calls; ++i) {
      const bench::Payload payload = bench::payload_of(i);
      const baton::CallResult answer = host_.call(callee_, {.type = "rpc", .data = bytes_of(payload)},
                                                  std::chrono::milliseconds(order.timeout_ms));
      if (!answer || read<std::uint64_t>(answer.data) != i + 1) {
        throw std::runtime_error("a call has another answer: " + answer.data);
      }
      const std::uint64_t now = bench::now_ns();
      latencies.add(now - last);
      last = now;
    }
    latencies.sort();
    bench::reply_with(reply, bench::CallFigures{bench::per_operation(last - begin, order.calls),
                                                latencies.at(0.5), latencies.at(0.9), latencies.at(0.99),
                                                latencies.at(0.999), latencies.at(1)});
    return baton::Next::ok;
  }

 private:
  const baton::Host host_;
  const std::string callee_;
};

/// One of a ring, in which a token goes round: its number of hops that are left. Who calls learns the number
/// of tokens this one had, as soon as one comes with no hop left.
class RingServer final : public baton::Server {
 public:
  static constexpr auto next = baton::option("next", "", "to whom");
  static constexpr auto description = baton::describe("RingServer").help("hands a token on").options(next);

  explicit RingServer(const baton::Init& init)
      : host_(init.host()), next_(init.options()[next]), count_(init.host().intern("count")) {}

  baton::Next handle_cast(const baton::Request& request) override {
    const auto payload = read<bench::Payload>(request.data());
    ++tokens_;
    if (payload.seq > 0) {
      const bench::Payload less = bench::payload_of(payload.seq - 1);
      if (host_.cast(next_, {.type = "token", .data = bytes_of(less)}) != baton::Status::ok) {
        throw std::runtime_error("the next one took no token");
      }
    } else if (waiting_) {
      host_.reply(*waiting_, "done");
      waiting_.reset();
    }
    return baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& request, baton::From from, baton::Reply& reply) override {
    if (request.type_atom() == count_) {
      reply.json(std::to_string(tokens_));
      return baton::Next::ok;
    }
    waiting_ = from;
    return baton::Next::no_reply;
  }

 private:
  const baton::Host host_;
  const std::string next_;
  const baton::Atom count_;
  std::optional<baton::From> waiting_;
  std::uint64_t tokens_ = 0;
};

}  // namespace

BATON_PLUGIN("bench_actors", "1.0.0", CallingServer, RingServer)
