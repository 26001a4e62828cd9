// SPDX-License-Identifier: Apache-2.0
#include "host/app/bench_watch.hpp"

#include "host/app/session.hpp"
#include "host/behaviour/event_manager_types.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace baton {
namespace {

using Json = nlohmann::json;

std::uint64_t number_at(const Json& document, const char* key) {
  return document.value(key, std::uint64_t{0});
}

MailboxTally mailbox_of(const Json& manager) {
  const Json& mailbox = manager.at("mailbox");
  return {number_at(mailbox, "accepted"),
          number_at(mailbox, "dropped_newest") + number_at(mailbox, "dropped_oldest")};
}

std::pair<std::string, std::uint64_t> key_of(const Json& handler) {
  return {handler.at("id"), handler.at("instance")};
}

/// Of one that is there, or of one that has ended.
InstanceTally tally_of(const Json& handler) {
  InstanceTally tally;
  tally.instance = handler.at("instance");
  tally.version = handler.value("version", "");
  tally.handled = number_at(handler, "handled");
  if (handler.contains("ended_us")) {
    tally.ended_us = handler.at("ended_us").get<std::int64_t>();
    tally.was_swapped = handler.value("swapped", false);
  }
  return tally;
}

}  // namespace

std::uint64_t HandlerTally::sum() const {
  std::uint64_t sum = 0;
  for (const InstanceTally& instance : instances) {
    sum += instance.handled;
  }
  return sum;
}

Result<void> BenchWatch::begin() {
  for (;;) {
    const auto read_all = read(true);
    if (!read_all) {
      return fail(read_all.error());
    }
    if (*read_all) {
      return {};
    }
  }
}

Result<void> BenchWatch::look() {
  const auto read_all = read(false);
  return read_all ? Result<void>() : fail(read_all.error());
}

/// False: the manager was too busy.
Result<bool> BenchWatch::read(bool is_first) {
  const auto body = ask_host(client_, {"GET", "/v1/status", {}, {}});
  if (!body) {
    return fail(body.error());
  }
  const Json document = Json::parse(*body);
  const Json& managers = document.at("managers");
  const auto manager = std::find_if(managers.begin(), managers.end(),
                                    [this](const Json& one) { return one.at("name") == manager_; });
  if (manager == managers.end()) {
    return fail(Errc::not_found, fmt::format("there is no manager `{}`", manager_));
  }
  const MailboxTally mailbox = mailbox_of(*manager);
  if (is_first) {
    before_ = mailbox;
  }
  mailbox_ = {mailbox.accepted - before_->accepted, mailbox.dropped - before_->dropped};
  if (!manager->contains("handlers")) {
    return false;
  }
  const Json ended = manager->value("ended", Json::array());
  const bool may_have_forgotten = ended.size() >= ended_handlers_max;
  if (!is_first && may_have_forgotten && !seen_.contains(key_of(ended.front()))) {
    is_complete_ = false;
  }
  for (const Json& handler : ended) {
    note(handler.at("id"), tally_of(handler), is_first);
  }
  for (const Json& handler : manager->at("handlers")) {
    note(handler.at("id"), tally_of(handler), is_first);
  }
  return true;
}

void BenchWatch::note(const std::string& id, const InstanceTally& now, bool is_first) {
  Seen& seen = seen_[{id, now.instance}];
  if (is_first) {
    seen.before = now.handled;
    seen.is_old = now.ended_us.has_value();
    seen.was_there_first = !seen.is_old;
  }
  seen.tally = now;
  seen.tally.handled = now.handled - seen.before;
}

std::vector<HandlerTally> BenchWatch::handlers() const {
  std::vector<HandlerTally> handlers;
  for (const auto& [key, seen] : seen_) {  // of one id, in the order of the instances' numbers
    if (seen.is_old) {
      continue;
    }
    if (handlers.empty() || handlers.back().id != key.first) {
      handlers.push_back({key.first, {}, seen.was_there_first, false});
    }
    handlers.back().instances.push_back(seen.tally);
    handlers.back().is_there = !seen.tally.ended_us;
  }
  return handlers;
}

}  // namespace baton
