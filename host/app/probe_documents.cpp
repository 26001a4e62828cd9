// SPDX-License-Identifier: Apache-2.0
#include "host/app/probe_documents.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <fstream>

namespace baton {

using Json = nlohmann::ordered_json;

// The largest state or reply there may be (64 MiB), all of it escaped (six bytes each), and what else is
// told.
constexpr std::size_t report_bytes_max = std::size_t{512} << 20U;

ProbeEnd run_documented(const char* verb, const std::filesystem::path& library, const Json& input,
                        const std::filesystem::path& folder, ProbeLimits limits) {
  const std::filesystem::path input_file = folder / "input.json";
  std::ofstream(input_file) << input.dump(-1, ' ', false, Json::error_handler_t::replace);
  limits.report_bytes = report_bytes_max;
  return run_probe({"/proc/self/exe", verb, library.string(), input_file.string(), folder.string()}, limits);
}

void hear_documents(std::string_view report, const std::function<void(const Json&)>& hear) {
  for (auto end = report.find('\n'); end != std::string_view::npos; end = report.find('\n')) {
    hear(Json::parse(report.substr(0, end), nullptr, false));
    report.remove_prefix(end + 1);
  }
}

void tell_document(const Json& document) {
  tell(document.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::vector<RawOption> given_options(const Json& input) {
  std::vector<RawOption> options;
  for (const auto& [name, value] : input.at("options").items()) {
    options.push_back({name, value.get<std::string>()});
  }
  return options;
}

}  // namespace baton
