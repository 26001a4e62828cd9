// SPDX-License-Identifier: Apache-2.0
#include "host/app/supervision_tree.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>

namespace baton {
namespace {

Recipe recipe_of(const std::string& type, const std::vector<ConfigOption>& options,
                 const HostConfig& config) {
  Recipe recipe{type, {}, {}, config.file.parent_path()};
  std::transform(options.begin(), options.end(), std::back_inserter(recipe.options),
                 [](const ConfigOption& option) {
                   return RawOption{option.name, option.value};
                 });
  return recipe;
}

ManagerOrder order_of(const ManagerConfig& manager, const HostConfig& config) {
  ManagerOrder order{manager.name, manager.options, {}};
  for (const HandlerConfig& handler : manager.handlers) {
    order.handlers.push_back(
        {handler.id, recipe_of(handler.type, handler.options, config), handler.crash_policy});
  }
  return order;
}

ServerOrder order_of(const ServerConfig& server, const HostConfig& config) {
  return {server.name, recipe_of(server.type, server.options, config), server.process, server.child.restart};
}

ChildSpec with(const ChildConfig& child, ChildSpec spec) {
  spec.restart = child.restart;
  spec.shutdown = child.shutdown;
  spec.significant = child.significant;
  return spec;
}

class TreeBuilder {
 public:
  TreeBuilder(const HostConfig& config, Runtime& runtime, Deployment& deployment)
      : config_(config), runtime_(runtime), deployment_(deployment) {}

  std::vector<ChildSpec> children_of_root() {
    std::set<std::string> below;
    for (const SupervisorConfig& supervisor : config_.supervisors) {
      for (const ChildReference& child : supervisor.children) {
        below.insert(child.name);
      }
    }
    std::vector<ChildSpec> children;
    const auto add_all = [&](const auto& configs) {
      for (const auto& config : configs) {
        if (!below.contains(config.name)) {
          children.push_back(child_of(config));
        }
      }
    };
    add_all(config_.servers);
    add_all(config_.managers);
    add_all(config_.supervisors);
    return children;
  }

 private:
  ChildSpec child_of(const ServerConfig& server) {
    return with(server.child, deployment_.server_child(order_of(server, config_)));
  }

  ChildSpec child_of(const ManagerConfig& manager) {
    return with(manager.child, deployment_.manager_child(order_of(manager, config_)));
  }

  ChildSpec child_of(const SupervisorConfig& supervisor) {
    std::vector<ChildSpec> children;
    for (const ChildReference& child : supervisor.children) {
      append_named(child.name, config_.servers, children);
      append_named(child.name, config_.managers, children);
      append_named(child.name, config_.supervisors, children);
    }
    ChildSpec spec;
    spec.id = supervisor.name;
    spec.type = ChildType::supervisor;
    spec.start = [&runtime = runtime_, name = supervisor.name, options = supervisor.options,
                  children = std::move(children)] {
      return Supervisor::start(runtime, name, options, children);
    };
    return with(supervisor.child, std::move(spec));
  }

  /// A valid config has one of that name.
  template <class Config>
  void append_named(const std::string& name, const std::vector<Config>& configs,
                    std::vector<ChildSpec>& children) {
    const auto found = std::ranges::find(configs, name, &Config::name);
    if (found != configs.end()) {
      children.push_back(child_of(*found));
    }
  }

  const HostConfig& config_;
  Runtime& runtime_;
  Deployment& deployment_;
};

}  // namespace

std::vector<ChildSpec> root_children(const HostConfig& config, Runtime& runtime, Deployment& deployment) {
  return TreeBuilder(config, runtime, deployment).children_of_root();
}

}  // namespace baton
