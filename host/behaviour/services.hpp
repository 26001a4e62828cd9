// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"
#include "host/base/log.hpp"
#include "host/base/result.hpp"
#include "host/runtime/message.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace baton {

/// Memory of the host, as an instance has it.
struct MemoryView {
  void* data = nullptr;
  std::size_t capacity = 0;
  bool is_inherited = false;  // an older instance had it made
};

/// What the host does for one instance of a handler or server; abi.h's baton_host as an interface.
/// Owned by the process that runs the instance; valid from before create until the instance is gone.
/// Threads: any, unless a function says otherwise.
class Services {
 public:
  static constexpr std::size_t timers_max = 1024;

  virtual ~Services() = default;

  virtual void log(LogLevel level, std::string_view text) = 0;
  [[nodiscard]] virtual Atom intern(std::string_view text) = 0;
  [[nodiscard]] virtual std::string_view atom_text(Atom atom) const = 0;
  [[nodiscard]] virtual std::int64_t now_us() const = 0;

  /// `info` (copied) reaches handle_info of this instance only, after `delay`. Errors: overloaded.
  virtual Result<std::uint64_t> start_timer(Duration delay, const Message& info) = 0;
  /// Errors: not_found when it has fired or never was.
  virtual Result<void> cancel_timer(std::uint64_t timer) = 0;

  /// Errors: not_found, overloaded. May wait as the receiver's overflow policy says.
  virtual Result<void> notify(std::string_view manager, const Message& event) = 0;
  /// Errors: not_found, overloaded. May wait as the receiver's overflow policy says.
  virtual Result<void> cast(std::string_view server, const Message& request) = 0;
  /// `to` is a server or "manager/handler". Waits at most `timeout`. Errors: as
  /// EventManager::call and ServerProcess::call.
  virtual Result<Reply> call(std::string_view to, const Message& request, Duration timeout) = 0;
  /// Errors: not_found when `from` was answered before or nobody waits any more.
  virtual Result<void> reply(std::uint64_t from, Reply reply) = 0;

  /// Memory that outlives the instance; abi.h's baton_host.memory. Errors: not_found, bad_request (no name,
  /// or more than is there), overloaded (no memory).
  virtual Result<MemoryView> memory(std::string_view name, std::size_t capacity) {
    (void)name, (void)capacity;
    return fail(Errc::not_supported, "this host gives no memory");
  }

  /// Errors: not_found.
  virtual Result<void> free_memory(std::string_view name) {
    (void)name;
    return fail(Errc::not_supported, "this host gives no memory");
  }
};

}  // namespace baton
