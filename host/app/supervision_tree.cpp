// SPDX-License-Identifier: Apache-2.0
#include "host/app/supervision_tree.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>

namespace baton {
namespace {

Recipe recipe_of(const std::string& type, const std::filesystem::path& file,
                 const std::vector<ConfigOption>& options, const HostConfig& config) {
  Recipe recipe{type, file, {}, config.file.parent_path()};
  std::transform(options.begin(), options.end(), std::back_inserter(recipe.options),
                 [](const ConfigOption& option) {
                   return RawOption{option.name, option.value};
                 });
  return recipe;
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

  std::vector<ChildSpec> children_of(const SupervisorConfig& supervisor) {
    std::vector<ChildSpec> children;
    for (const ChildReference& child : supervisor.children) {
      append_named(child.name, children);
    }
    return children;
  }

  /// A valid config has one of that name.
  void append_named(const std::string& name, std::vector<ChildSpec>& children) {
    append_named(name, config_.servers, children);
    append_named(name, config_.managers, children);
    append_named(name, config_.supervisors, children);
  }

 private:
  ChildSpec child_of(const ServerConfig& server) {
    return with(server.child, deployment_.server_child(order_of(server, config_)));
  }

  ChildSpec child_of(const ManagerConfig& manager) {
    return with(manager.child, deployment_.manager_child(order_of(manager, config_)));
  }

  ChildSpec child_of(const SupervisorConfig& supervisor) {
    ChildSpec spec;
    spec.id = supervisor.name;
    spec.type = ChildType::supervisor;
    spec.start = [&runtime = runtime_, name = supervisor.name, options = supervisor.options,
                  children = children_of(supervisor)] {
      return Supervisor::start(runtime, name, options, children);
    };
    return with(supervisor.child, std::move(spec));
  }

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

std::optional<ChildSpec> child_spec(const HostConfig& config, const std::string& name, Runtime& runtime,
                                    Deployment& deployment) {
  std::vector<ChildSpec> found;
  TreeBuilder(config, runtime, deployment).append_named(name, found);
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<ChildSpec> children_of(const HostConfig& config, const std::string& supervisor, Runtime& runtime,
                                   Deployment& deployment) {
  const auto found = std::ranges::find(config.supervisors, supervisor, &SupervisorConfig::name);
  return found == config.supervisors.end() ? root_children(config, runtime, deployment)
                                           : TreeBuilder(config, runtime, deployment).children_of(*found);
}

HandlerOrder order_of(const HandlerConfig& handler, const HostConfig& config) {
  Recipe recipe = recipe_of(handler.type, handler.file, handler.options, config);
  recipe.canary = handler.canary;
  recipe.watch = handler.watch;
  return {handler.id, std::move(recipe), handler.crash_policy};
}

ManagerOrder order_of(const ManagerConfig& manager, const HostConfig& config) {
  ManagerOrder order{manager.name, manager.options, {}};
  for (const HandlerConfig& handler : manager.handlers) {
    order.handlers.push_back(order_of(handler, config));
  }
  return order;
}

ServerOrder order_of(const ServerConfig& server, const HostConfig& config) {
  Recipe recipe = recipe_of(server.type, server.file, server.options, config);
  recipe.canary = server.canary;
  recipe.watch = server.watch;
  return {server.name, std::move(recipe), server.process, server.child.restart};
}

}  // namespace baton
