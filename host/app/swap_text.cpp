// SPDX-License-Identifier: Apache-2.0
#include "host/app/swap_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;

std::string took_text(double microseconds) {
  return microseconds < 10e6 ? fmt::format("{:.2f} ms", microseconds / 1000)
                             : fmt::format("{:.1f} s", microseconds / 1e6);
}

/// "  state      ok         0.04 ms  version 1 -> 2, 96 bytes"
std::string steps_text(const Json& steps) {
  std::string text;
  for (const Json& step : steps) {
    text += fmt::format("{}  {:<10} {:<6} {:>10}  {}", text.empty() ? "" : "\n", step.value("step", ""),
                        step.value("ok", true) ? "ok" : "FAILED", took_text(step.value("took_us", 0.0)),
                        step.value("text", ""));
  }
  return text;
}

std::string version_at(const Json& document, const char* key) {
  const std::string version = document.value(key, "");
  return version.empty() ? "linked in" : version;
}

/// "2.0.0"; "WordCount 2.0.0" when another type has come.
std::string version_of(const Json& swap, const std::string& which) {
  const std::string version = version_at(swap, (which + "_version").c_str());
  const std::string type = swap.value(which + "_type", "");
  return swap.value("old_type", "") == swap.value("new_type", "") ? version : type + " " + version;
}

}  // namespace

std::string swap_text(const Invocation& invocation, const Json& document) {
  const Json& swap = document["swap"];
  const auto old_instance = swap.value("old_instance", std::uint64_t{0});
  const auto new_instance = swap.value("new_instance", std::uint64_t{0});
  // With a new id the target has another name now.
  const bool is_renamed = !invocation.id.empty();
  const std::string now = is_renamed
                              ? invocation.target.substr(0, invocation.target.find('/') + 1) + invocation.id
                              : invocation.target;
  return fmt::format("swap {}#{}  {} -> {}\n{}\n{}#{} is {}  (pause {}, at message {})", invocation.target,
                     old_instance, version_of(swap, "old"), version_of(swap, "new"),
                     steps_text(swap["steps"]), now, new_instance, version_of(swap, "new"),
                     took_text(swap.value("pause_us", 0.0)), swap.value("at_message", std::uint64_t{0}));
}

std::string upgrade_text(const Json& document) {
  const Json& upgrade = document["upgrade"];
  std::string text = fmt::format("upgrade {} to {}\n{}", upgrade.value("plugin", ""),
                                 upgrade.value("version", ""), steps_text(upgrade["steps"]));
  for (const Json& swapped : upgrade["swapped"]) {
    text += fmt::format("\n{}#{} {} -> #{} {}", swapped.value("target", ""),
                        swapped.value("old_instance", std::uint64_t{0}), version_at(swapped, "old_version"),
                        swapped.value("new_instance", std::uint64_t{0}), version_at(swapped, "new_version"));
  }
  for (const Json& target : upgrade["unchanged"]) {
    text += fmt::format("\n{} unchanged", target.get<std::string>());
  }
  if (!upgrade["swapped"].empty()) {
    text += fmt::format("\npause {}", took_text(upgrade.value("pause_us", 0.0)));
  }
  return text;
}

std::string failed_steps_text(const Invocation& invocation, const std::string& document) {
  const Json parsed = Json::parse(document, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("steps") || parsed["steps"].empty()) {
    return "";
  }
  const std::string& what = invocation.target.empty() ? invocation.type : invocation.target;
  return fmt::format("{} {}\n{}", invocation.verb, what, steps_text(parsed["steps"]));
}

std::span<const WatchOption> watch_options() {
  static constexpr std::array<WatchOption, 6> options = {{
      {"watch", "window", &Invocation::watch, "TIME",
       "watch the new one so long; if it does badly, swap back"},
      {"max-errors", "max_errors", &Invocation::max_errors, "N", "with --watch: messages it may fail at"},
      {"max-error-rate", "max_error_rate", &Invocation::max_error_rate, "RATE",
       "with --watch: of all events; 0.1%"},
      {"p99-factor", "p99_factor", &Invocation::p99_factor, "X",
       "with --watch: how much slower it may be, e.g. 3"},
      {"back", "back", &Invocation::back, "WORD", "with --watch: state to come back with: converted, kept"},
      {"redo", "redo", &Invocation::redo, "WORD", "with --watch: messages to give again: none, failed, all"},
  }};
  return options;
}

Result<void> add_trial(const Invocation& invocation, Json& document) {
  if (invocation.canary) {
    document["canary"] = *invocation.canary;
  }
  Json watch = Json::object();
  for (const WatchOption& option : watch_options()) {
    const std::string& value = invocation.*option.place;
    if (value.empty()) {
      continue;
    }
    if (invocation.watch.empty()) {
      return fail(Errc::bad_request,
                  fmt::format("--{} is for a watch: say how long with --watch TIME", option.name));
    }
    watch[std::string(option.key)] = value;
  }
  if (!watch.empty()) {
    document["watch"] = std::move(watch);
  }
  return {};
}

}  // namespace baton
