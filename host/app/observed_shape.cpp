// SPDX-License-Identifier: Apache-2.0
#include "host/app/observed_shape.hpp"

#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/server_process.hpp"
#include "host/behaviour/supervisor.hpp"
#include "host/loader/plugin_file.hpp"
#include "host/runtime/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

/// The config of that name; null: what runs was started by hand.
template <class Config>
const Config* find_named(const std::vector<Config>& configs, const std::string& name) {
  const auto found = std::ranges::find(configs, name, &Config::name);
  return found == configs.end() ? nullptr : &*found;
}

InstanceShape shape_of_instance(const TypeInfo& type, Options options) {
  return {type.name, type.version, std::move(options), type.hot_options, type.state_writes > 0};
}

/// What the manager has of them, and the rest as it was applied.
HandlerRules rules_of(const ManagerConfig* manager, const HandlerSpec& spec) {
  HandlerRules rules;
  if (manager != nullptr) {
    const auto found = std::ranges::find(manager->handlers, spec.id, &HandlerConfig::id);
    if (found != manager->handlers.end()) {
      rules = {found->on_new, 0, found->watch, {}};
    }
  }
  rules.canary = spec.recent_events;
  rules.crash_policy = spec.crash_policy.value_or(CrashPolicy());
  return rules;
}

ServerRules rules_of(const ServerConfig* server, const ServerSpec& spec) {
  ServerRules rules;
  if (server != nullptr) {
    rules = {server->on_new, 0, server->watch};
  }
  rules.canary = spec.recent_requests;
  return rules;
}

class Observer {
 public:
  Observer(Runtime& runtime, const HostConfig& config) : runtime_(runtime), config_(config) {}

  Result<HostShape> observe() {
    shape_.host = config_.host;
    shape_.plugins = config_.plugins;
    if (auto added = add_supervisor(std::string(root_supervisor_name), ""); !added) {
      return fail(added.error());
    }
    for (const std::shared_ptr<Process>& process : runtime_.registry.all()) {
      if (process->name().starts_with('<')) {
        continue;
      }
      Result<void> added;
      if (auto* manager = dynamic_cast<EventManager*>(process.get())) {
        added = add(*manager);
      } else if (auto* server = dynamic_cast<ServerProcess*>(process.get())) {
        added = add(*server);
      }
      // What ends while it is looked at does not run.
      if (!added && added.error().code != Errc::process_ended) {
        return fail(added.error().code, fmt::format("{}: {}", process->name(), added.error().text));
      }
    }
    return std::move(shape_);
  }

 private:
  [[nodiscard]] ChildShape child_of(const std::string& name, const ChildConfig* config) const {
    return {name, parent_of(config_, name), config == nullptr ? ChildConfig() : *config};
  }

  /// And those below it.
  Result<void> add_supervisor(const std::string& name, const std::string& parent) {
    const auto supervisor = std::dynamic_pointer_cast<Supervisor>(runtime_.registry.whereis(name));
    if (!supervisor) {
      return {};
    }
    const auto children = supervisor->which_children();
    if (!children) {
      return fail(children.error().code, fmt::format("{}: {}", name, children.error().text));
    }
    const SupervisorConfig* config = find_named(config_.supervisors, name);
    SupervisorShape shape{{name, parent, config == nullptr ? ChildConfig() : config->child},
                          config == nullptr ? config_.supervision : config->options,
                          {}};
    std::vector<std::string> supervisors;
    for (auto child = children->rbegin(); child != children->rend(); ++child) {
      if (child->instance != 0) {
        shape.children.push_back(child->id);
      }
      if (child->type == ChildType::supervisor) {
        supervisors.push_back(child->id);
      }
    }
    shape_.supervisors.push_back(std::move(shape));
    for (const std::string& child : supervisors) {
      if (auto added = add_supervisor(child, name); !added) {
        return added;
      }
    }
    return {};
  }

  Result<void> add(EventManager& manager) {
    const auto status = manager.status();
    if (!status) {
      return fail(status.error());
    }
    const ManagerConfig* config = find_named(config_.managers, manager.name());
    ManagerShape shape{child_of(manager.name(), config == nullptr ? nullptr : &config->child), {}, {}};
    shape.options.process = manager.options();
    shape.options.order = config == nullptr ? DispatchOrder::oldest_first : config->options.order;
    // As it was applied: a record that somebody began by hand is for looking, and no part of the config.
    shape.options.record = config == nullptr ? RecordLimits() : config->options.record;
    for (auto info = status->handlers.rbegin(); info != status->handlers.rend(); ++info) {
      if (!info->owner.empty()) {
        continue;
      }
      auto spec = manager.handler_spec(info->id);
      if (spec) {
        const HandlerRules rules = rules_of(config, *spec);
        shape.handlers.push_back(
            {info->id, shape_of_instance(spec->factory->type(), std::move(spec->options)), rules});
      } else if (spec.error().code != Errc::not_found) {
        return fail(spec.error());
      }
    }
    shape_.managers.push_back(std::move(shape));
    return {};
  }

  Result<void> add(ServerProcess& server) {
    auto spec = server.spec();
    if (!spec) {
      return fail(spec.error());
    }
    const ServerConfig* config = find_named(config_.servers, server.name());
    shape_.servers.push_back(
        {child_of(server.name(), config == nullptr ? nullptr : &config->child), server.options(),
         shape_of_instance(spec->factory->type(), std::move(spec->options)), rules_of(config, *spec)});
    return {};
  }

  Runtime& runtime_;
  const HostConfig& config_;
  HostShape shape_;
};

/// The version that the catalog chooses: the newest that is not refused.
std::string newest_version(const Catalog& catalog, OfferKind kind, const std::string& type) {
  std::string newest;
  for (const CatalogEntry& entry : catalog.files()) {
    if (!entry.manifest || entry.manifest->find(kind, type) == nullptr) {
      continue;
    }
    if (newest.empty() || compare_versions(entry.manifest->version, newest) > 0) {
      newest = entry.manifest->version;
    }
  }
  return newest;
}

}  // namespace

Result<HostShape> observed_shape(Runtime& runtime, const HostConfig& config) {
  return Observer(runtime, config).observe();
}

OfferedLookup offered_by(Catalog& catalog) {
  return [&catalog](OfferKind kind, const std::string& type,
                    const std::filesystem::path& file) -> Result<Offered> {
    auto offer = file.empty() ? catalog.offer(kind, type) : catalog.offer_in_file(file, kind, type);
    if (!offer) {
      return fail(offer.error());
    }
    if (file.empty()) {
      return Offered{std::move(*offer), newest_version(catalog, kind, type)};
    }
    const PluginFile judged = judge_plugin_file(file);
    return Offered{std::move(*offer), judged.entry.manifest ? judged.entry.manifest->version : ""};
  };
}

}  // namespace baton
