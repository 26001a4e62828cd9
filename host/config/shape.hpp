// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/behaviour/options.hpp"
#include "host/config/host_config.hpp"
#include "host/loader/manifest.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace baton {

/// What an instance is made of, with nothing left open.
struct InstanceShape {
  std::string type;
  std::string version;
  Options options;                            // all that the type has, defaults filled in
  std::vector<std::string> hot_options = {};  // names of those that change while an instance goes on
  bool has_state = false;                     // that another version of it could take over
};

/// What is said of a handler's place, whatever runs there: it changes while the instance goes on.
struct HandlerRules {
  std::optional<OnNew> on_new;
  std::size_t canary = 0;
  WatchPolicy watch;
  CrashPolicy crash_policy;
};

/// The same of a server.
struct ServerRules {
  std::optional<OnNew> on_new;
  std::size_t canary = 0;
  WatchPolicy watch;
};

struct HandlerShape {
  std::string id;
  InstanceShape made_of;
  HandlerRules rules;
};

/// What every process of the tree has.
struct ChildShape {
  std::string name;
  std::string parent;  // the supervisor's name; empty: of the root
  ChildConfig child;
};

struct ManagerShape {
  ChildShape process;
  EventManagerOptions options;
  std::vector<HandlerShape> handlers;  // in the order of adding
};

struct ServerShape {
  ChildShape process;
  ProcessOptions options;
  InstanceShape made_of;
  ServerRules rules = {};
};

struct SupervisorShape {
  ChildShape process;
  SupervisorOptions options;
  std::vector<std::string> children;  // in the order of starting
};

/// A whole host, as a config wants it or as it is observed: two of them can be compared (plan.hpp).
struct HostShape {
  HostSettings host;
  PluginSettings plugins;
  std::vector<SupervisorShape> supervisors;  // parents before children; the root is the first
  std::vector<ManagerShape> managers;
  std::vector<ServerShape> servers;
};

/// What a plugin says of a type, and the plugin's version.
struct Offered {
  Offer offer;
  std::string version;
};

/// Finds the newest of the plugin directories, or in `file` when that is given.
using OfferedLookup = std::function<Result<Offered>(OfferKind kind, const std::string& type,
                                                    const std::filesystem::path& file)>;

/// What a valid config means with the plugins at hand. What only a plugin in quarantine offers is not in it,
/// as it is left out at a start of the host; but what of it is in `running` stays as it is. Errors: the
/// lookup's, and bad_options; each with its element in front. Runs no plugin. Threads: any.
[[nodiscard]] Result<HostShape> shape_of(const HostConfig& config, const OfferedLookup& lookup,
                                         const HostShape* running = nullptr);

/// Whose child each process is: the supervisor's name, or `root`.
[[nodiscard]] std::string parent_of(const HostConfig& config, const std::string& name);

/// The names of the root's children, in the order of starting: servers, managers, supervisors.
[[nodiscard]] std::vector<std::string> root_children_names(const HostConfig& config);

}  // namespace baton
