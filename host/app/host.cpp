// SPDX-License-Identifier: Apache-2.0
#include "host/app/host.hpp"

#include "host/app/supervision_tree.hpp"
#include "host/app/version.hpp"
#include "host/control/control_socket.hpp"

#include <fmt/format.h>

#include <system_error>
#include <unistd.h>
#include <utility>

namespace baton {
namespace {

std::filesystem::path runtime_directory(const HostConfig& config, const std::filesystem::path& socket) {
  return config.host.runtime_dir.empty() ? socket.parent_path() : config.host.runtime_dir;
}

std::filesystem::path socket_of(const HostConfig& config) {
  return config.host.socket.empty() ? default_socket(config.host.name) : config.host.socket;
}

std::optional<Trial> trial_of(const HostConfig& config) {
  // This very program, also when its file has been replaced since.
  return config.plugins.trial ? std::optional<Trial>(Trial({"/proc/self/exe", trial_verb}, {}))
                              : std::nullopt;
}

NewVersionRules new_version_rules(const HostConfig& config) {
  NewVersionRules rules;
  for (const std::filesystem::path& directory : config.plugins.swapping) {
    rules.swapping.push_back((directory / "file").parent_path());  // as that of the files in it is written
  }
  for (const ManagerConfig& manager : config.managers) {
    for (const HandlerConfig& handler : manager.handlers) {
      if (handler.on_new) {
        rules.targets.emplace(handler_target(manager.name, handler.id), *handler.on_new);
      }
    }
  }
  for (const ServerConfig& server : config.servers) {
    if (server.on_new) {
      rules.targets.emplace(server.name, *server.on_new);
    }
  }
  return rules;
}

QuarantineEntry quarantine_entry_of(const CrashRecord& crash) {
  return {crash.origin.sha256,
          crash.origin.file,
          crash.origin.plugin,
          crash.version,
          {RefusalReason::crashed, fmt::format("{}/{} crashed in {}: {} (crash {})", crash.manager,
                                               crash.handler, crash.callback, crash.reason, crash.id)}};
}

}  // namespace

Result<std::unique_ptr<Host>> Host::start(const HostConfig& config, std::unique_ptr<Log> log,
                                          const Callbacks& callbacks) {
  try {
    return start_parts(config, std::move(log), callbacks);
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::resource_unavailable_try_again) {
      throw;
    }
    return fail(Errc::io_failed, fmt::format("no more threads: {}", error.what()));
  }
}

Result<std::unique_ptr<Host>> Host::start_parts(const HostConfig& config, std::unique_ptr<Log> log,
                                                const Callbacks& callbacks) {
  const std::filesystem::path socket = socket_of(config);
  // Before anything is started: another host there must not notice.
  if (auto prepared = prepare_socket(socket); !prepared) {
    return fail(prepared.error());
  }
  auto libraries = LibraryStore::open(runtime_directory(config, socket), *log, trial_of(config));
  if (!libraries) {
    return fail(libraries.error());
  }
  std::unique_ptr<Host> host(new Host(config, std::move(log), std::move(*libraries)));
  host->watch_suspects(config);
  if (auto started = host->start_tree(config, callbacks); !started) {
    return fail(started.error());
  }
  if (auto listening = host->listen(config, socket, callbacks); !listening) {
    return fail(listening.error());
  }
  return host;
}

Host::Host(const HostConfig& config, std::unique_ptr<Log> log, std::unique_ptr<LibraryStore> libraries)
    : log_(std::move(log)),
      busy_watch_(registry_, clock_, atoms_, *log_),
      libraries_(std::move(libraries)),
      quarantine_(runtime_directory(config, socket_of(config)) / "quarantine.json", clock_, *log_),
      catalog_(config.plugins.directories, *log_, *libraries_, quarantine_),
      scheduler_(config.host.workers, log_.get()),
      timers_(clock_),
      runtime_{clock_, *log_, scheduler_, timers_, registry_, atoms_},
      crashes_({[this](const CrashRecord& crash) {
                  quarantine_.add(quarantine_entry_of(crash));
                  catalog_.rescan();  // so that it shows at once
                },
                [this](const CodeOrigin& origin) {
                  return quarantine_.find(origin.sha256).has_value();
                }}),
      deployment_(runtime_, catalog_, &crashes_) {
  busy_watch_.start();
}

