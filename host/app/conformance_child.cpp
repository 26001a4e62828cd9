// SPDX-License-Identifier: Apache-2.0
#include "host/app/conformance_child.hpp"

#include "host/app/conformance_cycles.hpp"
#include "host/app/conformance_report.hpp"
#include "host/app/conformance_trial.hpp"
#include "host/app/given_event.hpp"
#include "host/app/probe_documents.hpp"
#include "host/app/still_clock.hpp"
#include "host/app/trial_loader.hpp"
#include "host/control/deployment.hpp"
#include "host/loader/dependencies.hpp"
#include "host/loader/probe.hpp"
#include "host/loader/process_snapshot.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace baton {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// ---- What it leaves behind ----------------------------------------------------------------------------

/// A thread that has been joined may be listed for a moment longer.
ProcessSnapshot snapshot_at_rest(std::size_t threads) {
  constexpr int looks_max = 200;
  ProcessSnapshot snapshot = ProcessSnapshot::take();
  for (int look = 0; look < looks_max && snapshot.threads() > threads; ++look) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    snapshot = ProcessSnapshot::take();
  }
  return snapshot;
}

std::vector<ProcessChange> tell_changes(const ProcessSnapshot& before, const ProcessSnapshot& after,
                                        const std::vector<ProcessChange>& told, std::string_view since) {
  std::vector<ProcessChange> changes = before.changes(after);
  for (const ProcessChange change : changes) {
    if (std::find(told.begin(), told.end(), change) == told.end()) {
      tell_finding("process", process_change_name(change),
                   fmt::format("{} {}", since, process_change_sentence(change)));
    }
  }
  return changes;
}

// ---- The parts ----------------------------------------------------------------------------------------

int check_dependencies(const Json& input) {
  const auto needed = input.at("needed").get<std::vector<std::string>>();
  tell_step("loading what it needs");
  const std::vector<std::string> missing = missing_dependencies(needed);
  for (const std::string& text : missing) {
    tell_finding("dependencies", "missing_dependency", text);
  }
  if (missing.empty()) {
    tell_ok("dependencies", needed.empty() ? "it needs no other library"
                                           : fmt::format("all are found: {}", fmt::join(needed, ", ")));
  }
  tell_done();
  return 0;
}

/// The messages of a file, for as long as they are needed.
class Events {
 public:
  Result<void> read(const fs::path& file, AtomTable& atoms, const Clock& clock) {
    std::ifstream lines(file, std::ios::binary);
    for (std::string line; std::getline(lines, line);) {
      auto described = read_event(line);
      if (!described) {
        return fail(described.error());
      }
      const std::uint64_t last = given_.empty() ? 0 : given_.back()->message().seq;
      given_.push_back(std::make_unique<GivenEvent>(std::move(*described), last, clock.utc_now_us(), atoms));
      messages_.push_back(given_.back()->message());
    }
    return {};
  }

  [[nodiscard]] const std::vector<Message>& messages() const { return messages_; }

 private:
  std::vector<std::unique_ptr<GivenEvent>> given_;
  std::vector<Message> messages_;
};

/// Makes the trial of one type, has it done, and lets go of everything.
template <class Deed>
Result<void> try_type(TrialLoader& loader, const Json& input, const fs::path& folder, Deed deed) {
  const StillClock clock;
  AtomTable atoms;
  Events events;
  if (auto read = events.read(input.at("events").get<std::string>(), atoms, clock); !read) {
    return read;
  }
  tell_step("loading it");
  auto library = loader.load();
  if (!library) {
    return fail(library.error());
  }
  const Offer& offer = offer_named(loader.manifest(), input);
  const SubjectMaker maker(std::move(*library), offer, atoms, clock);
  const auto options = [&](const fs::path& place) {
    return checked_options(offer, given_options(input), place);
  };
  ConformanceTrial trial(maker, offer, options, atoms, events.messages(),
                         input.value("calls", std::vector<std::string>()), folder);
  deed(trial);
  return {};
}

int check_life(TrialLoader& loader, const Json& input, const fs::path& folder) {
  const ProcessSnapshot before = ProcessSnapshot::take();
  bool is_over = false;
  std::vector<ProcessChange> told;
  const auto tried = try_type(loader, input, folder, [&](ConformanceTrial& trial) {
    const ProcessSnapshot loaded = ProcessSnapshot::take();  // what loading it opens is ours
    is_over = trial.live();
    tell_step("looking at what it has changed");
    const ProcessSnapshot after = snapshot_at_rest(loaded.threads());
    told = tell_changes(loaded, after, {}, "after its last instance was destroyed:");
    if (after.threads() > loaded.threads()) {
      tell_done();
      ::_exit(0);  // its code runs: it must not be unloaded
    }
    tell_step("unloading it");
  });
  if (!tried) {
    return tell_unloadable(tried.error().text);
  }
  const auto stays = loader.forget();
  if (stays) {
    tell_finding("process", "stays_loaded", "it cannot be unloaded after it has run: " + *stays);
  }
  const ProcessSnapshot after = snapshot_at_rest(before.threads());
  const auto changes = tell_changes(before, after, told, "after it was unloaded:");
  if (is_over && !stays && told.empty() && changes.empty()) {
    tell_ok("process", "unloaded, and the process is as it was before");
  }
  tell_step("ending the process, which runs what is registered for that");
  tell_done();
  return 0;
}

int check_foreign(TrialLoader& loader, const Json& input, const fs::path& folder) {
  const auto tried =
      try_type(loader, input, folder, [](ConformanceTrial& trial) { trial.meet_foreign_states(); });
  if (!tried) {
    return tell_unloadable(tried.error().text);
  }
  tell_done();
  return 0;
}

int run_part(const fs::path& library, const Json& input, const fs::path& folder) {
  const auto part = input.at("part").get<std::string>();
  if (part == "dependencies") {
    return check_dependencies(input);
  }
  auto loader = TrialLoader::open(library, folder / "libraries");
  if (!loader) {
    return tell_unloadable(loader.error().text);
  }
  if (part == "life") {
    return check_life(*loader, input, folder);
  }
  return part == "foreign" ? check_foreign(*loader, input, folder) : check_cycles(*loader, input, folder);
}

}  // namespace

int run_conformance(const fs::path& library, const fs::path& input, const fs::path& folder) {
  constexpr std::chrono::seconds processor{300};
  accept_probe_limits(processor, std::uint64_t{8} << 30U);
  try {
    std::ifstream stream(input);
    return run_part(library, Json::parse(stream), folder);
  } catch (const Json::exception& error) {
    return tell_unloadable(error.what());
  }
}

}  // namespace baton
