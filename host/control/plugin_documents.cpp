// SPDX-License-Identifier: Apache-2.0
#include "host/control/plugin_documents.hpp"

#include "host/loader/option_values.hpp"
#include "host/loader/refusal.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace baton {
namespace {

Json option_value(const Option& option) {
  switch (option.type) {
    case OptionType::boolean:
      return option.integer != 0;
    case OptionType::integer:
    case OptionType::duration:
    case OptionType::size:
      return option.integer;
    case OptionType::number:
      return option.number;
    case OptionType::text:
    case OptionType::path:
      return option.text;
    case OptionType::list:
      return option.items;
  }
  return nullptr;
}

/// A limit of whole numbers as one.
Json limit_value(const OptionSpec& option, double limit) {
  return option.type == OptionType::number ? Json(limit) : Json(static_cast<std::int64_t>(limit));
}

Json to_json(const OptionSpec& option) {
  Json document = {{"name", option.name},
                   {"type", option_type_name(option.type)},
                   {"required", option.required},
                   {"hot", option.is_hot}};
  if (option.default_value) {
    document["default"] = option_value(*option.default_value);
  }
  if (option.min) {
    document["min"] = limit_value(option, *option.min);
  }
  if (option.max) {
    document["max"] = limit_value(option, *option.max);
  }
  if (!option.values.empty()) {
    document["values"] = option.values;
  }
  document["help"] = option.help;
  return document;
}

Json offer_document(const Offer& offer) {
  Json options = Json::array();
  for (const OptionSpec& option : offer.options) {
    options.push_back(to_json(option));
  }
  return {{"kind", offer_kind_name(offer.kind)},
          {"name", offer.name},
          {"help", offer.help},
          {"state", {{"writes", offer.state_writes}, {"reads", offer.state_reads}}},
          {"capabilities", offer.capabilities},
          {"options", std::move(options)}};
}

/// Signatures are not checked yet: what there is to say is whether one lies beside the file.
std::string_view signature_of(const std::filesystem::path& file) {
  std::error_code ignored;
  return std::filesystem::exists(file.string() + ".minisig", ignored) ? "not checked" : "unsigned";
}

bool is_loaded(const CatalogEntry& file, const std::vector<LibraryRecord>& libraries) {
  return std::ranges::any_of(libraries, [&file](const LibraryRecord& library) {
    return library.sha256 == file.sha256 && library.state == LibraryState::loaded;
  });
}

/// What runs code of that content.
std::vector<std::string> users_of(const std::string& sha256, const HostStatus& status) {
  std::vector<std::string> users;
  const auto is_of_it = [&](std::uint64_t serial) {
    const auto library = std::ranges::find(status.libraries, serial, &LibraryRecord::serial);
    return library != status.libraries.end() && library->sha256 == sha256;
  };
  for (const ManagerState& manager : status.managers) {
    for (const HandlerInfo& handler : manager.manager.handlers) {
      if (is_of_it(handler.library)) {
        users.push_back(handler_target(manager.manager.name, handler.id));
      }
    }
  }
  for (const ServerState& server : status.servers) {
    if (is_of_it(server.server.library)) {
      users.push_back(server.server.name);
    }
  }
  return users;
}

}  // namespace

Json to_json(const QuarantineEntry& entry) {
  return {{"sha256", entry.sha256},     {"file", entry.file.string()},
          {"plugin", entry.plugin},     {"version", entry.version},
          {"time_us", entry.time_us},   {"reason", refusal_name(entry.refusal.reason)},
          {"step", entry.refusal.step}, {"signal", entry.refusal.signal},
          {"text", entry.refusal.text}};
}

Json manifest_document(const Manifest& manifest) {
  Json offers = Json::array();
  for (const Offer& offer : manifest.provides) {
    offers.push_back(offer_document(offer));
  }
  return {{"name", manifest.name},
          {"version", manifest.version},
          {"abi", std::to_string(manifest.abi_major) + "." + std::to_string(manifest.abi_minor)},
          {"provides", std::move(offers)}};
}

Json plugin_document(const CatalogEntry& file) {
  Json document = {{"file", file.path.string()}, {"size", file.size}, {"sha256", file.sha256}};
  const std::optional<Manifest>& manifest = file.manifest ? file.manifest : file.refused_manifest;
  if (manifest) {
    document.update(manifest_document(*manifest));
  }
  document["signature"] = signature_of(file.path);
  document["used_by"] = Json::array();
  document["state"] = file.refused_manifest ? "quarantined" : file.refusal ? "refused" : "available";
  if (file.refusal) {
    document["refused"] = {{"reason", refusal_name(file.refusal->reason)}, {"text", file.refusal->text}};
  }
  return document;
}

Json plugins_document(const std::vector<CatalogEntry>& files, const std::vector<CatalogEntry>& elsewhere,
                      const HostStatus& status) {
  Json array = Json::array();
  for (const CatalogEntry& file : files) {
    Json document = plugin_document(file);
    if (file.manifest && is_loaded(file, status.libraries)) {
      document["state"] = "loaded";
      document["used_by"] = users_of(file.sha256, status);
    }
    array.push_back(std::move(document));
  }
  for (const CatalogEntry& file : elsewhere) {
    Json document = plugin_document(file);
    if (!file.manifest || file.manifest->provides.empty()) {
      document.erase("abi");  // the file is not there any more
      document.erase("provides");
    }
    document.erase("refused");
    document["state"] = "loaded";
    document["elsewhere"] = true;
    document["used_by"] = users_of(file.sha256, status);
    array.push_back(std::move(document));
  }
  return Json{{"plugins", std::move(array)}};
}

}  // namespace baton
