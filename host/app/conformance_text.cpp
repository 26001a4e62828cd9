// SPDX-License-Identifier: Apache-2.0
#include "host/app/conformance.hpp"
#include "host/app/document_text.hpp"
#include "host/control/plugin_documents.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace baton {
namespace {

std::string headline(const Json& file) {
  const std::string name = shown_at(file, "name");
  return name.empty() ? shown_at(file, "file")
                      : fmt::format("{} {}, abi {}: {}", name, shown_at(file, "version"),
                                    shown_at(file, "abi"), shown_at(file, "file"));
}

std::string counted(int count, std::string_view what) {
  return fmt::format("{} {}{}", count == 0 ? "no" : std::to_string(count), what, count == 1 ? "" : "s");
}

/// The columns of a line before its text.
std::size_t width_of(const Json& checks, const char* key) {
  std::size_t width = 0;
  for (const Json& check : checks) {
    width = std::max(width, shown_at(check, key).size());
  }
  return width;
}

}  // namespace

std::string conformance_document(const Conformance& conformance) {
  Json checks = Json::array();
  for (const CheckLine& line : conformance.lines) {
    checks.push_back(check_line_document(line));
  }
  return Json{{"plugins", Json::array({plugin_document(conformance.file)})},
              {"checks", std::move(checks)},
              {"errors", conformance.count(CheckResult::error)},
              {"warnings", conformance.count(CheckResult::warning)}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string conformance_text(const std::string& document) {
  const Json parsed = Json::parse(document);
  const Json& checks = parsed.at("checks");
  std::string text = headline(parsed.at("plugins").at(0)) + "\n";
  const std::size_t of_width = width_of(checks, "of");
  const std::size_t check_width = width_of(checks, "check");
  for (const Json& check : checks) {
    const std::string place =
        fmt::format("{:<7}  {:<{}}{}{:<{}}", shown_at(check, "result"), shown_at(check, "of"), of_width,
                    of_width == 0 ? "" : "  ", shown_at(check, "check"), check_width);
    const std::string finding = shown_at(check, "finding");
    text += fmt::format("{}  {}{}{}\n", place, finding, finding.empty() ? "" : ": ", shown_at(check, "text"));
    if (check.contains("advice")) {
      text += fmt::format("{:>{}}  -> {}\n", "", place.size(), shown_at(check, "advice"));
    }
  }
  const int errors = parsed.value("errors", 0);
  return text + fmt::format("{}: {}, {}", errors == 0 ? "passes" : "does not pass", counted(errors, "error"),
                            counted(parsed.value("warnings", 0), "warning"));
}

}  // namespace baton
