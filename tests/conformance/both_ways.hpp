// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/loader/linked_plugin.hpp"
#include "host/loader/option_values.hpp"
#include "tests/conformance/linked.hpp"
#include "tests/plugin/loader_fixture.hpp"
#include "tests/support/manual_host.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace baton::test {

/// A fixture that runs each of its test cases twice: with the types of told.hpp linked into the program, and
/// loaded from a plugin file. The program needs `PLUGINS conformance_plugin`
/// and `LIBRARIES told_types` (tests/conformance/CMakeLists.txt).
class BothWays {
 public:
  using Orders = std::vector<std::pair<std::string, std::string>>;
  using Trace = std::vector<std::string>;

  BothWays() : is_loaded_(GENERATE(false, true)) {
    UNSCOPED_INFO(std::string(is_loaded_ ? "loaded from a file" : "linked in"));
    auto manifest = parse_manifest(told::linked_manifest(), BATON_ABI_MAJOR, BATON_ABI_MINOR);
    REQUIRE(manifest);
    manifest_ = std::move(*manifest);
    auto linked = make_linked_factories(told::linked_table(), manifest_);
    REQUIRE(linked);
    linked_ = std::move(*linked);
  }

  [[nodiscard]] HandlerSpec handler(const std::string& id, const std::string& type = "ToldHandler",
                                    const Orders& options = {}) {
    return {id, handler_factory(type), checked(OfferKind::handler, type, options)};
  }

  [[nodiscard]] ServerSpec server(const std::string& name, const Orders& options = {},
                                  const std::string& type = "ToldServer") {
    return {name, server_factory(type), checked(OfferKind::server, type, options), {}};
  }

  [[nodiscard]] std::shared_ptr<const HandlerFactory> handler_factory(const std::string& type) {
    if (!is_loaded_) {
      return linked_.handlers.at(type);
    }
    auto factory = loader.catalog.handler_factory_from_file(PLUGIN_conformance_plugin, type);
    REQUIRE(factory);
    return *factory;
  }

  [[nodiscard]] std::shared_ptr<const ServerFactory> server_factory(const std::string& type) {
    if (!is_loaded_) {
      return linked_.servers.at(type);
    }
    auto factory = loader.catalog.server_factory_from_file(PLUGIN_conformance_plugin, type);
    REQUIRE(factory);
    return *factory;
  }

  [[nodiscard]] std::shared_ptr<ServerProcess> start(const std::string& name = "srv",
                                                     const Orders& options = {},
                                                     const std::string& type = "ToldServer") {
    auto started = ServerProcess::start(host.runtime, server(name, options, type));
    REQUIRE(started);
    return *started;
  }

  /// The reply to these orders, or the name of the error.
  std::string call(ServerProcess& server, const std::string& orders,
                   Duration timeout = default_call_timeout) {
    return text_of(server.call(host.message("do", orders), timeout));
  }

  std::string call(EventManager& manager, const std::string& id, const std::string& orders,
                   Duration timeout = default_call_timeout) {
    return text_of(manager.call(id, host.message("do", orders), timeout));
  }

  /// Casts without running anything.
  void cast(ServerProcess& server, const std::vector<std::string>& orders) {
    std::vector<Message> casts;
    casts.reserve(orders.size());
    for (const std::string& one : orders) {
      casts.push_back(host.message("do", one));
    }
    REQUIRE(server.cast(casts) == casts.size());
  }

  /// Casts, and runs everything; no time passes.
  void tell(ServerProcess& server, const std::string& orders) {
    cast(server, {orders});
    host.scheduler.run_all();
  }

  /// What the instances wrote since the last time: which of their callbacks were called, with what.
  Trace trace() {
    const auto records = host.log.all("plugin_says");
    Trace lines;
    for (std::size_t i = traced_; i < records.size(); ++i) {
      lines.push_back(records[i].fields.at("text"));
    }
    traced_ = records.size();
    return lines;
  }

  static std::string text_of(const Result<Reply>& reply) { return reply ? reply->data : code_of(reply); }

  /// The fields of the only crash report of that name.
  std::map<std::string, std::string> report(std::string_view name = "server_crashed") {
    const auto records = host.log.all(name);
    REQUIRE(records.size() == 1);
    return records[0].fields;
  }

  [[nodiscard]] bool is_loaded() const { return is_loaded_; }

  Loader loader;  // first, so that it goes last: what factories and processes hold lives in it
  ManualHost host;

 private:
  Options checked(OfferKind kind, const std::string& type, const Orders& options) {
    std::vector<RawOption> raw;
    for (const auto& [name, value] : options) {
      raw.push_back({name, value});
    }
    const Offer* offer = manifest_.find(kind, type);
    REQUIRE(offer != nullptr);
    auto completed = complete_options(*offer, raw, loader.plugins.path());
    REQUIRE(completed);
    return *completed;
  }

  const bool is_loaded_;
  Manifest manifest_;
  LinkedFactories linked_;
  std::size_t traced_ = 0;
};

}  // namespace baton::test
