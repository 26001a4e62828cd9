// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace baton {

/// How one check of `plugin check` ended. Beside `skipped` the text says why there was nothing to compare.
enum class CheckResult : std::uint8_t { ok, skipped, warning, error };

/// "ok", "skipped", "warning", "error".
[[nodiscard]] std::string_view check_result_name(CheckResult result);

/// One line of what `plugin check` says.
struct CheckLine {
  std::string of;       // the handler or server that it is about; empty: the file
  std::string check;    // "batch"
  std::string finding;  // a name of the three .def files; empty: nothing was found
  std::string text;     // what was found, and what was expected
  bool is_skipped = false;
};

/// `ok` or `skipped` without a finding; `error` for findings that no .def file knows.
[[nodiscard]] CheckResult result_of(const CheckLine& line);

/// What to do about a finding; empty when its text says it, as those of refused files do.
[[nodiscard]] std::string_view advice_for(std::string_view finding);

/// {"of", "check", "result", ["finding"], "text", ["advice"]}.
[[nodiscard]] nlohmann::ordered_json check_line_document(const CheckLine& line);

}  // namespace baton
