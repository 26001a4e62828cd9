// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/mutex.hpp"
#include "host/behaviour/instance_services.hpp"
#include "host/behaviour/server.hpp"
#include "host/runtime/process.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace baton {

struct ServerSpec {
  std::string name;
  std::shared_ptr<const ServerFactory> factory;
  Options options;
  ProcessOptions process;
};

struct ServerStatus {
  std::string name;
  std::string type;
  std::string version;
  std::uint64_t instance = 0;
  MailboxCounters mailbox;
  std::uint64_t calls = 0;
  std::uint64_t casts = 0;
};

/// A process that runs one Server. OTP: gen_server. docs/semantics.md has the differences.
///
/// A callback that crashes ends the server: terminate(error) runs, the caller gets `crashed` with the
/// reason, one report is logged, and the monitors (its supervisor) are told.
///
/// Threads: every public function by any. Those that wait are refused with `calling_self` inside a
/// callback of this server.
class ServerProcess final : public Process {
 public:
  /// Makes and registers the process and runs create in it. When this returns an error nothing is left:
  /// the name is free again. Errors: already_started, timed_out, and the factory's.
  static Result<std::shared_ptr<ServerProcess>> start(Runtime& runtime, ServerSpec spec,
                                                      Duration timeout = infinity);

  /// For start() only.
  ServerProcess(Runtime& runtime, ServerSpec spec);
  ~ServerProcess() override;

  /// Asks and waits for the reply. A reply after the time-out is dropped. Errors: unknown_request,
  /// crashed, process_ended, timed_out, calling_self.
  Result<Reply> call(const Message& request, Duration timeout = default_call_timeout);

  /// Tells and does not wait, except for room as the overflow policy says. Returns how many were
  /// accepted. Errors: overloaded, process_ended.
  Result<std::size_t> cast(std::span<const Message> requests);

  /// Replaces the code of the running server by another version, between two messages, with its state;
  /// any failure leaves the old one in place. OTP: sys:change_code/4.
  /// Errors: state_refused, init_failed, bad_options, crashed.
  Result<SwapReport> swap(ServerSpec replacement, std::string extra, Duration timeout = infinity);

  Result<ServerStatus> status(Duration timeout = default_call_timeout);

 private:
  /// A type, an instance of it and what belongs to it. Destroyed from below: the server goes before its
  /// services.
  struct Running {
    std::shared_ptr<const ServerFactory> factory;
    Options options;
    std::uint64_t instance = 0;
    std::unique_ptr<InstanceServices> services;
    std::unique_ptr<Server> server;

    [[nodiscard]] const TypeInfo& type() const { return factory->type(); }
  };

  /// Callers that wait for a reply. Theirs are the numbers that handle_call is given.
  class Callers {
   public:
    std::uint64_t add(From<Reply> from);
    /// Errors: not_found.
    Result<void> reply(std::uint64_t number, Result<Reply> answer);
    /// All learn that the process has ended.
    void drop_all();

   private:
    Mutex mutex_;
    std::map<std::uint64_t, From<Reply>> waiting_ BATON_GUARDED_BY(mutex_);
    std::uint64_t last_ BATON_GUARDED_BY(mutex_) = 0;
  };

  // All of these run in the process.
  void handle_messages(std::span<const Message> requests) override;
  void handle_stop(ExitReason reason) override;
  void handle_abandoned() override;
  void handle_call(const Message& request, From<Reply> from);
  void handle_info(std::uint64_t instance, const Message& info);
  Result<Running> make(std::shared_ptr<const ServerFactory> factory, Options options,
                       std::optional<State> state);
  Result<SwapReport> swap_now(ServerSpec replacement, std::string extra);
  /// Ends the process because a callback asked for it.
  void stop_now(const std::string& reason);
  /// Reports a failed callback and runs terminate; finish() follows.
  void crash(std::string_view callback, std::string_view last, const std::string& reason);
  void terminate(const TerminateReason& why);
  /// Destroys the instance and ends the process.
  void finish(ExitReason reason);

  ServerSpec spec_;  // of the start; its factory and options are in running_ from then on
  Callers callers_;  // has its own synchronisation

  // The process's only.
  std::optional<Running> running_;
  std::uint64_t last_seq_ = 0;
  std::uint64_t calls_ = 0;
  std::uint64_t casts_ = 0;
};

}  // namespace baton
