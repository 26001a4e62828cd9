// SPDX-License-Identifier: Apache-2.0
#include "host/app/plugin_files.hpp"

#include "host/app/conformance.hpp"
#include "host/app/host_socket.hpp"
#include "host/app/plugin_verbs.hpp"
#include "host/app/session.hpp"
#include "host/base/silent_log.hpp"
#include "host/control/plugin_documents.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <ostream>
#include <utility>

namespace baton {
namespace {

namespace fs = std::filesystem;

fs::path quarantine_file(const Invocation& invocation) {
  const fs::path folder =
      invocation.state_folder.empty() ? socket_of(invocation).parent_path() : invocation.state_folder;
  return folder / "quarantine.json";
}

Json entries_document(const char* name, const std::vector<QuarantineEntry>& entries) {
  return Json{{name, to_array(entries)}};
}

/// The quarantine of a host that does not run.
Result<std::string> ask_quarantine(const Invocation& invocation, const fs::path& file) {
  SilentLog log;
  const SystemClock clock;
  Quarantine quarantine(file, clock, log);
  if (invocation.action == "list") {
    return entries_document("quarantined", quarantine.list()).dump();
  }
  const std::string which = invocation.target.find('/') == std::string::npos
                                ? invocation.target
                                : fs::absolute(invocation.target).lexically_normal().string();
  if (invocation.action == "show") {
    const auto selected = quarantine.select(which);
    return selected ? Result<std::string>(entries_document("quarantined", *selected).dump())
                    : fail(selected.error());
  }
  const auto cleared = invocation.is_all ? Result<std::vector<QuarantineEntry>>(quarantine.clear_all())
                                         : quarantine.clear(which);
  return cleared ? Result<std::string>(entries_document("cleared", *cleared).dump()) : fail(cleared.error());
}

std::string file_document(const CatalogEntry& entry) {
  return Json{{"plugins", Json::array({plugin_document(entry)})}}.dump(-1, ' ', false,
                                                                       Json::error_handler_t::replace);
}

ExitCode check(const Invocation& invocation, Session& session) {
  const auto checked = check_conformance(invocation);
  if (!checked) {
    return session.print(invocation, fail(checked.error()));
  }
  const ExitCode printed = session.print(invocation, conformance_document(*checked));
  return checked->count(CheckResult::error) > 0 ? ExitCode::refused : printed;
}

/// A file that no running host knows by that name: it may run the same content under another.
std::string unknown_file(const fs::path& path, Client& client) {
  const CatalogEntry entry = judge_plugin_file(path).entry;
  Json document = plugin_document(entry);
  const auto answer = ask_host(client, {"GET", "/v1/plugins?which=" + entry.sha256, {}, {}});
  const Json known = answer ? Json::parse(*answer, nullptr, false) : Json();
  if (known.is_object() && known.contains("plugins") && !known["plugins"].empty()) {
    for (const char* key : {"state", "used_by", "elsewhere", "refused"}) {
      if (const auto value = known["plugins"].front().find(key); value != known["plugins"].front().end()) {
        document[key] = *value;
      }
    }
  }
  return Json{{"plugins", Json::array({std::move(document)})}}.dump(-1, ' ', false,
                                                                    Json::error_handler_t::replace);
}

/// What can be said without a host, after one has answered with that error; else the error itself.
Result<std::string> without_host(const Invocation& invocation, const Error& error, Client& client,
                                 std::ostream& err) {
  if (invocation.verb == "plugin") {
    const fs::path path = fs::absolute(invocation.target).lexically_normal();
    const bool is_unknown = error.code == Errc::unreachable || error.code == Errc::not_found;
    std::error_code ignored;
    if (is_unknown && fs::is_regular_file(path, ignored)) {
      return error.code == Errc::not_found ? unknown_file(path, client)
                                           : file_document(judge_plugin_file(path).entry);
    }
    return fail(error);
  }
  const fs::path file = quarantine_file(invocation);
  std::error_code ignored;
  if (invocation.verb != "quarantine" || error.code != Errc::unreachable || !fs::exists(file, ignored)) {
    return fail(error);
  }
  err << fmt::format("no host answers; this is about {}\n", file.string()) << std::flush;
  return ask_quarantine(invocation, file);
}

}  // namespace

ExitCode run_plugin_verb(const Invocation& invocation, Client& client, std::ostream& out, std::ostream& err) {
  Session session(client, out, err);
  if (invocation.action == "check") {
    return check(invocation, session);
  }
  const auto request = plugin_verb_request(invocation);
  if (!request) {
    return session.print(invocation, fail(request.error()));
  }
  Result<std::string> document = ask_host(client, *request);
  if (!document) {
    document = without_host(invocation, document.error(), client, err);
  }
  return session.print(invocation, document);
}

}  // namespace baton
