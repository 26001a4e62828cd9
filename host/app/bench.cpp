// SPDX-License-Identifier: Apache-2.0
#include "host/app/bench.hpp"

#include "host/app/bench_load.hpp"
#include "host/app/bench_report.hpp"
#include "host/app/bench_watch.hpp"
#include "host/app/command_line.hpp"
#include "host/app/requests.hpp"
#include "host/app/session.hpp"
#include "host/loader/units.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <ctime>
#include <ostream>
#include <unistd.h>

namespace baton {
namespace {

using Json = nlohmann::json;

constexpr std::string_view checker_type = "SequenceCheck";
constexpr timespec look_every{0, 20'000'000};  // 50 looks a second see every instance of 3,000 swaps a second

/// Keeps SIGINT and SIGTERM from ending the process, for this thread and those it starts, so that the
/// checker is taken out of the manager in any case.
class HeldSignals {
 public:
  HeldSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }

  ~HeldSignals() {
    while (wait_for_one(timespec{})) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  /// False: none came in that time.
  bool wait_for_one(timespec time) { return sigtimedwait(&signals_, nullptr, &time) > 0; }

 private:
  sigset_t signals_{};
  sigset_t before_{};
};

/// A SequenceCheck in the manager, for as long as this lives.
class Checker {
 public:
  Checker(Client& client, std::string manager, std::string run)
      : client_(client), manager_(std::move(manager)), id_("bench-" + run), run_(std::move(run)) {}

  ~Checker() {
    if (is_installed_) {
      (void)ask_host(client_, {"DELETE", path(), {}, {}});
    }
  }

  Checker(const Checker&) = delete;
  Checker& operator=(const Checker&) = delete;

  Result<void> install() {
    const Json recipe = {{"type", checker_type}, {"id", id_}, {"options", {{"run", run_}}}};
    const auto added = ask_host(client_, {"POST", "/v1/managers/" + percent_encoded(manager_) + "/handlers",
                                          recipe.dump(), "application/json"});
    if (!added && added.error().code == Errc::plugin_not_found) {
      return fail(added.error().code,
                  added.error().text +
                      "\nhelp: --verify needs the plugin sequence_check in one of the host's "
                      "`plugins.directories`; it is built and installed with the others");
    }
    is_installed_ = added.has_value();
    return added ? Result<void>() : fail(added.error());
  }

  /// What it saw; waits for all events that were sent before.
  Result<std::string> report() {
    auto answer =
        ask_host(client_, {"POST", path() + "/call?type=report&timeout_ms=600000", {}, "text/plain"});
    if (!answer) {
      return answer;
    }
    return Json::parse(*answer).value("reply", "");
  }

 private:
  [[nodiscard]] std::string path() const {
    return "/v1/handlers/" + percent_encoded(manager_) + "/" + percent_encoded(id_);
  }

  Client& client_;
  const std::string manager_;
  const std::string id_;
  const std::string run_;
  bool is_installed_ = false;
};

Result<LoadPlan> plan_of(const Invocation& invocation, const std::filesystem::path& socket) {
  const auto rate = parse_rate(invocation.rate);
  if (!rate) {
    return fail(rate.error());
  }
  const auto duration = parse_duration_ms(invocation.duration);
  if (!duration || *duration == 0) {
    return fail(Errc::bad_request,
                fmt::format("--duration: {}", duration ? "more than 0 is needed" : duration.error()));
  }
  LoadPlan plan;
  plan.socket = socket;
  plan.manager = invocation.target;
  plan.type = invocation.type;
  plan.run = fmt::format("{:x}", static_cast<std::uint64_t>(::getpid()));
  plan.producers = invocation.producers;
  plan.rate = *rate;
  plan.duration = std::chrono::milliseconds(*duration);
  plan.size = invocation.size;
  return plan;
}

class Bench {
 public:
  Bench(const Invocation& invocation, LoadPlan plan)
      : verifies_(invocation.verifies),
        plan_(std::move(plan)),
        client_(plan_.socket),
        watch_(client_, plan_.manager),
        checker_(client_, plan_.manager, plan_.run) {}

