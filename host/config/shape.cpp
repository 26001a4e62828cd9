// SPDX-License-Identifier: Apache-2.0
#include "host/config/shape.hpp"

#include "host/config/plugin_check.hpp"

#include <algorithm>
#include <utility>

namespace baton {
namespace {

/// The first thing that is wrong; check_against_plugins() tells all of them, with their places.
Error first_error(const std::string& element, const std::vector<Diagnostic>& diagnostics) {
  return {Errc::bad_options, element + ": " + diagnostics.front().message};
}

InstanceShape made_of(const Offered& offered, Options options) {
  InstanceShape shape{offered.offer.name, offered.version, std::move(options)};
  for (const OptionSpec& option : offered.offer.options) {
    if (option.is_hot) {
      shape.hot_options.push_back(option.name);
    }
  }
  shape.has_state = offered.offer.state_writes > 0;
  return shape;
}

class ShapeMaker {
 public:
  ShapeMaker(const HostConfig& config, const OfferedLookup& lookup, const HostShape* running)
      : config_(config), lookup_(lookup), running_(running) {}

  Result<HostShape> make() {
    shape_.host = config_.host;
    shape_.plugins = config_.plugins;
    shape_.supervisors.push_back(
        {{std::string(root_supervisor_name), {}, {}}, config_.supervision, root_children_names(config_)});
    add_supervisors_below(std::string(root_supervisor_name));
    for (const ManagerConfig& manager : config_.managers) {
      if (auto added = add(manager); !added) {
        return fail(added.error());
      }
    }
    for (const ServerConfig& server : config_.servers) {
      if (auto added = add(server); !added) {
        return fail(added.error());
      }
    }
    for (SupervisorShape& supervisor : shape_.supervisors) {
      std::erase_if(supervisor.children,
                    [this](const std::string& child) { return std::ranges::count(left_out_, child) > 0; });
    }
    return std::move(shape_);
  }

 private:
  /// Parents before children, whatever the order of the file.
  void add_supervisors_below(const std::string& parent) {
    for (const SupervisorConfig& supervisor : config_.supervisors) {
      if (parent_of(config_, supervisor.name) != parent) {
        continue;
      }
      SupervisorShape shape{child_of(supervisor.name, supervisor.child), supervisor.options, {}};
      for (const ChildReference& child : supervisor.children) {
        shape.children.push_back(child.name);
      }
      shape_.supervisors.push_back(std::move(shape));
      add_supervisors_below(supervisor.name);
    }
  }

  Result<void> add(const ManagerConfig& manager) {
    ManagerShape shape{child_of(manager.name, manager.child), manager.options, {}};
    for (const HandlerConfig& handler : manager.handlers) {
      const std::string element = manager.name + "/" + handler.id;
      const HandlerRules rules{handler.on_new, handler.canary, handler.watch, handler.crash_policy};
      const auto offered = lookup_(OfferKind::handler, handler.type, handler.file);
      if (!offered && offered.error().code == Errc::quarantined) {
        if (const InstanceShape* runs = running_handler(manager.name, handler)) {
          shape.handlers.push_back({handler.id, *runs, rules});
        }
        continue;
      }
      if (!offered) {
        return fail(offered.error().code, element + ": " + offered.error().text);
      }
      auto options = complete_handler_options(handler, offered->offer, config_.file);
      if (!options) {
        return fail(first_error(element, options.error()));
      }
      shape.handlers.push_back({handler.id, made_of(*offered, std::move(*options)), rules});
    }
    shape_.managers.push_back(std::move(shape));
    return {};
  }

  Result<void> add(const ServerConfig& server) {
    const ServerRules rules{server.on_new, server.canary, server.watch};
    const auto offered = lookup_(OfferKind::server, server.type, server.file);
    if (!offered && offered.error().code == Errc::quarantined) {
      if (const InstanceShape* runs = running_server(server)) {
        shape_.servers.push_back({child_of(server.name, server.child), server.process, *runs, rules});
      } else {
        left_out_.push_back(server.name);
      }
      return {};
    }
    if (!offered) {
      return fail(offered.error().code, server.name + ": " + offered.error().text);
    }
    auto options = complete_server_options(server, offered->offer, config_.file);
    if (!options) {
      return fail(first_error(server.name, options.error()));
    }
    shape_.servers.push_back(
        {child_of(server.name, server.child), server.process, made_of(*offered, std::move(*options)), rules});
    return {};
  }

  /// Null: nothing of that type runs there.
  [[nodiscard]] const InstanceShape* running_handler(const std::string& manager,
                                                     const HandlerConfig& handler) const {
    if (running_ == nullptr) {
      return nullptr;
    }
    for (const ManagerShape& shape : running_->managers) {
      const auto found = std::ranges::find(shape.handlers, handler.id, &HandlerShape::id);
      if (shape.process.name == manager && found != shape.handlers.end() &&
          found->made_of.type == handler.type) {
        return &found->made_of;
      }
    }
    return nullptr;
  }

  [[nodiscard]] const InstanceShape* running_server(const ServerConfig& server) const {
    if (running_ == nullptr) {
      return nullptr;
    }
    for (const ServerShape& shape : running_->servers) {
      if (shape.process.name == server.name && shape.made_of.type == server.type) {
        return &shape.made_of;
      }
    }
    return nullptr;
  }

  [[nodiscard]] ChildShape child_of(const std::string& name, const ChildConfig& child) const {
    return {name, parent_of(config_, name), child};
  }

  const HostConfig& config_;
  const OfferedLookup& lookup_;
  const HostShape* const running_;  // null: nothing
  HostShape shape_;
  std::vector<std::string> left_out_;  // servers
};

}  // namespace

Result<HostShape> shape_of(const HostConfig& config, const OfferedLookup& lookup, const HostShape* running) {
  return ShapeMaker(config, lookup, running).make();
}

std::string parent_of(const HostConfig& config, const std::string& name) {
  for (const SupervisorConfig& supervisor : config.supervisors) {
    if (std::ranges::find(supervisor.children, name, &ChildReference::name) != supervisor.children.end()) {
      return supervisor.name;
    }
  }
  return std::string(root_supervisor_name);
}

std::vector<std::string> root_children_names(const HostConfig& config) {
  std::vector<std::string> names;
  const auto add_all = [&](const auto& configs) {
    for (const auto& one : configs) {
      if (parent_of(config, one.name) == root_supervisor_name) {
        names.push_back(one.name);
      }
    }
  };
  add_all(config.servers);
  add_all(config.managers);
  add_all(config.supervisors);
  return names;
}

}  // namespace baton
