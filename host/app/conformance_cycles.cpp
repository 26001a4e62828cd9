// SPDX-License-Identifier: Apache-2.0
#include "host/app/conformance_cycles.hpp"

#include "host/app/conformance_report.hpp"
#include "host/app/conformance_trial.hpp"
#include "host/app/probe_documents.hpp"
#include "host/app/still_clock.hpp"
#include "host/app/trial_subject.hpp"
#include "host/control/deployment.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace baton {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::size_t count_mappings() {
#if defined(__SANITIZE_THREAD__)
  return 0;  // ThreadSanitizer maps memory of its own for each library that is loaded, and keeps it
#else
  std::ifstream maps("/proc/self/maps");
  return static_cast<std::size_t>(
      std::count(std::istreambuf_iterator<char>(maps), std::istreambuf_iterator<char>(), '\n'));
#endif
}

/// Loads it, has one instance of each type made and ended, and unloads it. What went wrong, if anything.
std::string run_cycle(TrialLoader& loader, const Json& input, const fs::path& folder) {
  const StillClock clock;
  AtomTable atoms;
  {
    auto library = loader.load();
    if (!library) {
      return library.error().text;
    }
    for (const Json& type : input.at("types")) {
      const Offer& offer = offer_named(loader.manifest(), type);
      const auto options = checked_options(offer, given_options(type), folder);
      const SubjectMaker maker(*library, offer, atoms, clock);
      const auto subject = options ? maker.make(*options) : fail(options.error());
      if (!subject) {
        return offer.name + ": " + subject.error().text;
      }
      (void)(*subject)->terminate({TerminateReason::Kind::stop, ""});
    }
  }
  const auto stays = loader.forget();
  return stays ? "it cannot be unloaded: " + *stays : std::string();
}

}  // namespace

int check_cycles(TrialLoader& loader, const Json& input, const fs::path& folder) {
  constexpr std::size_t warm_up = 20;
  constexpr std::size_t smallest_leak =
      256;  // libraries that it needs may not clean up after themselves: SQLite does not
  LeakWatch leaks;
  std::size_t mappings = 0;
  for (std::size_t cycle = 0; cycle < LeakWatch::times; ++cycle) {
    leaks.look();
    if (cycle == warm_up) {
      mappings = count_mappings();
    }
    tell_step(fmt::format("loading and unloading it, time {}", cycle + 1));
    if (const std::string problem = run_cycle(loader, input, folder); !problem.empty()) {
      tell_finding("cycles", "stays_loaded", fmt::format("time {}: {}", cycle + 1, problem));
      tell_done();
      return 0;
    }
  }
  leaks.look();
  const std::size_t mappings_after = count_mappings();
  if (const std::size_t bytes = leaks.bytes_each(smallest_leak); bytes > 0) {
    tell_finding("cycles", "leak_on_load",
                 fmt::format("each time it is loaded and unloaded about {} bytes are left", bytes));
  } else if (mappings_after >= mappings + (LeakWatch::times - warm_up)) {
    tell_finding("cycles", "leak_on_load",
                 fmt::format("{} times loaded and unloaded leave {} mappings of memory",
                             LeakWatch::times - warm_up, mappings_after - mappings));
  } else {
    tell_ok("cycles", fmt::format("{} times loaded and unloaded: nothing is left", LeakWatch::times));
  }
  tell_done();
  return 0;
}

}  // namespace baton
