// SPDX-License-Identifier: Apache-2.0
#include "host/app/trial_loader.hpp"

#include "host/base/assert.hpp"
#include "host/base/silent_log.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace baton {
namespace {

/// It remembers nothing, and so serves every store.
Log& silent_log() {
  static SilentLog log;
  return log;
}

}  // namespace

Result<TrialLoader> TrialLoader::open(const std::filesystem::path& file, std::filesystem::path folder) {
  PluginFile judged = judge_plugin_file(file);
  Judged<FileContent> content = read_plugin_file(file);
  if (judged.entry.refusal || !content) {
    return fail(Errc::plugin_refused, "it is not the file any more that was judged");
  }
  return TrialLoader(judged.identity(), std::move(*content), std::move(folder));
}

Result<std::shared_ptr<const Library>> TrialLoader::load() {
  // A store of its own for each load: what one remembers of libraries that are gone is memory, too.
  auto store = LibraryStore::open(folder_, silent_log());
  if (!store) {
    return fail(store.error());
  }
  auto library = (*store)->load(identity_, content_.bytes);
  if (!library) {
    return fail(Errc::plugin_refused, library.error().text);
  }
  store_ = std::move(*store);
  return std::move(*library);
}

std::optional<std::string> TrialLoader::forget() {
  const std::vector<LibraryRecord> records = store_->records();
  const bool has_gone = !records.empty() && records.back().state == LibraryState::unloaded;
  const std::string reason = records.empty() ? std::string() : records.back().reason;
  store_.reset();
  return has_gone ? std::nullopt : std::optional(reason);
}

const Offer& offer_named(const Manifest& manifest, const nlohmann::ordered_json& input) {
  const bool is_handler = input.at("kind").get<std::string>() == "handler";
  const Offer* const offer =
      manifest.find(is_handler ? OfferKind::handler : OfferKind::server, input.at("name").get<std::string>());
  BATON_ASSERT(offer != nullptr);  // the input is made from the manifest of the same bytes
  return *offer;
}

}  // namespace baton
