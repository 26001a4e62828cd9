// SPDX-License-Identifier: Apache-2.0
#include "host/config/config_sections.hpp"

#include "host/config/key_table.hpp"
#include "host/config/process_sections.hpp"
#include "host/config/source_text.hpp"
#include "host/config/supervision_sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <sys/un.h>
#include <system_error>
#include <utility>

namespace baton {
namespace {

constexpr Range<std::size_t> workers_range{0, 256};

void read_switch(ValueReader& values, const YamlNode& node, bool& target) {
  static constexpr std::array words = {Choice<bool>{"true", true}, Choice<bool>{"false", false}};
  values.choice<bool>(node, words, target);
}

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
    Key<HostSettings>{"watch_config",
                      [](ValueReader& values, const YamlNode& node, HostSettings& host) {
                        read_switch(values, node, host.watch_config);
                      }},
};

// plugins

using Directories = std::vector<std::filesystem::path>;

/// A missing folder is no error: the packaged one may come later, and is looked for at each scan.
void check_directory(ValueReader& values, Place place, const std::filesystem::path& directory) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(directory, error);
  const std::string name = in_backticks(directory.native());
  if (status.type() == std::filesystem::file_type::not_found) {
    values.warning(place, "there is no folder " + name, "make it, or remove this entry");
  } else if (error) {
    values.warning(place, fmt::format("{} cannot be looked at: {}", name, error.message()));
  } else if (status.type() != std::filesystem::file_type::directory) {
    values.error(place, name + " is a file, expected a folder", "name the folder that it lies in");
  }
}

/// An entry of the list of directories.
struct Directory {
  std::filesystem::path path;
  Place place;  // of the path
  std::optional<OnNew> on_new;
};

constexpr std::array directory_keys = {
    Key<Directory>{"folder",
                   [](ValueReader& values, const YamlNode& node, Directory& directory) {
                     values.path(node, directory.path);
                     directory.place = node.place;
                   }},
    Key<Directory>{"on_new",
                   [](ValueReader& values, const YamlNode& node, Directory& directory) {
                     read_on_new(values, node, directory.on_new);
                   }},
};

Directory read_directory(ValueReader& values, const YamlNode& node) {
  Directory directory{{}, node.place, {}};
  if (node.kind == YamlNode::Kind::map) {
    read_section(values, node, directory_keys, directory, "");
    const bool has_path =
        std::ranges::any_of(node.entries, [](const auto& entry) { return entry.key == "folder"; });
    if (!has_path) {
      values.error(node.place, "this directory has no `folder`", "add `folder: ` and its path");
    }
  } else {
    values.path(node, directory.path);
  }
  return directory;
}

void read_directories(ValueReader& values, const YamlNode& node, PluginSettings& settings) {
  Directories& directories = settings.directories;
  directories.clear();
  if (!values.is_list(node, "the folders as a list: `[plugins]`")) {
    return;
  }
  for (const YamlNode& entry : node.entries) {
    Directory directory = read_directory(values, entry);
    if (directory.path.empty()) {
      continue;
    }
    if (std::ranges::find(directories, directory.path) != directories.end()) {
      const std::string name = entry.text.empty() ? directory.path.string() : entry.text;
      values.warning(directory.place, in_backticks(name) + " is in the list already",
                     "remove one of the two");
      continue;
    }
    check_directory(values, directory.place, directory.path);
    if (directory.on_new == OnNew::swap) {
      settings.swapping.push_back(directory.path);
    }
    directories.push_back(std::move(directory.path));
  }
}

constexpr std::array plugins_keys = {
    Key<PluginSettings>{"directories",
                        [](ValueReader& values, const YamlNode& node, PluginSettings& settings) {
                          read_directories(values, node, settings);
                        }},
    Key<PluginSettings>{"trial",
                        [](ValueReader& values, const YamlNode& node, PluginSettings& settings) {
                          read_switch(values, node, settings.trial);
                        }},
    Key<PluginSettings>{"watch",
                        [](ValueReader& values, const YamlNode& node, PluginSettings& settings) {
                          read_switch(values, node, settings.watch);
                        }},
};

/// What is used when a config names no directories: where an installation has its plugins, beside a host that
/// belongs to it. Nothing for a host in a build folder.
std::vector<std::filesystem::path> installed_plugin_directories() {
  std::error_code ignored;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  const std::filesystem::path folder =
      (program.parent_path().parent_path() / "lib/baton/plugins").lexically_normal();
  return std::filesystem::is_directory(folder, ignored) ? std::vector{folder}
                                                        : std::vector<std::filesystem::path>{};
}

// the whole file

constexpr std::array root_keys = {
    Key<HostConfig>{"host",
                    [](ValueReader& values, const YamlNode& node, HostConfig& config) {
                      read_section(values, node, host_keys, config.host, "`host: {name: lesson}`");
                    }},
    Key<HostConfig>{"plugins",
                    [](ValueReader& values, const YamlNode& node, HostConfig& config) {
                      read_section(values, node, plugins_keys, config.plugins,
                                   "`plugins: {directories: [plugins]}`");
                    }},
    Key<HostConfig>{"supervision",
                    [](ValueReader& values, const YamlNode& node, HostConfig& config) {
                      read_supervision(values, node, config.supervision);
                    }},
    Key<HostConfig>{"supervisors",
                    [](ValueReader& values, const YamlNode& node, HostConfig& config) {
                      read_supervisors(values, node, config.supervisors);
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

}  // namespace

void read_host_config(ValueReader& values, const YamlNode& root, HostConfig& config) {
  if (root.kind == YamlNode::Kind::null) {
    values.error({}, "the file is empty", "config/minimal.yaml is the smallest useful one");
    return;
  }
  config.plugins.directories = installed_plugin_directories();
  read_section(values, root, root_keys, config, "`managers:`, and below it, indented, what to run");
  check_supervision(values, config);
}

std::vector<std::string> config_keys() {
  std::vector<std::string> names;
  append_names(root_keys, names);
  append_names(host_keys, names, "host.");
  append_names(plugins_keys, names, "plugins.");
  append_names(directory_keys, names, "plugins.directories.");
  append_supervision_keys(names);
  append_process_keys(names);
  return names;
}

}  // namespace baton
