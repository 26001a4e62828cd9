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
#include <string_view>

namespace baton {

/// What a callback of a handler wants to happen next. A failure is a crash of that handler. `swap`: it
/// wants to be replaced by `replacement`, a type that HandlerFactory::sibling knows; the new one has its
/// id, its options and its place in the order, and does not see the current message.
enum class HandlerVerdict : std::uint8_t { ok, remove, refused, failed, swap };

struct EventsOutcome {
  HandlerVerdict verdict = HandlerVerdict::ok;
  std::size_t handled = 0;       // events handled; the next one is the one refused or crashed on
  std::size_t refused = 0;       // with `refused`: how many after those were not taken, 1 or more
  std::string reason;            // with `refused` and `failed`; with `swap`: reaches terminate(swapped)
  Then then = {};                // with `ok`; of the last event
  std::string replacement = {};  // with `swap`, which the last of `handled` asked for
  bool is_bad_return = false;    // with `failed`: it returned what its contract does not allow
};

struct CallOutcome {
  enum class Verdict : std::uint8_t {
    reply,
    reply_and_remove,
    unknown_request,
    refused,
    failed,
    reply_and_swap
  };
  Verdict verdict = Verdict::reply;
  Reply reply;
  std::string reason;  // as EventsOutcome
  Then then = {};
  std::string replacement = {};
  bool is_bad_return = false;
};

struct InfoOutcome {
  HandlerVerdict verdict = HandlerVerdict::ok;  // never `refused`
  std::string reason;                           // as EventsOutcome
  Then then = {};
  std::string replacement = {};
  bool is_bad_return = false;
};

/// An installed handler as its event manager sees it, wherever it came from. One instance is never
/// entered twice at once. May throw: the manager treats that as `failed`.
/// OTP: a gen_event callback module together with its state.
class Handler : public ActiveInstance {
 public:
  virtual ~Handler() = default;

  /// Mod:handle_event/2 for a batch, in order; never empty.
  virtual EventsOutcome handle_events(std::span<const Message> events) = 0;

  /// Mod:handle_call/2.
  virtual CallOutcome handle_call(const Message& request) = 0;

  /// Mod:handle_info/2.
  virtual InfoOutcome handle_info(const Message& info) = 0;

  /// Mod:terminate/2; the reply is the value of delete_handler. Called once, last. Errors: crashed.
  virtual Result<Reply> terminate(const TerminateReason& why) = 0;

  /// From now on these are its options, of which only hot ones differ from those before.
  virtual OptionsOutcome change_options(const Options& options) {
    (void)options;
    return {OptionsOutcome::Verdict::refused, "it takes no options after its create"};
  }

  /// The whole state, and the instance goes on unchanged. Nothing when it has no state to hand over.
  /// Errors: crashed.
  virtual Result<std::optional<State>> save() = 0;

  // State in parts: abi.h's begin_parts, save_part, end_parts, load_part.

  /// It can save in parts: what a HandlerFactory's takes_parts() is to the one that comes.
  [[nodiscard]] virtual bool gives_parts() const { return false; }

  /// The version. Errors: crashed, and below.
  virtual Result<std::uint32_t> begin_parts() { return fail(Errc::not_supported, "it gives no parts"); }

  virtual Result<StatePart> save_part() { return fail(Errc::not_supported, "it gives no parts"); }

  virtual void end_parts() {}

  /// Errors: state_refused, crashed.
  virtual Result<void> load_part(const StatePart& part) {
    (void)part;
    return fail(Errc::not_supported, "it takes no parts");
  }

  /// Mod:format_status/1: shows the state, and redacts what must not be seen. What it leaves alone in
  /// `view` is shown as it is. Never changes the instance. Errors: crashed; a report is made all the same.
  virtual Result<void> format_status(StatusPurpose purpose, StatusView& view) const {
    (void)purpose;
    (void)view;
    return {};
  }
};

/// Makes instances of one kind of handler. Immutable; shared by the manager's records and the catalog.
class HandlerFactory {
 public:
  virtual ~HandlerFactory() = default;

  [[nodiscard]] virtual const TypeInfo& type() const = 0;

  [[nodiscard]] virtual CodeOrigin origin() const { return {}; }

  /// Mod:init/1, or the second half of code_change when init.state is there. Runs in the manager's
  /// process. `services` outlives the handler. May throw: treated as init_failed.
  /// Errors: init_failed, state_refused, bad_options.
  virtual Result<std::unique_ptr<Handler>> create(const InstanceInit& init, Services& services) const = 0;

  /// Its handlers take over a state in parts.
  [[nodiscard]] virtual bool takes_parts() const { return false; }

  /// The factory of another type of the same origin, for a handler that wants to be replaced by it.
  /// Errors: plugin_not_found, not_supported.
  [[nodiscard]] virtual Result<std::shared_ptr<const HandlerFactory>> sibling(std::string_view other) const {
    return fail(Errc::not_supported,
                type().name + " has no sibling `" + std::string(other) + "` to be replaced by");
  }
};

}  // namespace baton
