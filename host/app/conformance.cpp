// SPDX-License-Identifier: Apache-2.0
#include "host/app/conformance.hpp"

#include "host/app/conformance_bytes.hpp"
#include "host/app/conformance_child.hpp"
#include "host/app/conformance_given.hpp"
#include "host/app/host.hpp"
#include "host/app/probe_documents.hpp"
#include "host/app/requests.hpp"
#include "host/app/temporary_folder.hpp"
#include "host/base/silent_log.hpp"
#include "host/loader/library_store.hpp"
#include "host/loader/scan.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr Duration part_limit{60'000};

/// What a file is checked with: as typed, checked against what it offers.
struct Given {
  fs::path file;
  fs::path folder;
  fs::path events;
  Json options;
  std::vector<std::string> calls;
  Duration limit{};
};

// ---- The parts that run its code ----------------------------------------------------------------------

class ConformanceCheck {
 public:
  ConformanceCheck(Given given, Conformance& result) : given_(std::move(given)), result_(result) {}

  void run_dependencies(const std::vector<std::string>& needed) {
    run_part("", "dependencies", {{"part", "dependencies"}, {"needed", needed}});
  }

  /// As a host does before it loads anything.
  Result<void> run_trial(const PluginFile& file, const FileContent& content) {
    SilentLog log;
    TrialLimits limits;
    limits.time = std::min<Duration>(limits.time, given_.limit);
    auto libraries =
        LibraryStore::open(given_.folder / "trial", log, Trial({"/proc/self/exe", trial_verb}, limits));
    if (!libraries) {
      return fail(libraries.error());
    }
    if (auto refusal = (*libraries)->try_out(file.identity(), content.bytes)) {
      add({"", "load", std::string(refusal_name(refusal->reason)), refusal->text});
      result_.file.refusal = std::move(*refusal);
      result_.file.manifest.reset();
    } else {
      add({"", "load", "", "loaded and unloaded in a process of its own, which is as it was before"});
    }
    return {};
  }

  void run_type(const Offer& offer) {
    const Json type = {{"kind", offer_kind_name(offer.kind)},
                       {"name", offer.name},
                       {"options", options_for(offer, given_.options)},
                       {"calls", given_.calls},
                       {"events", given_.events.string()}};
    Json input = {{"part", "life"}};
    input.update(type);
    if (run_part(offer.name, "life", input)) {
      input["part"] = "foreign";
      run_part(offer.name, "foreign", input);
    }
  }

  void run_cycles(const Manifest& manifest) {
    Json types = Json::array();
    for (const Offer& offer : manifest.provides) {
      types.push_back({{"kind", offer_kind_name(offer.kind)},
                       {"name", offer.name},
                       {"options", options_for(offer, given_.options)}});
    }
    run_part("", "cycles", {{"part", "cycles"}, {"types", std::move(types)}});
  }

 private:
  void add(CheckLine line) { result_.lines.push_back(std::move(line)); }

  /// Whether it found no error.
  bool run_part(const std::string& of, const std::string& check, const Json& input) {
    const std::size_t errors_before = result_.count(CheckResult::error);
    const fs::path folder = given_.folder / fmt::format("part-{}", ++parts_);
    fs::create_directory(folder);
    ProbeLimits limits;
    limits.time = given_.limit;
    take_in(run_documented(conformance_verb, given_.file, input, folder, limits), of, check);
    return result_.count(CheckResult::error) == errors_before;
  }

  void take_in(const ProbeEnd& end, const std::string& of, const std::string& check) {
    std::string step = "starting the process";
    bool is_done = false;
    hear_documents(end.report, [&](const Json& line) {
      if (line.contains("step")) {
        step = line.value("step", "");
      } else if (line.contains("check")) {
        add({of, line.value("check", ""), line.value("finding", ""), line.value("text", ""),
             line.value("skipped", false)});
      }
      is_done = is_done || line.contains("done");
    });
    if (!is_done || !end.has_ended_with(0)) {
      const bool has_told = is_done && end.has_ended_with(1);
      if (!has_told) {
        add({of, check, "ended",
             fmt::format("{}: {}{}", step, end.start_error != 0 ? "no process can be started" : end.text(),
                         end.last_words())});
      }
    } else if (end.leaves_process) {
      add({of, check, "process_left", "a process is left running"});
    }
  }

  const Given given_;
  Conformance& result_;
  int parts_ = 0;
};

Result<Conformance> check_in(const Invocation& invocation, Given given) {
  Conformance result;
  PluginFile file = judge_plugin_file(given.file);
  const Judged<FileContent> content = read_plugin_file(given.file);
  if (!file.entry.refusal && !content) {
    file.refuse(content.error());
  }
  result.file = file.entry;
  if (file.entry.refusal) {
    result.lines.push_back(
        {"", "file", std::string(refusal_name(file.entry.refusal->reason)), file.entry.refusal->text});
    return result;
  }
  const Manifest manifest = *file.entry.manifest;
  if (auto wrong = check_given(manifest, given.options); !wrong) {
    return fail(wrong.error());
  }
  if (auto written = write_events(invocation, given.events); !written) {
    return fail(written.error());
  }
  const Judged<ScanReport> report = scan(content->bytes);
  if (!report) {  // it was written to between the two looks at it
    result.lines.push_back(
        {"", "file", std::string(refusal_name(report.error().reason)), report.error().text});
    return result;
  }
  check_bytes(*report, manifest, result.lines);
  ConformanceCheck check(std::move(given), result);
  check.run_dependencies(report->needed);
  if (result.count(CheckResult::error) > 0 &&
      std::any_of(result.lines.begin(), result.lines.end(),
                  [](const auto& line) { return line.finding == "missing_dependency"; })) {
    return result;  // it cannot be loaded, and this says why
  }
  if (auto tried = check.run_trial(file, *content); !tried) {
    return fail(tried.error());
  }
  if (result.file.refusal) {
    return result;
  }
  const std::size_t errors = result.count(CheckResult::error);
  for (const Offer& offer : manifest.provides) {
    check.run_type(offer);
  }
  if (result.count(CheckResult::error) == errors) {
    check.run_cycles(manifest);
  }
  return result;
}

}  // namespace

std::size_t Conformance::count(CheckResult result) const {
  return static_cast<std::size_t>(std::count_if(
      lines.begin(), lines.end(), [result](const auto& line) { return result_of(line) == result; }));
}

Result<Conformance> check_conformance(const Invocation& invocation) {
  auto options = options_of(invocation);
  if (!options) {
    return fail(options.error());
  }
  const TemporaryFolder folder;
  if (!folder.is_made()) {
    return fail(Errc::io_failed, "cannot make a temporary folder");
  }
  Given given{fs::absolute(invocation.target).lexically_normal(),
              folder.path(),
              fs::path(folder.path()) / "events.jsonl",
              std::move(*options),
              invocation.calls,
              invocation.timeout.value_or(part_limit)};
  return check_in(invocation, std::move(given));
}

}  // namespace baton
