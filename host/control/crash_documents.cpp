// SPDX-License-Identifier: Apache-2.0
#include "host/control/crash_documents.hpp"

#include "host/base/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

namespace baton {
namespace {

constexpr std::uint64_t time_max_ms = std::uint64_t{24} * 60 * 60 * 1000;

Json message_document(const CrashedMessage& message) {
  Json document = {{"type", message.type},
                   {"content_type", message.content_type},
                   {"seq", message.seq},
                   {"size", message.size},
                   {"shown", message.shown}};
  if (!message.beginning.empty()) {
    const bool is_text = is_utf8(message.beginning);
    document[is_text ? "beginning" : "beginning_base64"] =
        is_text ? message.beginning : base64(message.beginning);
  }
  return document;
}

Result<void> check_keys(const Json& document, std::string_view where, const std::vector<std::string>& keys) {
  if (!document.is_object()) {
    return fail(Errc::bad_request,
                fmt::format("`{}` must be an object, not a {}", where, document.type_name()));
  }
  for (const auto& [key, value] : document.items()) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      return fail(Errc::bad_request, fmt::format("`{}` has an unknown key `{}`{}; possible are {}", where,
                                                 key, did_you_mean(key, keys), fmt::join(keys, ", ")));
    }
  }
  return {};
}

/// Reads a whole number into `target`, which stays as it is when there is none.
template <class T>
Result<void> read_number(const Json& document, const char* key, std::uint64_t most, T& target) {
  const auto place = document.find(key);
  if (place == document.end()) {
    return {};
  }
  if (!place->is_number_unsigned() || place->get<std::uint64_t>() > most) {
    return fail(Errc::bad_request, fmt::format("`{}` must be a whole number from 0 to {}", key, most));
  }
  target = T(place->get<std::uint64_t>());
  return {};
}

Result<void> first_error(std::initializer_list<Result<void>> results) {
  const auto found = std::find_if(results.begin(), results.end(), [](const auto& result) { return !result; });
  return found == results.end() ? Result<void>() : *found;
}

Result<void> read_backoff(const Json& document, Backoff& backoff) {
  if (auto known = check_keys(document, "backoff", {"initial_ms", "max_ms", "factor", "jitter_percent"});
      !known) {
    return known;
  }
  constexpr std::uint64_t factor_max = 100;
  constexpr std::uint64_t percent_max = 100;
  return first_error({read_number(document, "initial_ms", time_max_ms, backoff.initial),
                      read_number(document, "max_ms", time_max_ms, backoff.max),
                      read_number(document, "factor", factor_max, backoff.factor),
                      read_number(document, "jitter_percent", percent_max, backoff.jitter_percent)});
}

Result<void> read_on_crash(const Json& document, OnCrash& target) {
  const auto place = document.find("on_crash");
  if (place == document.end()) {
    return {};
  }
  const std::string word = place->is_string() ? place->get<std::string>() : place->dump();
  const auto on_crash = on_crash_from_name(word);
  if (!on_crash) {
    const std::vector<std::string> names = on_crash_names();
    return fail(Errc::bad_request, fmt::format("on_crash is `{}`{}; expected one of {}", word,
                                               did_you_mean(word, names), fmt::join(names, ", ")));
  }
  target = *on_crash;
  return {};
}

}  // namespace

Json to_json(const CrashRecord& crash) {
  Json done = Json::array();
  for (const CrashDeed& deed : crash.done) {
    done.push_back({{"time_us", deed.time_us}, {"text", deed.text}});
  }
  Json document = {{"id", crash.id},
                   {"time_us", crash.time_us},
                   {"manager", crash.manager},
                   {"handler", crash.handler},
                   {"instance", crash.instance},
                   {"type", crash.type},
                   {"plugin", crash.origin.plugin},
                   {"version", crash.version},
                   {"file", crash.origin.file},
                   {"sha256", crash.origin.sha256},
                   {"policy", crash.policy},
                   {"callback", crash.callback},
                   {"message", message_document(crash.message)},
                   {"state", crash.state},
                   {"reason", crash.reason},
                   {"done", std::move(done)}};
  if (crash.saved) {
    document["saved_state"] = {
        {"version", crash.saved->version}, {"size", crash.saved->size}, {"at_event", crash.saved->at_event}};
  }
  return document;
}

Json to_json(const MissingHandler& missing) {
  Json document = {{"id", missing.id},
                   {"type", missing.type},
                   {"version", missing.version},
                   {"instance", missing.instance},
                   {"why", to_string(missing.why)},
                   {"reason", missing.reason},
                   {"crash", missing.crash},
                   {"since_us", missing.since_us},
                   {"restarts", missing.restarts},
                   {"missed", missing.missed}};
  if (missing.why == MissingHandler::Why::backing_off) {
    document["restarts_in_ms"] = missing.restarts_in.count();
  }
  return document;
}

Result<CrashPolicy> crash_policy_at(const Json& document) {
  CrashPolicy policy;
  const auto place = document.find("crash_policy");
  if (place == document.end()) {
    return policy;
  }
  constexpr std::uint64_t restarts_max = 1'000'000;
  auto read = check_keys(*place, "crash_policy",
                         {"on_crash", "max_restarts", "within_ms", "backoff", "save_every_ms"});
  if (read) {
    read = first_error({read_on_crash(*place, policy.on_crash),
                        read_number(*place, "max_restarts", restarts_max, policy.max_restarts),
                        read_number(*place, "within_ms", time_max_ms, policy.within),
                        read_number(*place, "save_every_ms", time_max_ms, policy.save_every)});
  }
  if (read && place->contains("backoff")) {
    read = read_backoff((*place)["backoff"], policy.backoff);
  }
  if (read) {
    read = check_crash_policy(policy);
  }
  return read ? Result<CrashPolicy>(policy) : fail(std::move(read.error()));
}

}  // namespace baton