  Result<BenchReport> run() {
    HeldSignals signals;
    // It says who is meant, when there is no such manager.
    const auto known = ask_host(client_, {"GET", handlers_path(), {}, {}});
    const auto installed = known && verifies_ ? checker_.install() : Result<void>();
    const auto begun = known && installed ? watch_.begin() : Result<void>();
    if (!known || !installed || !begun) {
      return fail(!known ? known.error() : !installed ? installed.error() : begun.error());
    }
    BenchReport report = send(signals);
    return finish(std::move(report));
  }

 private:
  [[nodiscard]] std::string handlers_path() const {
    return "/v1/managers/" + percent_encoded(plan_.manager) + "/handlers?timeout_ms=600000";
  }

  BenchReport send(HeldSignals& signals) {
    BenchReport report;
    report.manager = plan_.manager;
    report.producers = plan_.producers;
    BenchLoad load(plan_);
    while (!load.is_done()) {
      if (signals.wait_for_one(look_every)) {
        load.stop();
      }
      if (const auto looked = watch_.look(); !looked) {
        load.stop();
        report.error = looked.error();
      }
    }
    sent_ = load.join();
    report.took = load.took();
    for (const ProducerTally& producer : sent_) {
      report.accepted += producer.accepted;
      report.rejected += producer.rejected;
      report.error = report.error ? report.error : producer.error;
    }
    return report;
  }

  Result<BenchReport> finish(BenchReport report) {
    // Answered behind everything that was sent.
    const auto all_handled = ask_host(client_, {"GET", handlers_path(), {}, {}});
    const auto looked = all_handled ? watch_.look() : Result<void>();
    if (!all_handled || !looked) {
      return fail(!all_handled ? all_handled.error() : looked.error());
    }
    report.handlers = watch_.handlers();
    report.dropped = watch_.mailbox().dropped;
    report.is_complete = watch_.is_complete();
    report.had_other_events = watch_.mailbox().accepted != report.accepted;
    if (!verifies_) {
      return report;
    }
    const auto seen = checker_.report();
    auto verified = seen ? verified_of(*seen, sent_, report.handlers) : fail(seen.error());
    if (!verified) {
      return fail(verified.error());
    }
    report.verified = std::move(*verified);
    return report;
  }

  const bool verifies_;
  const LoadPlan plan_;
  Client client_;
  BenchWatch watch_;
  Checker checker_;
  std::vector<ProducerTally> sent_;
};

}  // namespace

Result<std::uint64_t> parse_rate(std::string_view text) {
  if (text.empty() || text == "max") {
    return 0;
  }
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  const double factor = unit.empty() ? 1 : unit == "k" ? 1e3 : unit == "M" ? 1e6 : 0;
  const double rate = number * factor;
  if (problem != std::errc() || !(rate >= 1 && rate <= 1e9)) {
    return fail(
        Errc::bad_request,
        fmt::format("--rate: `{}` is no rate; events per second are expected: 50000, 200k, 1.5M or max",
                    text));
  }
  return static_cast<std::uint64_t>(rate);
}

ExitCode run_bench(const Invocation& invocation, const std::filesystem::path& socket, std::ostream& out,
                   std::ostream& err) {
  auto plan = plan_of(invocation, socket);
  if (!plan) {
    return print_reply({ExitCode::usage,
                        fmt::format("baton bench: {}\n`baton bench --help` says more\n", plan.error().text)},
                       invocation.format, out, err);
  }
  const auto report = Bench(invocation, std::move(*plan)).run();
  if (!report) {
    const Error& error = report.error();
    if (invocation.format == OutputFormat::json) {
      out << Json{{"error", {{"code", errc_name(error.code)}, {"text", error.text}}}}.dump() << std::endl;
    } else {
      err << "error[" << errc_name(error.code) << "]: " << error.text << std::endl;
    }
    return exit_code_of(error.code);
  }
  const bool has_passed = report->complaints().empty();
  if (!invocation.is_quiet || !has_passed) {
    out << (invocation.format == OutputFormat::json ? bench_json(*report) : bench_text(*report)) << std::endl;
  }
  return has_passed ? ExitCode::done : ExitCode::refused;
}

}  // namespace baton
