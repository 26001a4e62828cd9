// SPDX-License-Identifier: Apache-2.0
#include "host/app/try_verb.hpp"

#include "host/app/given_call.hpp"
#include "host/app/replay_events.hpp"
#include "host/app/requests.hpp"
#include "host/app/session.hpp"
#include "host/app/state_file.hpp"
#include "host/app/temporary_folder.hpp"
#include "host/app/try_document.hpp"
#include "host/app/try_offer.hpp"
#include "host/app/try_process.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <ostream>
#include <utility>

namespace baton {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr Duration default_limit{60'000};

// ---- What it is given ---------------------------------------------------------------------------------

/// A manager may well be called as some file in this folder: that one needs a `./` or an ending.
bool is_file_name(const std::string& source) {
  std::error_code ignored;
  return source.find('/') != std::string::npos ||
         (source.find('.') != std::string::npos && fs::is_regular_file(source, ignored));
}

bool is_of_manager(const Invocation& invocation) {
  const std::string& source = invocation.replay;
  return !source.empty() && source != "-" && invocation.event_type.empty() && !is_file_name(source);
}

/// What the name of a manager may have been meant to be.
std::string other_meaning(const std::string& source) {
  std::error_code ignored;
  return fs::is_regular_file(source, ignored) ? "; the file of that name is `./" + source + "`"
                                              : "; and there is no file `" + source + "` in this folder";
}

/// What one that is tried is given.
struct Given {
  std::optional<ReplayEvents> events;
  std::optional<DescribedState> state;
  Json input;  // of try_process.hpp
};

Result<ReplayEvents> events_of(const Invocation& invocation, Client& client, std::istream& in,
                               const fs::path& into) {
  if (invocation.replay == "-") {
    return events_of_stream(in, "standard input", invocation.event_type, into);
  }
  if (!is_of_manager(invocation)) {
    return events_of_file(invocation.replay, invocation.event_type, into);
  }
  auto events = events_of_manager(client, invocation.replay, into);
  if (!events && (events.error().code == Errc::not_found || events.error().code == Errc::unreachable)) {
    events.error().text += other_meaning(invocation.replay);
  }
  return events;
}

Result<Given> read_given(const Invocation& invocation, Client& client, std::istream& in,
                         const fs::path& into) {
  Given given;
  auto options = options_of(invocation);
  if (!options) {
    return fail(options.error());
  }
  given.input = {{"options", std::move(*options)},
                 {"directory", fs::current_path().string()},
                 {"calls", invocation.calls},
                 {"saves", !invocation.state_to.empty()}};
  if (!invocation.state_from.empty()) {
    auto state = state_of_file(invocation.state_from);
    if (!state) {
      return fail(state.error());
    }
    given.input["state"] = state_document(state->type, state->state);
    given.state = std::move(*state);
  }
  if (!invocation.replay.empty()) {
    auto events = events_of(invocation, client, in, into);
    if (!events) {
      return fail(events.error());
    }
    given.input["events"] = events->file.string();
    given.events = std::move(*events);
  }
  return given;
}

// ---- Who is given it ----------------------------------------------------------------------------------

Result<Json> ask(Client& client, const std::string& path) {
  const auto body = ask_host(client, {"GET", path, {}, {}});
  return body ? Result<Json>(Json::parse(*body)) : fail(body.error());
}

/// The file whose code runs as a handler of that type in the manager; empty when it is not to be found.
fs::path running_file(Client& client, const std::string& manager, const std::string& type) {
  const auto plugins = ask(client, "/v1/plugins?which=" + percent_encoded(type));
  for (const Json& file : plugins ? plugins->value("plugins", Json::array()) : Json::array()) {
    for (const Json& user : file.value("used_by", Json::array())) {
      if (user.get<std::string>().starts_with(manager + "/")) {
        return file.value("file", "");
      }
    }
  }
  return {};
}

Tried try_file(const fs::path& file, const WantedOffer& wanted, const Given& given, const Json& input,
               Duration limit) {
  const auto offer = offer_to_try(file, wanted, given.state ? given.state->type : "");
  if (!offer) {
    Tried tried;
    tried.error = offer.error().text;
    return tried;
  }
  return try_in_process(file, *offer, input, limit);
}

/// What runs in that manager is asked about events only.
Tried try_running(const fs::path& file, const std::string& type, const Given& given, Duration limit) {
  Json input = given.input;
  input["calls"] = Json::array();
  input["saves"] = false;
  return try_file(file, {type, ""}, given, input, limit);
}

// ---- What came of it ----------------------------------------------------------------------------------

/// The candidate may take the other one's place as far as these events can tell.
bool is_good_with_events(const Tried& candidate, const std::optional<Tried>& running) {
  for (std::size_t i = 0; i < candidate.events.size(); ++i) {
    const bool is_expected = running && verdict_at(*running, i) == candidate.events[i].verdict;
    if (candidate.events[i].verdict != "handled" && !is_expected) {
      return false;
    }
  }
  return true;
}

bool is_good(const Tried& candidate, const std::optional<Tried>& running) {
  return candidate.error.empty() && is_good_with_events(candidate, running) &&
         std::none_of(candidate.calls.begin(), candidate.calls.end(),
                      [](const auto& call) { return call.answer.contains("error"); });
}

/// Adds to the document what became of the state. Returns whether all is well with it.
bool save_state(const Invocation& invocation, const Tried& candidate, Json& document) {
  if (invocation.state_to.empty()) {
    return true;
  }
  std::string why = candidate.not_saved;
  if (why.empty() && candidate.state.is_null()) {
    why = candidate.type.empty() ? "it could not be made" : "it had ended before";
  }
  if (why.empty()) {
    if (const auto written = write_state_file(invocation.state_to, candidate.state); !written) {
      why = written.error().text;
    }
  }
  if (!why.empty()) {
    document["not_saved"] = why;
    return false;
  }
  document["saved"] = {{"file", invocation.state_to.string()}, {"version", candidate.state.at("version")}};
  return true;
}

}  // namespace

std::optional<std::string> try_usage_error(const Invocation& invocation) {
  if (!invocation.event_type.empty() && invocation.replay.empty()) {
    return "--event-type is for the lines of --replay";
  }
  return calls_usage_error(invocation.calls);
}

ExitCode run_try(const Invocation& invocation, Client& client, std::istream& in, std::ostream& out,
                 std::ostream& err) {
  const TemporaryFolder folder;
  const auto given = read_given(invocation, client, in, folder.path() + "/events.jsonl");
  if (!given) {
    return Session(client, out, err).print(invocation, fail(given.error()));
  }
  const Duration limit = invocation.timeout.value_or(default_limit);
  const fs::path file = fs::absolute(invocation.file).lexically_normal();
  const Tried candidate =
      try_file(file, {invocation.handler_type, invocation.server_type}, *given, given->input, limit);
  Json document = Json::object();
  if (given->events) {
    document["events"] = given->events->count;
    document["left_out"] = given->events->left_out;
  }
  if (given->state) {
    document["state_from"] = {{"file", invocation.state_from.string()},
                              {"version", given->state->state.version}};
  }
  document["candidate"] = tried_document(file, candidate, invocation.calls);
  std::optional<Tried> running;
  if (const fs::path other = is_of_manager(invocation) && !candidate.type.empty()
                                 ? running_file(client, invocation.replay, candidate.type)
                                 : fs::path();
      !other.empty()) {
    running = try_running(other, candidate.type, *given, limit);
    document["running"] = tried_document(other, *running, {});
    document["differences"] = differences(candidate, *running);
  }
  const bool is_saved = save_state(invocation, candidate, document);
  const bool is_all_good = is_good(candidate, running) && is_saved;
  if (!is_all_good || !invocation.is_quiet) {
    out << (invocation.format == OutputFormat::text
                ? try_text(document)
                : document.dump(-1, ' ', false, Json::error_handler_t::replace))
        << std::endl;
  }
  return is_all_good ? ExitCode::done : ExitCode::refused;
}

}  // namespace baton
