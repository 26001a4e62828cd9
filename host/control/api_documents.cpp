// SPDX-License-Identifier: Apache-2.0
#include "host/control/api_documents.hpp"

#include "host/config/source_text.hpp"
#include "host/control/crash_documents.hpp"
#include "host/control/document_bytes.hpp"
#include "host/loader/refusal.hpp"

#include <sodium.h>

#include <algorithm>
#include <string>

namespace baton {

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Character character = first_character(text);
    if (!character.is_valid) {
      return false;
    }
    text.remove_prefix(character.size);
  }
  return true;
}

std::string base64(std::string_view data) {
  constexpr int variant = sodium_base64_VARIANT_ORIGINAL;
  std::string text(sodium_base64_ENCODED_LEN(data.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(data.data()),
                    data.size(), variant);
  text.pop_back();  // its NUL
  return text;
}

Json to_json(const MailboxCounters& mailbox) {
  return {{"waiting", mailbox.waiting},
          {"waiting_max", mailbox.waiting_max},
          {"accepted", mailbox.accepted},
          {"rejected", mailbox.rejected},
          {"dropped_newest", mailbox.dropped_newest},
          {"dropped_oldest", mailbox.dropped_oldest}};
}

Json to_json(const HandlerInfo& handler) {
  Json document = {{"id", handler.id},
                   {"type", handler.type},
                   {"version", handler.version},
                   {"instance", handler.instance},
                   {"handled", handler.handled},
                   {"refused", handler.refused},
                   {"restarts", handler.restarts},
                   {"missed", handler.missed}};
  if (handler.is_watched) {
    document["watched"] = true;
  }
  return document;
}

Json to_json(const EndedHandler& handler) {
  return {{"id", handler.id},
          {"version", handler.version},
          {"instance", handler.instance},
          {"handled", handler.handled},
          {"refused", handler.refused},
          {"swapped", handler.was_swapped},
          {"ended_us", handler.ended_us}};
}

Json to_json(const NotifyOutcome& outcome) {
  Json failures = Json::array();
  for (const EventFailure& failure : outcome.failures) {
    failures.push_back(
        {{"handler", failure.handler}, {"crashed", failure.crashed}, {"reason", failure.reason}});
    if (failure.is_restarted) {
      failures.back()["restarted"] = true;
    }
  }
  // One for each event that comes in a request of its own: key by key, it takes a third of the time that it
  // takes from a list.
  Json document = Json::object();
  document["accepted"] = outcome.accepted;
  document["refused"] = outcome.refused;
  document["failures"] = std::move(failures);
  return document;
}

Json to_json(const CatalogEntry& file) {
  Json document = {{"file", file.path.string()}, {"size", file.size}, {"sha256", file.sha256}};
  if (file.manifest) {
    document["name"] = file.manifest->name;
    document["version"] = file.manifest->version;
    document["abi"] =
        std::to_string(file.manifest->abi_major) + "." + std::to_string(file.manifest->abi_minor);
    Json offers = Json::array();
    for (const Offer& offer : file.manifest->provides) {
      offers.push_back({{"kind", offer_kind_name(offer.kind)}, {"name", offer.name}, {"help", offer.help}});
    }
    document["provides"] = std::move(offers);
  }
  if (file.refusal) {
    document["refused"] = {{"reason", refusal_name(file.refusal->reason)}, {"text", file.refusal->text}};
  }
  return document;
}

Json to_json(const LibraryRecord& library) {
  Json document = {{"serial", library.serial}, {"file", library.file.string()},
                   {"plugin", library.plugin}, {"version", library.version},
                   {"sha256", library.sha256}, {"state", library_state_name(library.state)}};
  if (!library.reason.empty()) {
    document["reason"] = library.reason;
  }
  return document;
}

Json to_json(const ActivityNow& activity) {
  return {{"in", activity.subject.empty() ? activity.process : activity.subject},
          {"callback", activity.callback},
          {"type", activity.type},
          {"seq", activity.seq},
          {"messages", activity.count},
          {"for_ms", activity.lasted.count()},
          {"text", to_string(activity)}};
}

/// Why it is known no better.
void put_busy(Json& document, const std::optional<ActivityNow>& activity) {
  document["busy"] = true;
  if (activity) {
    document["activity"] = to_json(*activity);
  }
}

Json to_json(const ManagerState& status) {
  const EventManagerStatus& manager = status.manager;
  Json document = {{"name", manager.name},
                   {"instance", manager.instance},
                   {"suspended", manager.is_suspended},
                   {"mailbox", to_json(manager.mailbox)}};
  if (status.is_busy) {
    put_busy(document, status.activity);
  } else {
    document["degraded"] = manager.is_degraded();
    document["crashes"] = manager.crashes;
    document["restarts"] = manager.restarts;
    document["missed"] = manager.missed;
    document["missing"] = to_array(manager.missing);
    document["handlers"] = to_array(manager.handlers);
    document["ended"] = to_array(manager.ended);
  }
  return document;
}

Json to_json(const ServerState& status) {
  const ServerStatus& server = status.server;
  Json document = {{"name", server.name},
                   {"instance", server.instance},
                   {"suspended", server.is_suspended},
                   {"mailbox", to_json(server.mailbox)}};
  if (status.is_busy) {
    put_busy(document, status.activity);
  } else {
    document["type"] = server.type;
    document["version"] = server.version;
    document["calls"] = server.calls;
    document["casts"] = server.casts;
    if (server.is_watched) {
      document["watched"] = true;
    }
  }
  return document;
}

/// A manager that is busy does not say.
bool is_degraded(const HostStatus& status) {
  return std::any_of(status.managers.begin(), status.managers.end(),
                     [](const ManagerState& state) { return state.manager.is_degraded(); });
}

Json to_json(const HostStatus& status) {
  Json directories = Json::array();
  for (const auto& directory : status.facts.plugin_directories) {
    directories.push_back(directory.string());
  }
  return {{"host",
           {{"name", status.facts.name},
            {"version", status.facts.version},
            {"pid", status.facts.pid},
            {"uptime_ms", status.uptime.count()},
            {"config", status.facts.config_file.string()},
            {"plugin_directories", std::move(directories)},
            {"degraded", is_degraded(status)}}},
          {"managers", to_array(status.managers)},
          {"servers", to_array(status.servers)},
          {"stopped", status.stopped},
          {"libraries", to_array(status.libraries)},
          {"refused_files", to_array(status.refused_files)}};
}

Json reply_document(std::string_view name, const Reply& reply, const AtomTable& atoms) {
  Json document = Json::object();
  put_bytes(document, std::string(name), reply.data);
  document["content_type"] = content_type_text(atoms, reply.content_type);
  return document;
}

}  // namespace baton
