// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/behaviour/handler.hpp"
#include "host/behaviour/recent_requests.hpp"
#include "host/behaviour/server.hpp"
#include "host/runtime/message.hpp"
#include "host/runtime/runtime.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace baton {

/// What a canary is made from and fed with.
struct CanaryMaterial {
  TypeInfo type;  // of what is in the place now
  std::optional<State> state;
  std::vector<OwnedMessage> events;
  std::vector<RecentRequest> requests = {};  // of a server instead
  std::string extra = {};                    // reaches its create, beside the state

  [[nodiscard]] std::size_t count() const { return events.size() + requests.size(); }
};

struct CanaryReport {
  std::uint64_t events = 0;   // or requests
  std::uint64_t refused = 0;  // of a server: also calls that it does not know, and the old version did
  std::string reason;         // of the last refusal
  std::optional<std::chrono::nanoseconds> p99;  // per event; nothing when there were too few
};

/// Makes a throw-away instance of `factory`, with the state of the one it is to replace, gives it the events
/// one by one, ends and destroys it. It reaches nobody: what it sends, calls or logs is dropped, its timers
/// never fire. Only for types that have_pure_events. Runs on the calling thread, as long as that takes.
/// Errors: state_refused and those of create; crashed and bad_return, the text says at which event.
Result<CanaryReport> run_canary(const HandlerFactory& factory, InstanceInit init, CanaryMaterial material,
                                Runtime& runtime);

/// The same for a server, with casts and calls. What it answers is not held against the old one's answer: it
/// starts from the state of now, in which the same call may rightly have another one.
Result<CanaryReport> run_canary(const ServerFactory& factory, InstanceInit init, CanaryMaterial material,
                                Runtime& runtime);

}  // namespace baton
