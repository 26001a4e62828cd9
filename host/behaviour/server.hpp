// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/behaviour/active_instance.hpp"
#include "host/behaviour/instance.hpp"
#include "host/behaviour/option_change.hpp"
#include "host/behaviour/services.hpp"
#include "host/runtime/message.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace baton {

/// What a callback of a server wants to happen next.
struct ServerOutcome {
  enum class Verdict : std::uint8_t {
    ok,               // handle_call: send `reply`
    no_reply,         // handle_call only: Services::reply answers later
    unknown_request,  // handle_call only: the caller is told, the server goes on
    refused,          // handle_call only: as above, with `reason`
    unexpected,       // handle_info only: it has no handle_info; logged, the server goes on
    stop,             // end with `reason` (ExitReason::parse), after sending `reply` if there is one
    failed,           // crash with `reason`
  };
  Verdict verdict = Verdict::ok;
  std::size_t handled = 0;  // handle_casts: as EventsOutcome; fewer than all when `then` is handle_continue
  std::optional<Reply> reply;
  std::string reason;
  Then then = {};  // unless it ends; handle_casts: of the last one handled
};

/// How many casts of a batch were taken, be it with a failure: the rest is for whoever comes next.
[[nodiscard]] inline std::size_t requests_taken(const ServerOutcome& outcome) {
  return outcome.handled + (outcome.verdict == ServerOutcome::Verdict::failed ? 1 : 0);
}

/// The callbacks of a server as its process sees them, wherever they came from. Never entered twice at
/// once. May throw: the process treats that as `failed`. OTP: a gen_server callback module and state.
class Server : public ActiveInstance {
 public:
  virtual ~Server() = default;

  /// Mod:handle_call/3. `from` names the caller for Services::reply.
  virtual ServerOutcome handle_call(const Message& request, std::uint64_t from) = 0;

  /// What Mod:init/1 wants to happen next: {ok, State, Timeout | hibernate | {continue, C}}. Asked once,
  /// first.
  virtual Then after_init() { return {}; }

  /// Mod:handle_cast/2 for a batch, in order; never empty.
  virtual ServerOutcome handle_casts(std::span<const Message> requests) = 0;

  /// Mod:handle_continue/2: the type of `what` is what the continue said.
  virtual ServerOutcome handle_continue(const Message& what) {
    (void)what;
    return {ServerOutcome::Verdict::failed, 0, std::nullopt, "undef: it has no handle_continue"};
  }

  /// Mod:handle_info/2.
  virtual ServerOutcome handle_info(const Message& info) = 0;

  /// Mod:terminate/2. Called once, last. Errors: crashed.
  virtual Result<void> terminate(const TerminateReason& why) = 0;

  /// As Handler::change_options.
  virtual OptionsOutcome change_options(const Options& options) {
    (void)options;
    return {OptionsOutcome::Verdict::refused, "it takes no options after its create"};
  }

  /// As Handler::save.
  virtual Result<std::optional<State>> save() = 0;

  /// As Handler::format_status.
  virtual Result<void> format_status(StatusPurpose purpose, StatusView& view) const {
    (void)purpose;
    (void)view;
    return {};
  }
};

/// As HandlerFactory, for servers. Errors of create: also ignored, OTP's `ignore`.
class ServerFactory {
 public:
  virtual ~ServerFactory() = default;
  [[nodiscard]] virtual const TypeInfo& type() const = 0;
  virtual Result<std::unique_ptr<Server>> create(const InstanceInit& init, Services& services) const = 0;
};

}  // namespace baton
