// SPDX-License-Identifier: Apache-2.0
#include "host/embed/known_types.hpp"

#include "host/base/name.hpp"
#include "host/loader/option_values.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace baton {
namespace {

bool is_file(std::string_view type) {
  return type.find('/') != std::string_view::npos;
}

/// Paths among the options are those of the program: from its current folder.
Result<Options> checked(const Offer& offer, const EmbeddedHost::Options& given) {
  std::vector<RawOption> raw;
  raw.reserve(given.size());
  for (const EmbeddedHost::Option& option : given) {
    raw.push_back({option.name, option.value});
  }
  std::error_code ignored;
  auto options = complete_options(offer, raw, std::filesystem::current_path(ignored));
  if (options) {
    return std::move(*options);
  }
  return fail(options_error(options.error()));
}

}  // namespace

Result<void> KnownTypes::link(const baton_plugin& table, std::string_view manifest) {
  auto parsed = parse_manifest(manifest, table.abi_major, table.abi_minor);
  if (!parsed) {
    return fail(std::move(parsed.error()));
  }
  for (const Offer& offer : parsed->provides) {
    if (linked(offer.kind, offer.name) != nullptr) {
      return fail(Errc::already_present, "a " + std::string(offer_kind_name(offer.kind)) + " `" + offer.name +
                                             "` has been linked already");
    }
  }
  auto factories = make_linked_factories(table, *parsed);
  if (!factories) {
    return fail(std::move(factories.error()));
  }
  linked_.push_back({std::move(*parsed), std::move(*factories)});
  return {};
}

const KnownTypes::Linked* KnownTypes::linked(OfferKind kind, std::string_view type) const {
  const auto found = std::ranges::find_if(
      linked_, [&](const Linked& one) { return one.manifest.find(kind, type) != nullptr; });
  return found == linked_.end() ? nullptr : &*found;
}

Result<Offer> KnownTypes::offer(OfferKind kind, const std::string& type) {
  if (is_file(type)) {
    return catalog_.offer_in_file(std::filesystem::absolute(type), kind, {});
  }
  const Linked* known = linked(kind, type);
  return known == nullptr ? catalog_.offer(kind, type) : *known->manifest.find(kind, type);
}

Result<std::shared_ptr<const HandlerFactory>> KnownTypes::handler_factory(const std::string& type,
                                                                          const Offer& offer) {
  if (is_file(type)) {
    return catalog_.handler_factory_from_file(std::filesystem::absolute(type), offer.name);
  }
  const Linked* known = linked(OfferKind::handler, type);
  return known == nullptr ? catalog_.handler_factory(type) : known->factories.handlers.find(type)->second;
}

Result<std::shared_ptr<const ServerFactory>> KnownTypes::server_factory(const std::string& type,
                                                                        const Offer& offer) {
  if (is_file(type)) {
    return catalog_.server_factory_from_file(std::filesystem::absolute(type), offer.name);
  }
  const Linked* known = linked(OfferKind::server, type);
  return known == nullptr ? catalog_.server_factory(type) : known->factories.servers.find(type)->second;
}

Result<HandlerSpec> KnownTypes::handler(const EmbeddedHost::Handler& wanted) {
  if (auto can_be = check_name(wanted.id, "an id"); !wanted.id.empty() && !can_be) {
    return fail(std::move(can_be.error()));
  }
  const auto offered = offer(OfferKind::handler, wanted.type);
  if (!offered) {
    return fail(offered.error());
  }
  auto options = checked(*offered, wanted.options);
  if (!options) {
    return fail(std::move(options.error()));
  }
  auto factory = handler_factory(wanted.type, *offered);
  if (!factory) {
    return fail(std::move(factory.error()));
  }
  return HandlerSpec{wanted.id.empty() ? offered->name : wanted.id, std::move(*factory), std::move(*options)};
}

Result<ServerSpec> KnownTypes::server(const std::string& name, const std::string& type,
                                      const EmbeddedHost::Options& options_given) {
  const auto offered = offer(OfferKind::server, type);
  if (!offered) {
    return fail(offered.error());
  }
  auto options = checked(*offered, options_given);
  if (!options) {
    return fail(std::move(options.error()));
  }
  auto factory = server_factory(type, *offered);
  if (!factory) {
    return fail(std::move(factory.error()));
  }
  return ServerSpec{name, std::move(*factory), std::move(*options), {}};
}

}  // namespace baton
