// SPDX-License-Identifier: Apache-2.0
#include "host/app/bench_load.hpp"

#include "host/app/requests.hpp"
#include "host/app/session.hpp"
#include "host/control/client.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <system_error>

namespace baton {
namespace {

using Json = nlohmann::json;
using std::chrono::steady_clock;

constexpr std::size_t batch_max = 1000;  // events of one request
constexpr std::chrono::milliseconds tick{1};

/// How many of a request's events were accepted, and why the others were not.
struct Sent {
  std::uint64_t accepted = 0;
  std::optional<Error> error;
};

Sent sent_of(const Result<std::string>& answer) {
  if (!answer) {
    return {0, answer.error()};
  }
  const Json document = Json::parse(*answer, nullptr, false);
  if (!document.is_object()) {
    return {0, Error{Errc::io_failed, "the host's answer is no JSON"}};
  }
  Sent sent{document.value("accepted", std::uint64_t{0}), std::nullopt};
  if (document.contains("error")) {
    const auto code = errc_from_name(document["error"].value("code", ""));
    sent.error = Error{code.value_or(Errc::io_failed), document["error"].value("text", "")};
  }
  return sent;
}

}  // namespace

BenchLoad::BenchLoad(LoadPlan plan)
    : plan_(std::move(plan)), running_(plan_.producers), tallies_(plan_.producers) {
  for (std::size_t producer = 0; producer < plan_.producers; ++producer) {
    try {
      threads_.emplace_back([this, producer] {
        produce(producer);
        --running_;
      });
    } catch (const std::system_error& error) {
      tallies_[producer].error =
          Error{Errc::io_failed, fmt::format("no more threads than {}: {}", producer, error.what())};
      --running_;
    }
  }
}

BenchLoad::~BenchLoad() {
  stop();
  (void)join();
}

std::vector<ProducerTally> BenchLoad::join() {
  for (std::thread& thread : threads_) {
    thread.join();
  }
  threads_.clear();
  took_ = steady_clock::now() - begin_;
  return std::move(tallies_);
}

void BenchLoad::produce(std::size_t producer) {
  Client client(plan_.socket);
  Invocation invocation;
  invocation.verb = "notify";
  invocation.target = plan_.manager;
  invocation.type = plan_.type;
  ProducerTally& tally = tallies_[producer];
  while (!stop_ && steady_clock::now() - begin_ < plan_.duration) {
    const std::size_t count = due(tally.numbered);
    if (count == 0) {
      continue;
    }
    const Sent sent =
        sent_of(ask_host(client, lines_request(invocation, lines(producer, tally.numbered + 1, count))));
    tally.accepted += sent.accepted;
    if (!sent.error) {
      tally.numbered += count;
    } else if (sent.error->code == Errc::overloaded) {
      tally.numbered += sent.accepted;  // the first ones
      tally.rejected += count - sent.accepted;
    } else {
      tally.numbered += sent.accepted;
      tally.error = sent.error;
      return;
    }
  }
}

std::size_t BenchLoad::due(std::uint64_t sent) const {
  if (plan_.rate == 0) {
    return batch_max;
  }
  const auto elapsed = std::chrono::duration<double>(steady_clock::now() - begin_).count();
  const double own_rate = static_cast<double>(plan_.rate) / static_cast<double>(plan_.producers);
  const auto wanted = static_cast<std::uint64_t>(elapsed * own_rate) + 1;
  if (wanted <= sent) {
    std::this_thread::sleep_for(tick);
    return 0;
  }
  return static_cast<std::size_t>(std::min<std::uint64_t>(wanted - sent, batch_max));
}

std::string BenchLoad::lines(std::size_t producer, std::uint64_t first, std::size_t count) const {
  std::string lines;
  for (std::uint64_t number = first; number < first + count; ++number) {
    const std::size_t begin = lines.size();
    fmt::format_to(std::back_inserter(lines), "{} {} {}", plan_.run, producer, number);
    if (lines.size() - begin < plan_.size) {
      lines += ' ';
      lines.resize(std::max(lines.size(), begin + plan_.size), '.');
    }
    lines += '\n';
  }
  return lines;
}

}  // namespace baton
