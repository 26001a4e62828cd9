// SPDX-License-Identifier: Apache-2.0
#include "host/app/try_offer.hpp"

#include "host/base/suggest.hpp"
#include "host/loader/plugin_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <vector>

namespace baton {
namespace {

namespace fs = std::filesystem;

Result<Offer> named_offer(const fs::path& file, const Manifest& manifest, OfferKind kind,
                          const std::string& name) {
  if (const Offer* const offer = manifest.find(kind, name); offer != nullptr) {
    return *offer;
  }
  std::vector<std::string> names;
  for (const Offer& offer : manifest.provides) {
    if (offer.kind == kind) {
      names.push_back(offer.name);
    }
  }
  return fail(Errc::plugin_not_found,
              fmt::format("{} offers no {} \"{}\"{}; its {}s: {}", file.string(), offer_kind_name(kind), name,
                          did_you_mean(name, names), offer_kind_name(kind),
                          names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
}

Result<Offer> obvious_offer(const fs::path& file, const Manifest& manifest, const std::string& state_type) {
  std::vector<std::string> all;
  std::vector<const Offer*> of_state;
  for (const Offer& offer : manifest.provides) {
    all.push_back(fmt::format("--{} {}", offer_kind_name(offer.kind), offer.name));
    if (offer.name == state_type) {
      of_state.push_back(&offer);
    }
  }
  if (manifest.provides.size() == 1) {
    return manifest.provides.front();
  }
  if (of_state.size() == 1) {
    return *of_state.front();
  }
  return fail(Errc::bad_request,
              fmt::format("{} offers several; say which one: {}", file.string(), fmt::join(all, ", ")));
}

}  // namespace

Result<Offer> offer_to_try(const fs::path& file, const WantedOffer& wanted, const std::string& state_type) {
  const PluginFile judged = judge_plugin_file(file);
  if (judged.entry.refusal) {
    return fail(Errc::plugin_refused, file.string() + ": " + to_string(*judged.entry.refusal));
  }
  const Manifest& manifest = *judged.entry.manifest;
  auto offer = !wanted.handler.empty()  ? named_offer(file, manifest, OfferKind::handler, wanted.handler)
               : !wanted.server.empty() ? named_offer(file, manifest, OfferKind::server, wanted.server)
                                        : obvious_offer(file, manifest, state_type);
  if (offer && !state_type.empty() && offer->name != state_type) {
    return fail(Errc::state_refused,
                fmt::format("the state is one of {}; {} does not take it over", state_type, offer->name));
  }
  return offer;
}

}  // namespace baton
