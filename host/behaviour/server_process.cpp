// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/server_process.hpp"

#include "host/base/log.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/state_handover.hpp"
#include "host/runtime/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {

// ---- Start ----------------------------------------------------------------------------------------

Result<std::shared_ptr<ServerProcess>> ServerProcess::start(Runtime& runtime, ServerSpec spec,
                                                            Duration timeout) {
  auto process = std::make_shared<ServerProcess>(runtime, std::move(spec));
  if (auto added = runtime.registry.add(process); !added) {
    return fail(added.error());
  }
  ServerProcess& self = *process;
  const auto made = self.ask<void>(timeout, [&self](From<void> from) {
    auto running = self.make(self.spec_.factory, self.spec_.options, std::nullopt);
    if (!running) {
      // The name is free before the starter knows: it may try again at once.
      self.end(ExitReason::error(running.error().text));
      from.reply(fail(running.error()));
      return;
    }
    self.running_.emplace(std::move(*running));
    from.reply({});
  });
  if (!made) {
    if (made.error().code == Errc::timed_out) {
      self.post([&self] { self.handle_stop(ExitReason::error("it did not start in time")); });
    }
    return fail(made.error());
  }
  runtime.log.info("server_started", {{"server", self.name()},
                                      {"type", self.spec_.factory->type().name},
                                      {"version", self.spec_.factory->type().version},
                                      {"instance", std::to_string(self.Process::instance())}});
  return process;
}

ServerProcess::ServerProcess(Runtime& runtime, ServerSpec spec)
    : Process(runtime, spec.name, spec.process), spec_(std::move(spec)) {}

ServerProcess::~ServerProcess() = default;

Result<ServerProcess::Running> ServerProcess::make(std::shared_ptr<const ServerFactory> factory,
                                                   Options options, std::optional<State> state) {
  Running made;
  made.factory = std::move(factory);
  made.options = std::move(options);
  // The first instance of a process bears the number of the process; a swap takes the next one.
  made.instance = running_ ? runtime().registry.next_instance(name()) : Process::instance();
  const std::string label = fmt::format("{}#{}", name(), made.instance);
  const std::weak_ptr<ServerProcess> weak = std::static_pointer_cast<ServerProcess>(shared_from_this());
  made.services = std::make_unique<InstanceServices>(
      runtime(), label,
      InstanceServices::Sinks{[weak, instance = made.instance](OwnedMessage info) {
                                if (const auto process = weak.lock()) {
                                  process->post([self = process.get(), instance, info = std::move(info)] {
                                    self->handle_info(instance, info.view());
                                  });
                                }
                              },
                              [weak](std::uint64_t from, Reply reply) -> Result<void> {
                                const auto process = weak.lock();
                                return process ? process->callers_.reply(from, std::move(reply))
                                               : Result<void>(fail(Errc::not_found, "the server has ended"));
                              }});
  InstanceInit init{name(), name(), made.instance, made.options, std::move(state)};
  auto server = guarded_create(*made.factory, init, *made.services);
  if (!server) {
    return fail(server.error());
  }
  made.server = std::move(*server);
  return made;
}

// ---- Calls ----------------------------------------------------------------------------------------

std::uint64_t ServerProcess::Callers::add(From<Reply> from) {
  const Lock lock(mutex_);
  waiting_.emplace(++last_, std::move(from));
  return last_;
}

Result<void> ServerProcess::Callers::reply(std::uint64_t number, Result<Reply> answer) {
  Lock lock(mutex_);
  const auto place = waiting_.find(number);
  if (place == waiting_.end()) {
    return fail(Errc::not_found, fmt::format("call {} was answered before or never was", number));
  }
  From<Reply> from = std::move(place->second);
  waiting_.erase(place);
  lock.unlock();
  const bool is_waiting = from.reply(std::move(answer));
  lock.lock();
  return is_waiting ? Result<void>()
                    : Result<void>(fail(Errc::not_found, "the caller does not wait any more"));
}

void ServerProcess::Callers::drop_all() {
  std::map<std::uint64_t, From<Reply>> dropped;  // destroyed unlocked: each tells its caller
  const Lock lock(mutex_);
  waiting_.swap(dropped);
}

Result<Reply> ServerProcess::call(const Message& request, Duration timeout) {
  return ask<Reply>(timeout, [this, request = OwnedMessage(request)](From<Reply> from) mutable {
    handle_call(request.view(), std::move(from));
  });
}

void ServerProcess::handle_call(const Message& request, From<Reply> from) {
  ++calls_;
  const std::uint64_t number = callers_.add(std::move(from));
  ServerOutcome outcome = guarded_handle_call(*running_->server, request, number);
  switch (outcome.verdict) {
    case ServerOutcome::Verdict::ok:
      (void)callers_.reply(number, outcome.reply ? std::move(*outcome.reply) : Reply{});
      return;
    case ServerOutcome::Verdict::no_reply:
      return;
    case ServerOutcome::Verdict::unknown_request:
      (void)callers_.reply(
          number, fail(Errc::unknown_request, fmt::format("{} does not know the request `{}`",
                                                          running_->type().name, view(request.type))));
      return;
    case ServerOutcome::Verdict::refused:
      (void)callers_.reply(number, fail(Errc::refused, std::move(outcome.reason)));
      return;
    case ServerOutcome::Verdict::stop:
      // OTP's order: terminate first, then the reply, then the end.
      terminate({TerminateReason::Kind::stop, outcome.reason});
      if (outcome.reply) {
        (void)callers_.reply(number, std::move(*outcome.reply));
      }
      stop_now(outcome.reason);
      return;
    case ServerOutcome::Verdict::failed:
      crash("handle_call", view(request.type), outcome.reason);
      (void)callers_.reply(
          number, fail(Errc::crashed, fmt::format("server `{}` crashed: {}", name(), outcome.reason)));
      finish(ExitReason::error(outcome.reason));
      return;
  }
}

