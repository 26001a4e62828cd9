// SPDX-License-Identifier: Apache-2.0
#include "bench/common/lines.hpp"

#include <baton/plugin.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace {

/// Expects the lines 0, 1, 2, …, each byte of them. Crashes, and is removed, when one is lost, comes twice or
/// out of order. Any request is answered with how many there were.
class LineHandler final : public baton::Handler {
 public:
  static constexpr auto description =
      baton::describe("LineHandler")
          .help("crashes when a numbered line is lost, comes twice or out of order");

  baton::Next handle_event(const baton::Event& event) override {
    if (event.data() != expected_.text()) {
      throw std::runtime_error("line " + std::to_string(count_) + " is `" + std::string(event.data()) + "`");
    }
    expected_.step();
    ++count_;
    return baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& /*request*/, baton::Reply& reply) override {
    reply.text(std::to_string(count_));
    return baton::Next::ok;
  }

 private:
  bench::NumberedLine expected_;
  std::uint64_t count_ = 0;
};

/// Answers with what it is asked.
class EchoServer final : public baton::Server {
 public:
  static constexpr auto description = baton::describe("EchoServer").help("answers with what it is asked");

  baton::Next handle_call(const baton::Request& request, baton::From /*from*/, baton::Reply& reply) override {
    reply.text(request.data());
    return baton::Next::ok;
  }
};

}  // namespace

BATON_PLUGIN("bench_lines", "1.0.0", LineHandler, EchoServer)
