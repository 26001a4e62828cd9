// SPDX-License-Identifier: Apache-2.0
#include "host/app/replay_child.hpp"

#include "host/base/log.hpp"
#include "host/behaviour/services.hpp"
#include "host/control/deployment.hpp"
#include "host/control/event_documents.hpp"
#include "host/loader/catalog.hpp"
#include "host/runtime/atoms.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;

class SilentLog final : public Log {
 public:
  void write(LogLevel /*level*/, std::string_view /*name*/, LogFields /*fields*/) override {}
};

/// A host that does nothing: what an instance asks for is an effect that it would have had.
class NotingServices final : public Services {
 public:
  explicit NotingServices(AtomTable& atoms) : atoms_(atoms) {}

  [[nodiscard]] std::vector<std::string> take_effects() { return std::exchange(effects_, {}); }

  void log(LogLevel level, std::string_view text) override {
    note("log {}: {}", log_level_name(level), text);
  }

  Atom intern(std::string_view text) override { return atoms_.intern(text); }

  [[nodiscard]] std::string_view atom_text(Atom atom) const override { return atoms_.text(atom); }

  [[nodiscard]] std::int64_t now_us() const override { return clock_.utc_now_us(); }

  Result<std::uint64_t> start_timer(Duration delay, const Message& info) override {
    note("start a timer of {} ms: {}", delay.count(), view(info.type));
    return ++last_timer_;
  }

  Result<void> cancel_timer(std::uint64_t /*timer*/) override { return {}; }

  Result<void> notify(std::string_view manager, const Message& event) override {
    note("notify {}: {}", manager, view(event.type));
    return {};
  }

  Result<void> cast(std::string_view server, const Message& request) override {
    note("cast to {}: {}", server, view(request.type));
    return {};
  }

  Result<Reply> call(std::string_view to, const Message& request, Duration /*timeout*/) override {
    note("call {}: {}", to, view(request.type));
    return fail(Errc::not_found, "nothing else runs during a replay");
  }

  Result<void> reply(std::uint64_t /*from*/, Reply /*reply*/) override { return {}; }

 private:
  template <class... Parts>
  void note(fmt::format_string<Parts...> format, Parts&&... parts) {
    effects_.push_back(fmt::format(format, std::forward<Parts>(parts)...));
  }

  AtomTable& atoms_;
  SystemClock clock_;
  std::vector<std::string> effects_;
  std::uint64_t last_timer_ = 0;
};

/// Where the documents go: what standard output was, before the library could print there.
class Report {
 public:
  Report() : descriptor_(::dup(STDOUT_FILENO)) {
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    ::dup2(nowhere, STDOUT_FILENO);
  }

  void tell(const Json& document) const {
    std::string line = document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    // A document is small, the pipe takes it as a whole; nobody to tell when that fails.
    [[maybe_unused]] const ssize_t written = ::write(descriptor_, line.data(), line.size());
  }

  [[nodiscard]] int fail_with(const std::string& text) const {
    tell({{"error", text}});
    return 1;
  }

 private:
  int descriptor_;
};

std::string_view verdict_name(HandlerVerdict verdict) {
  switch (verdict) {
    case HandlerVerdict::ok:
      return "handled";
    case HandlerVerdict::remove:
      return "asks to be removed";
    case HandlerVerdict::refused:
      return "refused";
    case HandlerVerdict::failed:
      return "failed";
    case HandlerVerdict::swap:
      return "asks to be swapped";
  }
  return "failed";
}

std::vector<RawOption> options_of(const Json& input) {
  std::vector<RawOption> options;
  for (const auto& [name, value] : input.at("options").items()) {
    options.push_back({name, value.get<std::string>()});
  }
  return options;
}

