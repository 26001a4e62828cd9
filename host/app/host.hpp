// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/config_watch.hpp"
#include "host/app/generations.hpp"
#include "host/app/plugin_watch.hpp"
#include "host/base/clock.hpp"
#include "host/base/log.hpp"
#include "host/base/result.hpp"
#include "host/behaviour/supervisor.hpp"
#include "host/config/host_config.hpp"
#include "host/control/api.hpp"
#include "host/control/busy_watch.hpp"
#include "host/control/deployment.hpp"
#include "host/control/http_server.hpp"
#include "host/control/new_versions.hpp"
#include "host/control/verbs.hpp"
#include "host/loader/catalog.hpp"
#include "host/loader/library_store.hpp"
#include "host/loader/suspects.hpp"
#include "host/runtime/atoms.hpp"
#include "host/runtime/patience.hpp"
#include "host/runtime/registry.hpp"
#include "host/runtime/runtime.hpp"
#include "host/runtime/thread_pool.hpp"
#include "host/runtime/timer_thread.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace baton {

/// A running host: everything that a config names, built from the bottom up. Owned by run_host, which waits
/// for a reason to end it and then destroys it.
class Host {
 public:
  /// Why it should end; called once at most for each, on any thread, and must only make a note.
  struct Callbacks {
    std::function<void()> stop_requested;  // by the verb `stop`
    std::function<void()> gave_up;         // the root supervisor ended: too many restarts
  };

  /// Starts the servers, then the managers with their handlers, then listens. When something does not start,
  /// what had started is stopped again and nothing is left.
  /// Errors: those of the child that did not start, with its name in front; io_failed and already_started
  /// of the socket or the runtime directory; io_failed when there are no threads.
  static Result<std::unique_ptr<Host>> start(const HostConfig& config, std::unique_ptr<Log> log,
                                             const Callbacks& callbacks);

  /// Stops listening, then the tree in reverse order of starting.
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  [[nodiscard]] const std::filesystem::path& socket() const { return socket_; }

  /// Applies the config file again, soon; `who` is for the history. Does not wait.
  void reload(const std::string& who) { generations_->reload(who); }

 private:
  Host(const HostConfig& config, std::unique_ptr<Log> log, std::unique_ptr<LibraryStore> libraries);
  /// As start(). Throws std::system_error when there are no threads for what a host cannot do without.
  static Result<std::unique_ptr<Host>> start_parts(const HostConfig& config, std::unique_ptr<Log> log,
                                                   const Callbacks& callbacks);
  void watch_suspects(const HostConfig& config);
  Result<void> start_tree(const HostConfig& config, const Callbacks& callbacks);
  Result<void> listen(const HostConfig& config, const std::filesystem::path& socket,
                      const Callbacks& callbacks);
  void watch_plugins(const HostConfig& config);
  void watch_config(const HostConfig& config);

  // In the order of construction: each may use those above it, and is destroyed before them.
  SystemClock clock_;
  std::unique_ptr<Log> log_;
  AtomTable atoms_;
  Registry registry_;
  BusyWatch busy_watch_;
  std::unique_ptr<Suspects> suspects_;  // null when they cannot be watched
  std::unique_ptr<LibraryStore> libraries_;
  Quarantine quarantine_;
  Catalog catalog_;
  ThreadPool scheduler_;
  TimerThread timers_;
  Runtime runtime_;
  CrashRecords crashes_;
  Deployment deployment_;
  std::shared_ptr<Supervisor> supervisor_;
  std::unique_ptr<Generations> generations_;
  std::unique_ptr<Verbs> verbs_;
  std::unique_ptr<Api> api_;
  std::filesystem::path socket_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<NewVersions> new_versions_;
  CallOff new_version_swaps_;  // what their watch waits for
  std::unique_ptr<PluginWatch> plugin_watch_;
  std::unique_ptr<ConfigWatch> config_watch_;
};

/// What the program is called with to try out a library: `baton __trial LIBRARY FOLDER BYTES`.
inline constexpr const char* trial_verb = "__trial";

}  // namespace baton
