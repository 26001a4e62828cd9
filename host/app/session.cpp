// SPDX-License-Identifier: Apache-2.0
#include "host/app/session.hpp"

#include "host/app/command_line.hpp"
#include "host/app/config_verbs.hpp"
#include "host/app/plugin_verbs.hpp"
#include "host/app/record_verb.hpp"
#include "host/app/swap_text.hpp"
#include "host/app/sys_verb.hpp"
#include "host/app/text_output.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <ostream>
#include <vector>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;

Error error_of(const std::string& body, int status) {
  const Json document = Json::parse(body, nullptr, false);
  if (document.is_object() && document.contains("error") && document["error"].is_object()) {
    const Json& error = document["error"];
    const auto code = errc_from_name(error.value("code", ""));
    std::string text = error.value("text", "");
    if (error.contains("help")) {
      text += "\nhelp: " + error.value("help", "");
    }
    return {code.value_or(Errc::io_failed), text};
  }
  return {Errc::io_failed, fmt::format("the host answered with HTTP status {} and no reason", status)};
}

/// With all that the host said of it.
Json error_document(const Error& error, const std::string& failure) {
  Json document = {{"error", {{"code", errc_name(error.code)}, {"text", error.text}}}};
  const Json said = Json::parse(failure, nullptr, false);
  if (said.is_object() && said.contains("steps")) {
    document["steps"] = said["steps"];
  }
  return document;
}

/// How an answer that is no error ends the command: events that a handler could not take are a failure.
ExitCode exit_code_of_document(const Json& document) {
  if (const auto code = config_exit_code(document)) {
    return *code;
  }
  const bool has_refused = document.is_object() && document.value("refused", 0) > 0;
  return has_refused ? ExitCode::refused : ExitCode::done;
}

}  // namespace

Result<std::string> ask_host(Client& client, const HostRequest& request, std::string* failure) {
  auto reply = client.request(request.method, request.path, request.body, request.content_type);
  if (!reply) {
    return fail(reply.error());
  }
  if (reply->status >= 400) {
    if (failure != nullptr) {
      *failure = reply->body;
    }
    return fail(error_of(reply->body, reply->status));
  }
  return std::move(reply->body);
}

Result<Session::Shown> Session::carry_out(const Invocation& invocation) {
  failure_.clear();
  const auto request = request_of(invocation);
  if (!request) {
    return fail(request.error());
  }
  const auto document = ask_host(client_, *request, &failure_);
  if (!document) {
    return fail(document.error());
  }
  return show(invocation, *document);
}

ExitCode Session::run(const Invocation& invocation) {
  if (is_record_get(invocation)) {
    return run_record_get(invocation, client_, out_, err_);
  }
  return print_shown(invocation, carry_out(invocation));
}

ExitCode Session::print(const Invocation& invocation, const Result<std::string>& document) {
  return print_shown(invocation,
                     document ? Result<Shown>(show(invocation, *document)) : fail(document.error()));
}

ExitCode Session::print_shown(const Invocation& invocation, const Result<Shown>& shown) {
  if (!shown) {
    return show_error(shown.error(), invocation);
  }
  const bool is_silent = invocation.is_quiet && shown->code == ExitCode::done;
  if (!shown->text.empty() && !is_silent) {
    out_ << shown->text << std::endl;
  }
  return shown->code;
}

ExitCode Session::repeat(const Invocation& repeat) {
  const auto parsed = parse_command_line(repeat.words, true);
  if (const auto* reply = std::get_if<CommandLineReply>(&parsed)) {
    return print_reply(*reply, repeat.format, out_, err_);
  }
  Invocation once = std::get<Invocation>(parsed);
  if (once.format == OutputFormat::text) {
    once.format = repeat.format;
  }
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < repeat.repetitions; ++i) {
    const auto shown = carry_out(once);
    if (!shown) {
      return show_error(shown.error(), once);
    }
    terms.push_back(shown->text);
  }
  out_ << ElixirTerms::list(terms) << std::endl;
  return ExitCode::done;
}

Session::Shown Session::show(const Invocation& invocation, const std::string& document) {
  const ExitCode code = exit_code_of_document(Json::parse(document, nullptr, false));
  switch (invocation.format) {
    case OutputFormat::json:
      return {document, code};
    case OutputFormat::elixir:
      return {show_elixir(invocation, document), code};
    case OutputFormat::text:
      break;
  }
  return {text_of(invocation, document), code};
}

std::string Session::show_elixir(const Invocation& invocation, const std::string& document) {
  const Json parsed = Json::parse(document, nullptr, false);
  if (invocation.verb == "call") {
    return elixir_.reply(parsed.value("reply", ""), parsed.value("content_type", ""));
  }
  if (invocation.verb == "start") {
    return elixir_.started(parsed.value("started", ""));
  }
  if (invocation.verb == "which") {
    std::vector<std::string> ids;
    for (const Json& handler : parsed.value("handlers", Json::array())) {
      ids.push_back(handler.value("id", ""));
    }
    return elixir_.names(ids);
  }
  if (is_plugin_verb(invocation.verb) || invocation.verb == "metrics" || invocation.verb == "record") {
    return elixir_.reply(document, "application/json");
  }
  const bool is_sys_query = invocation.verb == "sys" && sys_is_query(invocation);
  const bool is_crash_query = invocation.verb == "crash" && invocation.action != "clear";
  if (invocation.verb == "status" || invocation.verb == "list" || is_sys_query || is_crash_query) {
    return elixir_.reply(document, "application/json");
  }
  return ":ok";
}

ExitCode Session::show_error(const Error& error, const Invocation& invocation) {
  switch (invocation.format) {
    case OutputFormat::elixir:
      out_ << elixir_.error(error) << std::endl;
      break;
    case OutputFormat::json:
      out_ << error_document(error, failure_).dump() << std::endl;
      break;
    case OutputFormat::text:
      if (const std::string steps = failed_steps_text(invocation, failure_); !steps.empty()) {
        err_ << steps << std::endl;
      }
      err_ << "error[" << errc_name(error.code) << "]: " << error.text << std::endl;
      break;
  }
  return exit_code_of(error.code);
}

}  // namespace baton
