// SPDX-License-Identifier: Apache-2.0
#include "host/app/conformance_finding.hpp"

#include "host/loader/process_snapshot.hpp"
#include "host/loader/refusal.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace baton {
namespace {

struct FindingRow {
  std::string_view name;
  CheckResult severity;
  std::string_view advice;
};

constexpr std::string_view leave_process_alone =
    "a library does not change what belongs to the whole process; what an instance opens or starts, "
    "destroy() "
    "closes and joins";

constexpr std::array finding_rows = {
#define BATON_FINDING(name, severity, advice) FindingRow{#name, CheckResult::severity, advice},
#include "host/app/conformance_finding.def"
#undef BATON_FINDING
#define BATON_PROCESS_CHANGE(name, sentence) FindingRow{#name, CheckResult::error, leave_process_alone},
#include "host/loader/process_change.def"
#undef BATON_PROCESS_CHANGE
    // Where the text of a refusal says what was found and leaves open what to do.
    FindingRow{"not_elf", CheckResult::error, "give the shared object that the linker made: FILE.so"},
    FindingRow{"wrong_machine", CheckResult::error, "build it for the machine of the host"},
    FindingRow{"truncated", CheckResult::error, "copy it again: it is shorter than its tables say"},
    FindingRow{"damaged", CheckResult::error, "build or copy it again"},
    FindingRow{"two_manifests", CheckResult::error, "one BATON_PLUGIN or BATON_MANIFEST for a library"},
    FindingRow{"bad_manifest", CheckResult::error, "see \"The manifest\" in <baton/abi.h>"},
    FindingRow{"bad_table", CheckResult::error, "what the table offers must be what the manifest says"},
    FindingRow{
        "failed_trial", CheckResult::error,
        "no host loads it: its constructors and destructors must leave the process as it was, and its table "
        "must be what the manifest says"},
};

const FindingRow* find(std::string_view name) {
  // The environment is the one change of the process that a host bears.
  static constexpr FindingRow environment{
      "environment_changed", CheckResult::warning,
      "setenv is no thread's friend: another thread of the host may read the environment right now"};
  if (name == environment.name) {
    return &environment;
  }
  const auto* const row = std::find_if(finding_rows.begin(), finding_rows.end(),
                                       [&](const auto& one) { return one.name == name; });
  return row == finding_rows.end() ? nullptr : row;
}

}  // namespace

std::string_view check_result_name(CheckResult result) {
  switch (result) {
    case CheckResult::ok:
      return "ok";
    case CheckResult::skipped:
      return "skipped";
    case CheckResult::warning:
      return "warning";
    case CheckResult::error:
      break;
  }
  return "error";
}

CheckResult result_of(const CheckLine& line) {
  if (line.finding.empty()) {
    return line.is_skipped ? CheckResult::skipped : CheckResult::ok;
  }
  const FindingRow* const row = find(line.finding);
  return row == nullptr ? CheckResult::error : row->severity;
}

std::string_view advice_for(std::string_view finding) {
  const FindingRow* const row = find(finding);
  return row == nullptr ? std::string_view() : row->advice;
}

nlohmann::ordered_json check_line_document(const CheckLine& line) {
  nlohmann::ordered_json document = {
      {"of", line.of}, {"check", line.check}, {"result", check_result_name(result_of(line))}};
  if (!line.finding.empty()) {
    document["finding"] = line.finding;
  }
  document["text"] = line.text;
  if (const std::string_view advice = advice_for(line.finding); !advice.empty()) {
    document["advice"] = advice;
  }
  return document;
}

}  // namespace baton
