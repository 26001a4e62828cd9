// SPDX-License-Identifier: Apache-2.0
#include "host/app/ran_config.hpp"

#include "host/behaviour/event_manager.hpp"
#include "host/config/plan_changes.hpp"
#include "host/runtime/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace baton {
namespace {

constexpr Duration patience{1000};

template <class Config>
const Config* find_named(const std::vector<Config>& configs, const std::string& name) {
  const auto found = std::ranges::find(configs, name, &Config::name);
  return found == configs.end() ? nullptr : &*found;
}

template <class Shape>
bool runs(const std::vector<Shape>& shapes, const std::string& name) {
  return std::ranges::any_of(shapes, [&name](const Shape& shape) { return shape.process.name == name; });
}

/// As a file would have it. Paths are absolute.
ConfigOption written(const Option& option) {
  switch (option.type) {
    case OptionType::boolean:
      return {option.name, option.integer != 0 ? "true" : "false", {}, {}};
    case OptionType::integer:
    case OptionType::size:
      return {option.name, std::to_string(option.integer), {}, {}};
    case OptionType::number:
      return {option.name, fmt::format("{}", option.number), {}, {}};
    case OptionType::duration:
      return {option.name, fmt::format("{}ms", option.integer), {}, {}};
    case OptionType::list:
      return {option.name, option.items, {}, {}};
    case OptionType::text:
    case OptionType::path:
      break;
  }
  return {option.name, option.text, {}, {}};
}

/// What a handler or a server is made of.
template <class Config>
void say_what_runs(Config& config, const InstanceShape& running, const std::optional<Recipe>& recipe) {
  config.type = running.type;
  config.file = recipe ? recipe->file : std::filesystem::path();
  config.options.clear();
  for (const Option& option : running.options) {
    // Those that nobody gave have their defaults.
    const bool is_given =
        recipe && std::ranges::find(recipe->options, option.name, &RawOption::name) != recipe->options.end();
    if (is_given || (!recipe && option.type != OptionType::path)) {
      config.options.push_back(written(option));
    }
  }
}

bool is_same(const InstanceShape& left, const InstanceShape& right) {
  return left.type == right.type && left.version == right.version &&
         changes_of(left.options, right.options).empty();
}

class RanConfigWriter {
 public:
  RanConfigWriter(const Found& found, const std::set<std::string>& missed, const Deployment& deployment)
      : found_(found), missed_(missed), deployment_(deployment), config_(found.applied) {}

  HostConfig write() {
    config_.managers.clear();
    config_.servers.clear();
    write_all(found_.applied.managers, found_.running.managers, config_.managers);
    write_all(found_.applied.servers, found_.running.servers, config_.servers);
    drop_supervisors();
    return std::move(config_);
  }

 private:
  /// In the order of the file, then what was started by hand.
  template <class Config, class Shape>
  void write_all(const std::vector<Config>& applied, const std::vector<Shape>& running,
                 std::vector<Config>& to) {
    for (const Config& config : applied) {
      const auto shape = std::ranges::find_if(
          running, [&config](const Shape& one) { return one.process.name == config.name; });
      if (shape != running.end()) {
        add(*shape);
      } else if (missed_.contains(config.name)) {
        to.push_back(config);
      }
    }
    for (const Shape& shape : running) {
      if (find_named(applied, shape.process.name) == nullptr) {
        add(shape);
      }
    }
  }

  void add(const ManagerShape& running) {
    const std::string& name = running.process.name;
    const ManagerConfig* applied = find_named(found_.applied.managers, name);
    ManagerConfig manager = applied ? *applied : ManagerConfig{name, running.options, {}, {}, {}};
    manager.handlers.clear();
    for (const HandlerShape& handler : running.handlers) {
      manager.handlers.push_back(config_of(name, handler, applied));
    }
    for (std::size_t place = 0; applied != nullptr && place < applied->handlers.size(); ++place) {
      const HandlerConfig& handler = applied->handlers[place];
      if (missed_.contains(handler_target(name, handler.id))) {
        const std::size_t there = std::min(place, manager.handlers.size());
        manager.handlers.insert(manager.handlers.begin() + static_cast<std::ptrdiff_t>(there), handler);
      }
    }
    config_.managers.push_back(std::move(manager));
  }

  HandlerConfig config_of(const std::string& manager, const HandlerShape& running,
                          const ManagerConfig* applied) const {
    HandlerConfig config;
    config.id = running.id;
    config.crash_policy = running.rules.crash_policy;
    config.canary = running.rules.canary;
    config.watch = running.rules.watch;
    config.on_new = running.rules.on_new;
    if (applied != nullptr) {
      const auto known = std::ranges::find(applied->handlers, running.id, &HandlerConfig::id);
      const InstanceShape* const was = made_of(manager, running.id);
      if (known != applied->handlers.end() && was != nullptr && is_same(*was, running.made_of)) {
        return *known;
      }
    }
    say_what_runs(config, running.made_of, deployment_.recipe_of(handler_target(manager, running.id)));
    return config;
  }

  void add(const ServerShape& running) {
    const std::string& name = running.process.name;
    const ServerConfig* applied = find_named(found_.applied.servers, name);
    ServerConfig server = applied ? *applied : ServerConfig();
    server.name = name;
    server.process = running.options;
    const auto was = std::ranges::find_if(found_.applied_shape.servers, [&name](const ServerShape& shape) {
      return shape.process.name == name;
    });
    if (was == found_.applied_shape.servers.end() || !is_same(was->made_of, running.made_of)) {
      say_what_runs(server, running.made_of, deployment_.recipe_of(name));
    }
    config_.servers.push_back(std::move(server));
  }

  [[nodiscard]] const InstanceShape* made_of(const std::string& manager, const std::string& id) const {
    for (const ManagerShape& shape : found_.applied_shape.managers) {
      const auto found = std::ranges::find(shape.handlers, id, &HandlerShape::id);
      if (shape.process.name == manager && found != shape.handlers.end()) {
        return &found->made_of;
      }
    }
    return nullptr;
  }

  /// Those that do not run, and in the others whatever is in the config no more.
  void drop_supervisors() {
    std::erase_if(config_.supervisors, [this](const SupervisorConfig& supervisor) {
      return !runs(found_.running.supervisors, supervisor.name);
    });
    for (SupervisorConfig& supervisor : config_.supervisors) {
      std::erase_if(supervisor.children, [this](const ChildReference& child) {
        return find_named(config_.managers, child.name) == nullptr &&
               find_named(config_.servers, child.name) == nullptr &&
               find_named(config_.supervisors, child.name) == nullptr;
      });
    }
  }

  const Found& found_;
  const std::set<std::string>& missed_;
  const Deployment& deployment_;
  HostConfig config_;
};

}  // namespace

std::set<std::string> missed_targets(Runtime& runtime, const Deployment& deployment) {
  std::set<std::string> targets;
  for (const auto& [target, left_out] : deployment.left_out()) {
    targets.insert(target);
  }
  for (const std::shared_ptr<Process>& process : runtime.registry.all()) {
    auto* const manager = dynamic_cast<EventManager*>(process.get());
    if (manager == nullptr) {
      continue;
    }
    const auto status = manager->status(patience);
    for (const MissingHandler& missing : status ? status->missing : std::vector<MissingHandler>()) {
      targets.insert(handler_target(manager->name(), missing.id));
    }
  }
  return targets;
}

HostConfig ran_config(const Found& found, const std::set<std::string>& missed, const Deployment& deployment) {
  return RanConfigWriter(found, missed, deployment).write();
}

}  // namespace baton
