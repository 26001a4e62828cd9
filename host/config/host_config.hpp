// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/log.hpp"
#include "host/behaviour/crash_policy.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/supervisor.hpp"
#include "host/config/diagnostic.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace baton {

/// An option as written in the file; its type is the manifest's to say.
struct ConfigOption {
  std::string name;
  std::variant<std::string, std::vector<std::string>> value;
  Place name_place;
  Place value_place;
};

/// What is done when a newer version of a plugin that runs appears in a plugin directory.
enum class OnNew : std::uint8_t { announce, swap };

struct HandlerConfig {
  std::string id;    // the type's name when not given
  std::string type;  // what a plugin offers
  std::vector<ConfigOption> options;
  std::optional<OnNew> on_new;  // nothing: as the directory says
  std::size_t canary = 0;       // how many events the canary of a swap gets; 0: there is none
  WatchPolicy watch;            // of a swap
  Place place;                  // of the type
  std::filesystem::path file;   // the plugin to take it from; empty: the newest in the directories
  CrashPolicy crash_policy;
  bool has_bad_options = false;  // some are reported, and not among `options`
};

/// What the supervisor of a manager, server or supervisor is told about it.
struct ChildConfig {
  Restart restart = Restart::permanent;
  std::optional<Duration> shutdown;  // nothing: the default of its kind
  bool significant = false;
  Place significant_place;
};

struct ManagerConfig {
  std::string name;
  EventManagerOptions options;
  std::vector<HandlerConfig> handlers;  // in the order of adding
  ChildConfig child;
  Place place;  // of the name
};

struct ServerConfig {
  std::string name;
  std::string type;
  std::vector<ConfigOption> options;
  std::optional<OnNew> on_new;  // nothing: as the directory says
  std::size_t canary = 0;       // as of handlers, with requests
  WatchPolicy watch;            // of a swap
  ProcessOptions process;
  ChildConfig child;
  Place place;  // of the name
  Place type_place;
  std::filesystem::path file;    // as of handlers
  bool has_bad_options = false;  // as of handlers
};

/// The name of a manager, server or supervisor among the children of a supervisor.
struct ChildReference {
  std::string name;
  Place place;
};

struct SupervisorConfig {
  std::string name;
  SupervisorOptions options;
  std::vector<ChildReference> children;  // in the order of starting
  ChildConfig child;
  Place place;  // of the name
};

struct HostSettings {
  std::string name = "baton";
  std::size_t workers = 0;            // 0: one per core
  std::filesystem::path socket;       // empty: the default place
  std::filesystem::path runtime_dir;  // for private copies; empty: the default place
  LogLevel log_level = LogLevel::info;
  bool watch_config = false;  // a changed file is applied by itself
};

/// The root supervisor's; no other process may have it.
inline constexpr std::string_view root_supervisor_name = "root";

struct PluginSettings {
  std::vector<std::filesystem::path> directories;
  std::vector<std::filesystem::path> swapping;  // those of them whose newer versions are swapped in
  bool trial = true;                            // libraries are tried out in a process of their own first
  bool watch = true;                            // directories are looked at when something happens in them
};

/// A config file as plain data: what it says with defaults filled in, paths absolute, and where it says
/// it. Read by read_config(); knows nothing of what runs.
struct HostConfig {
  std::filesystem::path file;
  HostSettings host;
  PluginSettings plugins;
  SupervisorOptions supervision;  // of the root, whose children are those that no supervisor names
  std::vector<SupervisorConfig> supervisors;
  std::vector<ManagerConfig> managers;
  std::vector<ServerConfig> servers;
};

}  // namespace baton