// ---- Casts and infos ------------------------------------------------------------------------------

Result<std::size_t> ServerProcess::cast(std::span<const Message> requests) {
  return send(requests);
}

void ServerProcess::handle_messages(std::span<const Message> requests) {
  last_seq_ = requests.back().seq;
  const ServerOutcome outcome = guarded_handle_casts(*running_->server, requests);
  casts_ += outcome.handled;
  if (outcome.verdict == ServerOutcome::Verdict::stop) {
    terminate({TerminateReason::Kind::stop, outcome.reason});
    stop_now(outcome.reason);
  } else if (outcome.verdict == ServerOutcome::Verdict::failed) {
    const Message& at = requests[std::min(outcome.handled, requests.size() - 1)];
    crash("handle_cast", view(at.type), outcome.reason);
    finish(ExitReason::error(outcome.reason));
  }
}

void ServerProcess::handle_info(std::uint64_t instance, const Message& info) {
  if (running_->instance != instance) {
    return;  // the instance it was meant for is gone
  }
  const ServerOutcome outcome = guarded_handle_info(*running_->server, info);
  if (outcome.verdict == ServerOutcome::Verdict::stop) {
    terminate({TerminateReason::Kind::stop, outcome.reason});
    stop_now(outcome.reason);
  } else if (outcome.verdict == ServerOutcome::Verdict::failed) {
    crash("handle_info", view(info.type), outcome.reason);
    finish(ExitReason::error(outcome.reason));
  }
}

// ---- Swap -----------------------------------------------------------------------------------------

Result<SwapReport> ServerProcess::swap(ServerSpec replacement, std::string extra, Duration timeout) {
  return ask<SwapReport>(timeout, [this, replacement = std::move(replacement),
                                   extra = std::move(extra)](From<SwapReport> from) mutable {
    auto report = swap_now(std::move(replacement), std::move(extra));
    if (!report) {
      runtime().log.warning("swap_failed",
                            {{"server", name()}, {"kept", "old"}, {"reason", report.error().text}});
    } else {
      runtime().log.info("server_swapped",
                         {{"server", name()}, {"from", report->old_version}, {"to", report->new_version}});
    }
    from.reply(std::move(report));
  });
}

Result<SwapReport> ServerProcess::swap_now(ServerSpec replacement, std::string extra) {
  const SteadyTime begin = runtime().clock.steady_now();
  const TypeInfo& to = replacement.factory->type();
  auto state = state_for_swap(*running_->server, running_->type(), to, std::move(extra));
  if (!state) {
    return fail(state.error());
  }
  SwapReport report = swap_report_of(running_->type(), to, *state);
  auto made = make(replacement.factory, std::move(replacement.options), std::move(*state));
  if (!made) {
    return fail(made.error());
  }
  report.old_instance = running_->instance;
  report.new_instance = made->instance;
  terminate({TerminateReason::Kind::swapped, {}});
  // In this order: the old server must go before its services.
  running_->server = nullptr;
  *running_ = std::move(*made);
  report.at_message = last_seq_;
  report.pause = std::chrono::duration_cast<std::chrono::microseconds>(runtime().clock.steady_now() - begin);
  return report;
}

// ---- End ------------------------------------------------------------------------------------------

void ServerProcess::terminate(const TerminateReason& why) {
  if (const auto done = guarded_terminate(*running_->server, why); !done) {
    runtime().log.error("terminate_failed", {{"server", name()}, {"reason", done.error().text}});
  }
}

void ServerProcess::stop_now(const std::string& reason) {
  const bool is_normal = reason.empty() || reason == "normal";
  if (!is_normal && reason != "shutdown") {
    runtime().log.error("server_stopped", {{"server", name()}, {"reason", reason}});
    finish(ExitReason::error(reason));
    return;
  }
  runtime().log.info("server_stopped", {{"server", name()}, {"reason", is_normal ? "normal" : reason}});
  finish(is_normal ? ExitReason::normal() : ExitReason::shutdown());
}

void ServerProcess::crash(std::string_view callback, std::string_view last, const std::string& reason) {
  runtime().log.error("server_crashed", {{"server", name()},
                                         {"type", running_->type().name},
                                         {"version", running_->type().version},
                                         {"instance", std::to_string(running_->instance)},
                                         {"callback", callback},
                                         {"last_message", last},
                                         {"reason", reason}});
  terminate({TerminateReason::Kind::error, reason});
}

void ServerProcess::finish(ExitReason reason) {
  running_.reset();
  callers_.drop_all();
  end(std::move(reason));
}

void ServerProcess::handle_stop(ExitReason reason) {
  if (running_) {
    terminate({TerminateReason::Kind::stop, to_string(reason)});
    runtime().log.info("server_stopped", {{"server", name()}, {"reason", to_string(reason)}});
  }
  finish(std::move(reason));
}

/// In this turn, so that the instance is not destroyed by whoever lets go of the process last.
void ServerProcess::handle_abandoned() {
  running_.reset();
  callers_.drop_all();
}

Result<ServerStatus> ServerProcess::status(Duration timeout) {
  return ask<ServerStatus>(timeout, [this](From<ServerStatus> from) {
    from.reply(ServerStatus{name(), running_->type().name, running_->type().version, running_->instance,
                            mailbox_counters(), calls_, casts_});
  });
}

}  // namespace baton
