// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/behaviour/event_manager_types.hpp"
#include "host/behaviour/server_process.hpp"
#include "host/loader/catalog.hpp"
#include "host/loader/linked_plugin.hpp"

#include <baton/embedded_host.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// What an embedding program may name as a type: what it has linked, what its plugin directories offer, or a
/// file. Owned by EmbeddedHost. Threads: link() before all else; the rest by any.
class KnownTypes {
 public:
  /// `catalog` outlives this.
  explicit KnownTypes(Catalog& catalog) : catalog_(catalog) {}

  /// Errors: plugin_refused, already_present.
  Result<void> link(const baton_plugin& table, std::string_view manifest);

  /// Errors: plugin_not_found, plugin_refused, quarantined, bad_options.
  Result<HandlerSpec> handler(const EmbeddedHost::Handler& wanted);
  Result<ServerSpec> server(const std::string& name, const std::string& type,
                            const EmbeddedHost::Options& options);

 private:
  struct Linked {
    Manifest manifest;
    LinkedFactories factories;
  };

  /// The one that offers it; null: none does.
  [[nodiscard]] const Linked* linked(OfferKind kind, std::string_view type) const;
  Result<Offer> offer(OfferKind kind, const std::string& type);
  Result<std::shared_ptr<const HandlerFactory>> handler_factory(const std::string& type, const Offer& offer);
  Result<std::shared_ptr<const ServerFactory>> server_factory(const std::string& type, const Offer& offer);

  Catalog& catalog_;
  std::vector<Linked> linked_;
};

}  // namespace baton
