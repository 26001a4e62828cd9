// SPDX-License-Identifier: Apache-2.0
#include "host/app/replay_child.hpp"

#include "host/app/given_event.hpp"
#include "host/app/noting_services.hpp"
#include "host/app/probe_documents.hpp"
#include "host/base/silent_log.hpp"
#include "host/control/deployment.hpp"
#include "host/control/event_documents.hpp"
#include "host/loader/catalog.hpp"
#include "host/runtime/atoms.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <fstream>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <utility>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;

int fail_with(const std::string& text) {
  tell_document({{"error", text}});
  return 1;
}

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

/// The events of the file one by one. Returns whether the handler goes on. Errors: bad_request.
Result<bool> give_events(Handler& handler, NotingServices& services, AtomTable& atoms,
                         const std::filesystem::path& file) {
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
    tell_document({{"event", index}});
    const auto begin = std::chrono::steady_clock::now();
    const EventsOutcome outcome = handler.handle_events({&event.message(), 1});
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
    tell_document({{"verdict", verdict_name(outcome.verdict)},
                   {"reason", outcome.reason},
                   {"us", took.count()},
                   {"effects", services.take_effects()}});
    if (outcome.verdict != HandlerVerdict::ok && outcome.verdict != HandlerVerdict::refused) {
      return false;
    }
  }
  return true;
}

int replay(const std::filesystem::path& library, const Json& input, const std::filesystem::path& folder) {
  SilentLog log;
  const SystemClock clock;
  AtomTable atoms;
  auto libraries = LibraryStore::open(folder, log);
  if (!libraries) {
    return fail_with(libraries.error().text);
  }
  Quarantine quarantine(clock, log);
  Catalog catalog({}, log, **libraries, quarantine);
  const auto offer =
      catalog.offer_in_file(library, OfferKind::handler, input.at("handler").get<std::string>());
  if (!offer) {
    return fail_with(offer.error().text);
  }
  const auto options =
      checked_options(*offer, given_options(input), input.at("directory").get<std::string>());
  if (!options) {
    return fail_with(options.error().text);
  }
  const auto factory = catalog.handler_factory_from_file(library, offer->name);
  if (!factory) {
    return fail_with(factory.error().text);
  }
  NotingServices services(atoms, clock);
  auto handler = (*factory)->create({offer->name, "replay", 1, *options, {}}, services);
  if (!handler) {
    return fail_with(handler.error().text);
  }
  tell_document({{"made", {{"type", offer->name}, {"version", (*factory)->type().version}}}});
  const auto goes_on = give_events(**handler, services, atoms, input.at("events").get<std::string>());
  if (!goes_on) {
    return fail_with(goes_on.error().text);
  }
  if (*goes_on) {
    if (const auto state = (*handler)->save(); state && *state) {
      tell_document({{"state_version", (*state)->version}, {"state_bytes", (*state)->data.size()}});
    }
  }
  (void)(*handler)->terminate({TerminateReason::Kind::stop, "replayed"});
  tell_document({{"done", true}});
  return 0;
}

}  // namespace

int run_replay(const std::filesystem::path& library, const std::filesystem::path& input,
               const std::filesystem::path& folder) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  try {
    std::ifstream stream(input);
    return replay(library, Json::parse(stream), folder);
  } catch (const Json::exception& error) {
    return fail_with(error.what());
  }
}

}  // namespace baton