/// An event as it was; what its document does not tell follows from those before it, and the time is now.
class GivenEvent {
 public:
  GivenEvent(DescribedEvent described, std::uint64_t last_seq, std::int64_t now_us, AtomTable& atoms)
      : described_(std::move(described)) {
    message_.type = to_str(described_.type);
    message_.data = to_bytes(described_.data);
    message_.content_type = described_.content_type == "text/plain" ? Atom{BATON_TEXT_PLAIN}
                                                                    : atoms.intern(described_.content_type);
    message_.seq = described_.seq != 0 ? described_.seq : last_seq + 1;
    message_.time_us = described_.time_us != 0 ? described_.time_us : now_us;
    message_ = with_atom(message_, atoms);
    if (described_.has_attributes()) {
      attributes_ = {sizeof attributes_, to_str(described_.id), to_str(described_.source),
                     to_str(described_.traceparent)};
      message_.attributes = &attributes_;
    }
  }

  GivenEvent(const GivenEvent&) = delete;
  GivenEvent& operator=(const GivenEvent&) = delete;

  [[nodiscard]] const Message& message() const { return message_; }

 private:
  const DescribedEvent described_;
  baton_attributes attributes_{};
  Message message_{};
};

/// The events of the file one by one. Returns whether the handler goes on. Errors: bad_request.
Result<bool> give_events(Handler& handler, NotingServices& services, AtomTable& atoms,
                         const std::filesystem::path& file, const Report& report) {
  std::ifstream lines(file, std::ios::binary);
  std::uint64_t seq = 0;
  std::size_t index = 0;
  for (std::string line; std::getline(lines, line); ++index) {
    auto described = read_event(line);
    if (!described) {
      return fail(Errc::bad_request, fmt::format("event {}: {}", index, described.error().text));
    }
    const GivenEvent event(std::move(*described), seq, services.now_us(), atoms);
    seq = event.message().seq;
    report.tell({{"event", index}});
    const auto begin = std::chrono::steady_clock::now();
    const EventsOutcome outcome = handler.handle_events({&event.message(), 1});
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
    report.tell({{"verdict", verdict_name(outcome.verdict)},
                 {"reason", outcome.reason},
                 {"us", took.count()},
                 {"effects", services.take_effects()}});
    if (outcome.verdict != HandlerVerdict::ok && outcome.verdict != HandlerVerdict::refused) {
      return false;
    }
  }
  return true;
}

int replay(const std::filesystem::path& library, const Json& input, const std::filesystem::path& folder,
           const Report& report) {
  SilentLog log;
  const SystemClock clock;
  AtomTable atoms;
  auto libraries = LibraryStore::open(folder, log);
  if (!libraries) {
    return report.fail_with(libraries.error().text);
  }
  Quarantine quarantine(clock, log);
  Catalog catalog({}, log, **libraries, quarantine);
  const auto offer =
      catalog.offer_in_file(library, OfferKind::handler, input.at("handler").get<std::string>());
  if (!offer) {
    return report.fail_with(offer.error().text);
  }
  const auto options = checked_options(*offer, options_of(input), input.at("directory").get<std::string>());
  if (!options) {
    return report.fail_with(options.error().text);
  }
  const auto factory = catalog.handler_factory_from_file(library, offer->name);
  if (!factory) {
    return report.fail_with(factory.error().text);
  }
  NotingServices services(atoms);
  auto handler = (*factory)->create({offer->name, "replay", 1, *options, {}}, services);
  if (!handler) {
    return report.fail_with(handler.error().text);
  }
  report.tell({{"made", {{"type", offer->name}, {"version", (*factory)->type().version}}}});
  const auto goes_on = give_events(**handler, services, atoms, input.at("events").get<std::string>(), report);
  if (!goes_on) {
    return report.fail_with(goes_on.error().text);
  }
  if (*goes_on) {
    if (const auto state = (*handler)->save(); state && *state) {
      report.tell({{"state_version", (*state)->version}, {"state_bytes", (*state)->data.size()}});
    }
  }
  (void)(*handler)->terminate({TerminateReason::Kind::stop, "replayed"});
  report.tell({{"done", true}});
  return 0;
}

}  // namespace

int run_replay(const std::filesystem::path& library, const std::filesystem::path& input,
               const std::filesystem::path& folder) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  const Report report;
  try {
    std::ifstream stream(input);
    return replay(library, Json::parse(stream), folder, report);
  } catch (const Json::exception& error) {
    return report.fail_with(error.what());
  }
}

}  // namespace baton
