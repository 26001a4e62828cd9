// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/server_process.hpp"
#include "host/behaviour/supervisor.hpp"
#include "host/embed/known_types.hpp"
#include "host/runtime/atoms.hpp"
#include "host/runtime/registry.hpp"
#include "host/runtime/runtime.hpp"
#include "host/runtime/thread_pool.hpp"
#include "host/runtime/timer_thread.hpp"

#include <baton/embedded_host.hpp>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// Where the private copies of plugins lie; a folder that nobody has named goes with its host.
class RuntimeFolder {
 public:
  explicit RuntimeFolder(std::filesystem::path named);
  ~RuntimeFolder();
  RuntimeFolder(const RuntimeFolder&) = delete;
  RuntimeFolder& operator=(const RuntimeFolder&) = delete;

  /// Empty: none could be made.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  bool is_temporary_;
};

/// What an EmbeddedHost is made of, and the way from its words to what they mean. Threads: as EmbeddedHost.
class EmbeddedHost::Parts {
 public:
  static Result<std::unique_ptr<Parts>> start(const Settings& settings);

  /// For start() only.
  explicit Parts(const Settings& settings);
  /// Stops the processes.
  ~Parts();
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  [[nodiscard]] Runtime& runtime() { return runtime_; }

  [[nodiscard]] KnownTypes& types() { return *types_; }

  [[nodiscard]] Supervisor& supervisor() { return *supervisor_; }

  /// Errors: not_found.
  [[nodiscard]] Result<std::shared_ptr<EventManager>> manager(std::string_view name) const;
  [[nodiscard]] Result<std::shared_ptr<ServerProcess>> server(std::string_view name) const;

  /// They borrow from `events`. Errors: bad_request.
  Result<Message> message(const Event& event);
  Result<std::vector<Message>> messages(std::span<const Event> events);

  [[nodiscard]] Reply reply(baton::Reply reply) const;

 private:
  /// That the supervisor has ended by itself. Shared with its monitor.
  struct GaveUp {
    std::atomic<bool> is_stopping{false};
    std::function<void()> tell;
  };

  Result<void> open_libraries(const Settings& settings);
  Result<void> start_supervisor(const Settings& settings);

  // In the order of construction: each may use those above it, and is destroyed before them.
  SystemClock clock_;
  const std::unique_ptr<Log> own_log_;  // null: the program has one
  Log& log_;
  AtomTable atoms_;
  Registry registry_;
  const RuntimeFolder folder_;
  std::unique_ptr<LibraryStore> libraries_;
  Quarantine quarantine_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<KnownTypes> types_;
  ThreadPool scheduler_;
  TimerThread timers_;
  Runtime runtime_;
  const std::shared_ptr<GaveUp> gave_up_;
  std::shared_ptr<Supervisor> supervisor_;
};

}  // namespace baton
