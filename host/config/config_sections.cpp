// SPDX-License-Identifier: Apache-2.0
#include "host/config/config_sections.hpp"

#include "host/config/key_table.hpp"
#include "host/config/process_sections.hpp"
#include "host/config/source_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <string_view>
#include <sys/un.h>
#include <system_error>
#include <utility>

namespace baton {
namespace {

using namespace std::chrono_literals;

constexpr Range<std::size_t> workers_range{0, 256};
constexpr Range<std::uint32_t> max_restarts_range{0, 1'000'000};
constexpr Range<Duration> within_range{1ms, 24h};

// host

void read_host_name(ValueReader& values, const YamlNode& node, HostSettings& host) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789_-";
  constexpr std::size_t size_max = 64;
  std::string name = host.name;
  values.text(node, "a name", name);
  if (name.empty() || name.size() > size_max || name.find_first_not_of(allowed) != std::string::npos) {
    values.error(node.place, in_backticks(name) + " cannot be the name of a host",
                 fmt::format("use 1 to {} lower-case letters, digits, `_` and `-`", size_max));
    return;
  }
  host.name = std::move(name);
}

void read_socket(ValueReader& values, const YamlNode& node, HostSettings& host) {
  constexpr std::size_t size_max = sizeof(sockaddr_un::sun_path) - 1;
  values.path(node, host.socket);
  if (host.socket.native().size() > size_max) {
    values.error(node.place,
                 fmt::format("the path of the socket has {} bytes, the system allows {}",
                             host.socket.native().size(), size_max),
                 "use a shorter one, for example below /run");
  }
}

void read_log_level(ValueReader& values, const YamlNode& node, HostSettings& host) {
  static constexpr std::array levels = {
      Choice<LogLevel>{"debug", LogLevel::debug}, Choice<LogLevel>{"info", LogLevel::info},
      Choice<LogLevel>{"warning", LogLevel::warning}, Choice<LogLevel>{"error", LogLevel::error}};
  values.choice<LogLevel>(node, levels, host.log_level);
}

constexpr std::array host_keys = {
    Key<HostSettings>{"name", read_host_name},
    Key<HostSettings>{"workers",
                      [](ValueReader& values, const YamlNode& node, HostSettings& host) {
                        values.whole_number(node, workers_range, "threads", host.workers);
                      }},
    Key<HostSettings>{"socket", read_socket},
    Key<HostSettings>{"runtime_dir",
                      [](ValueReader& values, const YamlNode& node, HostSettings& host) {
                        values.path(node, host.runtime_dir);
                      }},
    Key<HostSettings>{"log_level", read_log_level},
};

// plugins

using Directories = std::vector<std::filesystem::path>;

/// A missing folder is no error: the packaged one may come later, and is looked for at each scan.
void check_directory(ValueReader& values, const YamlNode& node, const std::filesystem::path& directory) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(directory, error);
  const std::string name = in_backticks(directory.native());
  if (status.type() == std::filesystem::file_type::not_found) {
    values.warning(node.place, "there is no folder " + name, "make it, or remove this entry");
  } else if (error) {
    values.warning(node.place, fmt::format("{} cannot be looked at: {}", name, error.message()));
  } else if (status.type() != std::filesystem::file_type::directory) {
    values.error(node.place, name + " is a file, expected a folder", "name the folder that it lies in");
  }
}

void read_directories(ValueReader& values, const YamlNode& node, Directories& directories) {
  if (!values.is_list(node, "the folders as a list: `[plugins]`")) {
    return;
  }
  for (const YamlNode& entry : node.entries) {
    std::filesystem::path directory;
    values.path(entry, directory);
    if (directory.empty()) {
      continue;
    }
    if (std::ranges::find(directories, directory) != directories.end()) {
      values.warning(entry.place, in_backticks(entry.text) + " is in the list already",
                     "remove one of the two");
      continue;
    }
    check_directory(values, entry, directory);
    directories.push_back(std::move(directory));
  }
}

constexpr std::array plugins_keys = {Key<Directories>{"directories", read_directories}};

// supervision

constexpr std::array supervision_keys = {
    Key<SupervisorOptions>{"max_restarts",
                           [](ValueReader& values, const YamlNode& node, SupervisorOptions& options) {
                             values.whole_number(node, max_restarts_range, "restarts", options.max_restarts);
                           }},
    Key<SupervisorOptions>{"within",
                           [](ValueReader& values, const YamlNode& node, SupervisorOptions& options) {
                             values.duration(node, within_range, options.within);
                           }},
};

// the whole file

constexpr std::array root_keys = {
    Key<HostConfig>{"host",
                    [](ValueReader& values, const YamlNode& node, HostConfig& config) {
                      read_section(values, node, host_keys, config.host, "`host: {name: lesson}`");
                    }},
    Key<HostConfig>{"plugins",
                    [](ValueReader& values, const YamlNode& node, HostConfig& config) {
                      read_section(values, node, plugins_keys, config.plugin_directories,
                                   "`plugins: {directories: [plugins]}`");
                    }},
    Key<HostConfig>{"supervision",
                    [](ValueReader& values, const YamlNode& node, HostConfig& config) {
                      read_section(values, node, supervision_keys, config.supervision,
                                   "`supervision: {max_restarts: 1, within: 5s}`");
                    }},
    Key<HostConfig>{"managers",
                    [](ValueReader& values, const YamlNode& node, HostConfig& config) {
                      read_managers(values, node, config.managers);
                    }},
    Key<HostConfig>{"servers",
                    [](ValueReader& values, const YamlNode& node, HostConfig& config) {
                      read_servers(values, node, config.servers);
                    }},
};

/// Managers and servers are found by the same names. (Two of one kind are a key that is there twice.)
void check_shared_names(ValueReader& values, const HostConfig& config) {
  std::map<std::string_view, Place> managers;
  for (const ManagerConfig& manager : config.managers) {
    managers.emplace(manager.name, manager.place);
  }
  for (const ServerConfig& server : config.servers) {
    const auto manager = managers.find(server.name);
    if (manager != managers.end()) {
      values.error(server.place,
                   fmt::format("the name {} is taken by the manager at {}:{}", in_backticks(server.name),
                               manager->second.line, manager->second.column),
                   "managers and servers share one set of names: rename one of the two");
    }
  }
}

}  // namespace

void read_host_config(ValueReader& values, const YamlNode& root, HostConfig& config) {
  if (root.kind == YamlNode::Kind::null) {
    values.error({}, "the file is empty", "config/minimal.yaml is the smallest useful one");
    return;
  }
  read_section(values, root, root_keys, config, "`managers:`, and below it, indented, what to run");
  check_shared_names(values, config);
}

std::vector<std::string> config_keys() {
  std::vector<std::string> names;
  append_names(root_keys, names);
  append_names(host_keys, names, "host.");
  append_names(plugins_keys, names, "plugins.");
  append_names(supervision_keys, names, "supervision.");
  append_process_keys(names);
  return names;
}

}  // namespace baton
