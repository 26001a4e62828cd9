// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"
#include "host/behaviour/instance.hpp"
#include "host/runtime/process.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace baton {

/// What became of an owned handler. OTP: {gen_event_EXIT, Handler, Reason}, and its state.
struct HandlerExit {
  enum class Kind : std::uint8_t {
    normal,      // it was deleted, or asked for its removal
    shutdown,    // its manager ended in order
    swapped,     // another one has its place
    crashed,     // a callback failed
    bad_return,  // a callback returned what its contract does not allow
    killed       // its manager is gone and has not ended in order
  };
  Kind kind = Kind::normal;
  std::string manager;
  std::string id;
  std::uint64_t instance = 0;
  std::string reason;              // with `crashed` and `bad_return`
  std::string new_id;              // with `swapped`
  std::uint64_t new_instance = 0;  // with `swapped`; 0: the new one could not be made (destructive swap)
  std::string new_owner;           // with `swapped`; empty: nobody owns the new one
  std::optional<State> state;      // its last one, when it has a state and could save it
};

/// "normal", "bad_return", …
[[nodiscard]] std::string_view to_string(HandlerExit::Kind kind);

/// Who owns handlers, as event managers see it: something that has a name, ends once, and is told once of
/// the end of each of its handlers. Made by HandlerOwner and owner_of(). Threads: any.
class Ownership {
 public:
  /// Called on the thread of the handler's manager; must only post, and not throw.
  using OnExit = std::function<void(const HandlerExit&)>;
  /// Called on the thread that ends the owner; must only post.
  using OnEnd = std::function<void(const ExitReason&)>;

  /// Without `on_exit` the notices wait for next_exit().
  Ownership(std::string name, OnExit on_exit) : name_(std::move(name)), on_exit_(std::move(on_exit)) {}

  [[nodiscard]] const std::string& name() const { return name_; }

  [[nodiscard]] bool has_ended() const;

  /// `on_end` is called once when the owner ends; at once when it has ended. Returns the number for
  /// demonitor().
  std::uint64_t monitor(OnEnd on_end);
  void demonitor(std::uint64_t monitor);

  /// Ends it; the first call decides the reason. When this returns, on_exit neither runs nor will run
  /// again (unless this is called from inside it).
  void end(const ExitReason& reason);

  /// Hands over a notice; dropped when the owner has ended.
  void tell(HandlerExit notice);

  /// Errors: timed_out; process_ended when the owner has ended and no notice is left.
  Result<HandlerExit> next_exit(Scheduler& scheduler, std::optional<SteadyTime> deadline);

 private:
  using Monitors = std::map<std::uint64_t, OnEnd>;

  void wait_until_told(Lock& lock) BATON_REQUIRES(signal_.mutex);

  // Constant after construction.
  const std::string name_;
  const OnExit on_exit_;

  mutable Signal signal_;
  std::optional<ExitReason> ended_ BATON_GUARDED_BY(signal_.mutex);
  Monitors monitors_ BATON_GUARDED_BY(signal_.mutex);
  std::uint64_t last_monitor_ BATON_GUARDED_BY(signal_.mutex) = 0;
  std::deque<HandlerExit> notices_ BATON_GUARDED_BY(signal_.mutex);
  std::optional<std::thread::id> telling_ BATON_GUARDED_BY(signal_.mutex);  // who is inside on_exit
};

using OwnerRef = std::shared_ptr<Ownership>;

/// A C++ program as the owner of handlers: EventManager::add_sup_handler(spec, owner.ref()). Its handlers
/// live as long as this object: when it is destroyed or end() is called, each gets terminate(owner) and
/// goes, behind what was sent to its manager before. They are monitored, not linked: neither does the end
/// of a handler or manager end the owner, nor does anybody else hear of its end.
/// The owner gets one HandlerExit for each handler that goes before it does, whatever the reason.
/// OTP: the process that calls gen_event:add_sup_handler/3, GenEvent.add_mon_handler/3.
/// Threads: every function by any; `runtime` outlives it.
class HandlerOwner {
 public:
  /// Notices wait for next_exit(), all of them; so take them.
  HandlerOwner(Runtime& runtime, std::string name) : HandlerOwner(runtime, std::move(name), {}) {}

  /// Notices go to `on_exit`, on the thread of the handler's manager: it must only post, and not throw.
  /// It never runs after end() or the destructor has returned.
  HandlerOwner(Runtime& runtime, std::string name, Ownership::OnExit on_exit);

  /// end(normal). Does not wait for the handlers.
  ~HandlerOwner();

  HandlerOwner(HandlerOwner&& other) noexcept = default;
  HandlerOwner& operator=(HandlerOwner&&) = delete;
  HandlerOwner(const HandlerOwner&) = delete;
  HandlerOwner& operator=(const HandlerOwner&) = delete;

  /// What EventManager::add_sup_handler and swap_sup_handler take. Outlives this object harmlessly.
  [[nodiscard]] OwnerRef ref() const { return ownership_; }

  /// Ends the ownership: the handlers get terminate(owner, reason). Does not wait for them. May be called
  /// inside a callback of one of them. The second call does nothing.
  void end(const ExitReason& reason);

  /// The next notice, in the order in which the handlers went. Waits at most `timeout`: so not inside a
  /// callback of a manager whose handler it waits for. Errors: timed_out; process_ended when the owner
  /// has ended and what came before has been taken.
  Result<HandlerExit> next_exit(Duration timeout);

 private:
  Runtime* runtime_;
  OwnerRef ownership_;
};

/// A process of this host as an owner, by its name: when it ends, for whatever reason, its handlers get
/// terminate(owner) with that reason and go. `on_exit` must only post, to the process itself for
/// instance; without it the notices are dropped. Make one of a process and keep it. Threads: any.
[[nodiscard]] OwnerRef owner_of(Process& process, Ownership::OnExit on_exit = {});

/// The bond between an installed handler and its owner. The owner is told exactly once: by tell(), or by
/// the destructor that the handler is gone without anybody having said why. One thread at a time.
class OwnerLink {
 public:
  /// `on_end`: see Ownership::monitor. `of` says which handler this is about.
  OwnerLink(OwnerRef owner, Ownership::OnEnd on_end, HandlerExit of);
  ~OwnerLink();
  OwnerLink(const OwnerLink&) = delete;
  OwnerLink& operator=(const OwnerLink&) = delete;

  [[nodiscard]] const OwnerRef& owner() const { return owner_; }

  /// The notice, to be filled in. The second call does nothing.
  void tell(HandlerExit::Kind kind, std::string reason, std::optional<State> state);
  void tell_swapped(std::string new_id, std::uint64_t new_instance, const OwnerRef& new_owner,
                    std::optional<State> state);

 private:
  void tell(HandlerExit notice);

  const OwnerRef owner_;
  HandlerExit notice_;
  bool is_told_ = false;
  std::uint64_t monitor_ = 0;
};

}  // namespace baton
