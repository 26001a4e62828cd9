// SPDX-License-Identifier: Apache-2.0
#include "host/app/conformance_report.hpp"

#include "host/app/probe_documents.hpp"

#include <nlohmann/json.hpp>

namespace baton {

void tell_step(std::string_view step) {
  tell_document({{"step", step}});
}

void tell_ok(std::string_view check, std::string_view text) {
  tell_document({{"check", check}, {"text", text}});
}

void tell_skipped(std::string_view check, std::string_view why) {
  tell_document({{"check", check}, {"text", why}, {"skipped", true}});
}

void tell_finding(std::string_view check, std::string_view finding, std::string_view text) {
  tell_document({{"check", check}, {"finding", finding}, {"text", text}});
}

void tell_done() {
  tell_document({{"done", true}});
}

int tell_unloadable(std::string_view text) {
  tell_finding("load", "failed_trial", text);
  tell_done();
  return 1;
}

}  // namespace baton
