// SPDX-License-Identifier: Apache-2.0
// E2, E3: events over the socket, some in each request, one request after the other.
#include "bench/common/lines.hpp"
#include "bench/end_to_end/requests.hpp"
#include "bench/end_to_end/wire.hpp"
#include "bench/end_to_end/workloads.hpp"
#include "host/control/client.hpp"

#include <algorithm>
#include <optional>

namespace bench {
namespace {

/// Until the handlers have had all. The time that this was.
template <class Ask>
std::uint64_t wait_until_handled(std::uint64_t n, Ask& ask) {
  const std::string all = reply_body(std::to_string(n));
  const std::uint64_t patience_ends = now_ns() + 10'000'000'000U;
  for (;;) {
    const bool has_all = ask(count_target, text_content_type, std::string_view()) == all;
    const std::uint64_t now = now_ns();
    require(has_all || now < patience_ends, "every line is handled, once and in order");
    if (has_all) {
      return now;
    }
  }
}

/// `ask(target, content type, body)` is the body of the answer.
template <class Ask>
void measure_notify(const Run& run, Ask ask) {
  const std::uint64_t lines = run.handlers;  // the number behind the slash
  const std::uint64_t requests = run.operations(std::min<std::uint64_t>(1'000'000, 100'000 * lines)) / lines;
  require(requests > 0, "there is a request");
  const std::string accepted = accepted_body(lines);
  NumberedLine next;
  std::string body;
  Latencies latencies(requests);
  const auto send = [&](std::uint64_t count) {
    latencies.clear();
    for (std::uint64_t i = 0; i < count; ++i) {
      write_lines(next, lines, body);
      const std::uint64_t begin = now_ns();
      require(ask(notify_target, lines_content_type, body) == accepted, "the lines are accepted");
      latencies.add(now_ns() - begin);
    }
  };
  const std::uint64_t warm_up = requests / 10;
  send(warm_up);
  (void)wait_until_handled(warm_up * lines, ask);
  const std::uint64_t begin = now_ns();
  send(requests);
  const std::uint64_t all = (warm_up + requests) * lines;
  const std::uint64_t end = wait_until_handled(all, ask);
  Result(run.peer, run.workload, requests * lines, per_operation(end - begin, requests * lines))
      .add("all", static_cast<double>(all))
      .add(latencies);
}

}  // namespace

void run_own_notify(const EndToEndRun& run) {
  std::optional<LeastServer> least;
  if (run.is_wire()) {
    least.emplace();
  }
  Wire wire(least ? least->descriptor() : Wire::connect(run.socket));
  std::string request;
  measure_notify(run, [&](std::string_view target, std::string_view content_type, std::string_view body) {
    write_post(target, content_type, body, request);
    require(wire.send(request), "the host takes a request");
    return wire.receive().body;
  });
}

void run_http_notify(const EndToEndRun& run) {
  baton::Client client(run.socket);
  measure_notify(run, [&](std::string_view target, std::string_view content_type, std::string_view body) {
    auto reply = client.request("POST", target, body, content_type);
    require(reply && reply->status == 200, "the host answers");
    return std::move(reply->body);
  });
}

}  // namespace bench