void Host::watch_suspects(const HostConfig& config) {
  const std::filesystem::path socket = socket_of(config);
  // Several hosts may share a runtime directory; none shares its socket.
  const std::string name = "suspects-" + socket.stem().string();
  auto suspects = Suspects::open(runtime_directory(config, socket) / name, quarantine_, *log_);
  if (!suspects) {
    log_->warning("suspects_unwatched", {{"reason", suspects.error().text}});
    return;
  }
  suspects_ = std::move(*suspects);
  suspects_->note_ends_of_process();
  libraries_->watch_with(*suspects_);
}

Result<void> Host::start_tree(const HostConfig& config, const Callbacks& callbacks) {
  auto supervisor = Supervisor::start(runtime_, std::string(root_supervisor_name), config.supervision,
                                      root_children(config, runtime_, deployment_));
  if (!supervisor) {
    return fail(supervisor.error());
  }
  supervisor_ = std::move(*supervisor);
  supervisor_->monitor([gave_up = callbacks.gave_up](const ExitReason&) { gave_up(); });
  return {};
}

Result<void> Host::listen(const HostConfig& config, const std::filesystem::path& socket,
                          const Callbacks& callbacks) {
  HostFacts facts{config.host.name, std::string(version),       getpid(),
                  config.file,      config.plugins.directories, clock_.steady_now()};
  generations_ = std::make_unique<Generations>(
      Generations::Parts{runtime_, deployment_, catalog_,
                         runtime_directory(config, socket) / (config.host.name + ".generations")},
      config);
  verbs_ = std::make_unique<Verbs>(
      Verbs::Parts{runtime_, *supervisor_, deployment_, catalog_, *libraries_, crashes_, generations_.get()},
      std::move(facts), callbacks.stop_requested);
  api_ = std::make_unique<Api>(*verbs_);
  auto server = HttpServer::listen(socket, *api_, *log_);
  if (!server) {
    return fail(server.error());
  }
  server_ = std::move(*server);
  socket_ = socket;
  if (config.plugins.watch) {
    watch_plugins(config);
  }
  if (config.host.watch_config) {
    watch_config(config);
  }
  return {};
}

void Host::watch_plugins(const HostConfig& config) {
  auto folders = FolderWatch::open(config.plugins.directories, {});
  if (!folders) {  // what is asked for is found all the same: whoever asks looks first
    log_->warning("plugin_directories_unwatched", {{"reason", folders.error().text}});
    return;
  }
  new_versions_ =
      std::make_unique<NewVersions>(*verbs_, [this] { return new_version_rules(generations_->applied()); });
  try {
    plugin_watch_ = std::make_unique<PluginWatch>(std::move(*folders), [this] {
      const Patience patience(clock_, &new_version_swaps_, Patience::Limits{});
      new_versions_->look();
    });
  } catch (const std::system_error& error) {  // no more threads
    log_->warning("plugin_directories_unwatched", {{"reason", error.what()}});
  }
}

void Host::watch_config(const HostConfig& config) {
  auto watch = ConfigWatch::open(config.file, [this] { reload("watch_config"); });
  if (!watch) {
    log_->warning("config_unwatched", {{"file", config.file.string()}, {"reason", watch.error().text}});
    return;
  }
  config_watch_ = std::move(*watch);
}

Host::~Host() {
  busy_watch_.host_ends();
  config_watch_ = nullptr;
  if (verbs_) {
    verbs_->stop_watching();
  }
  new_version_swaps_.call_off(CallOff::Why::host_ends);
  plugin_watch_ = nullptr;
  server_ = nullptr;
  generations_ = nullptr;
  if (supervisor_ && !supervisor_->has_ended()) {
    (void)supervisor_->stop(ExitReason::shutdown(), infinity);  // each child has its own limit
  }
}

}  // namespace baton
