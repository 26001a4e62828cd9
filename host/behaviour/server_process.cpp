// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/server_process.hpp"

#include "host/base/log.hpp"
#include "host/behaviour/crash_report.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/runtime/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {

// ---- Start ----------------------------------------------------------------------------------------

Result<std::shared_ptr<ServerProcess>> ServerProcess::start(Runtime& runtime, ServerSpec spec,
                                                            Duration timeout) {
  if (auto valid = check_timeout(timeout); !valid) {
    return fail(std::move(valid.error()));
  }
  if (spec.name.empty()) {
    const std::string& type = spec.factory->type().name;
    spec.name = "<" + type + "." + std::to_string(runtime.registry.next_instance("<" + type + ">")) + ">";
  }
  const auto factory = spec.factory;  // for the record below: the process lets go of it
  auto process = std::make_shared<ServerProcess>(runtime, std::move(spec));
  ServerProcess& self = *process;
  if (auto made = self.make_first(timeout); !made) {
    return fail(std::move(made.error()));
  }
  runtime.log.info("server_started", {{"server", self.name()},
                                      {"type", factory->type().name},
                                      {"version", factory->type().version},
                                      {"instance", std::to_string(self.Process::instance())}});
  return process;
}

Result<std::shared_ptr<ServerProcess>> ServerProcess::start_link(Runtime& runtime, ServerSpec spec,
                                                                 const std::shared_ptr<Process>& owner,
                                                                 Duration timeout) {
  if (!owner) {
    return fail(Errc::bad_request, "a linked server needs an owner");
  }
  auto started = start(runtime, std::move(spec), timeout);
  if (started) {
    const MonitorId link = owner->monitor([weak = std::weak_ptr(*started)](const ExitReason& reason) {
      if (const auto process = weak.lock()) {
        (void)process->exit(reason);
      }
    });
    // An owner may outlive many servers.
    (*started)->monitor([link, weak = std::weak_ptr(owner)](const ExitReason& /*reason*/) {
      if (const auto process = weak.lock()) {
        process->demonitor(link);
      }
    });
  }
  return started;
}

Result<std::shared_ptr<ServerProcess>> ServerProcess::start_monitor(Runtime& runtime, ServerSpec spec,
                                                                    Monitor monitor, Duration timeout) {
  auto started = start(runtime, std::move(spec), timeout);
  if (started) {
    (*started)->monitor(std::move(monitor));
  }
  return started;
}

// A call that comes with the name must find the server made. So whatever makes it is there before the name
// is: the starter itself, in a visit, or a task that is held.
Result<void> ServerProcess::make_first(Duration timeout) {
  if (Visit here = visit(timeout)) {
    if (auto added = runtime().registry.add(shared_from_this()); !added) {
      return added;
    }
    auto made = init();
    if (made && running_->after_init.kind == Then::Kind::handle_continue) {
      here.end_before([this] { (void)follow_init(); });  // the starter need not wait for it
    } else if (made) {
      (void)follow_init();
    }
    return made;
  }
  auto [pending, answer] = make_question<void>();
  hold([this, from = std::move(answer)]() mutable {
    auto made = init();
    const bool goes_on = made.has_value();
    from.reply(std::move(made));
    if (goes_on) {
      (void)follow_init();
    }
  });
  if (auto added = runtime().registry.add(shared_from_this()); !added) {
    return added;
  }
  start_held();
  auto made = pending.wait(runtime().scheduler, deadline_in(timeout));
  if (!made && made.error().code == Errc::timed_out) {
    runtime().registry.remove(*this);
    (void)exit(ExitReason::error("it did not start in time"));
  }
  return made;
}

Result<void> ServerProcess::init() {
  auto running = make(spec_.factory, spec_.options, std::nullopt);
  if (running) {
    running_.emplace(std::move(*running));
    spec_.factory = nullptr;  // else the first version's code could never be unloaded
    spec_.options = {};
    return {};
  }
  // The name is free before the starter knows: it may try again at once.
  if (running.error().code == Errc::ignored) {
    runtime().log.info("server_ignored", {{"server", name()}, {"type", spec_.factory->type().name}});
    end(ExitReason::normal());
  } else {
    report_crash(runtime().log,
                 {.process = name(),
                  .type = spec_.factory->type(),
                  .instance = Process::instance(),
                  .callback = "init",
                  .reason = running.error().text,
                  .label = spec_.label},
                 static_cast<const Server*>(nullptr));
    end(ExitReason::error(running.error().text));
  }
  return fail(std::move(running.error()));
}

ServerProcess::ServerProcess(Runtime& runtime, ServerSpec spec)
    : SysProcess(runtime, spec.name, spec.process), spec_(std::move(spec)) {
  keep_recent_requests(spec_.recent_requests);
}

ServerProcess::~ServerProcess() = default;

Result<ServerProcess::Running> ServerProcess::make(std::shared_ptr<const ServerFactory> factory,
                                                   Options options, std::optional<State> state,
                                                   bool inherits_memory) {
  Running made;
  made.factory = std::move(factory);
  made.options = std::move(options);
  // The first instance of a process bears the number of the process; a swap takes the next one.
  made.instance = running_ ? runtime().registry.next_instance(name()) : Process::instance();
  const std::string label = name() + "#" + std::to_string(made.instance);
  const std::weak_ptr<ServerProcess> weak = std::static_pointer_cast<ServerProcess>(shared_from_this());
  made.services = std::make_unique<InstanceServices>(
      runtime(), label,
      InstanceServices::Sinks{[weak, instance = made.instance](OwnedMessage info) {
                                if (const auto process = weak.lock()) {
                                  process->post([self = process.get(), instance, info = std::move(info)] {
                                    self->handle_own_info(instance, info.view());
                                  });
                                }
                              },
                              [weak](std::uint64_t from, Reply reply) -> Result<void> {
                                const auto process = weak.lock();
                                return process ? process->callers_.reply(from, std::move(reply))
                                               : Result<void>(fail(Errc::not_found, "the server has ended"));
                              }});
  if (running_ && state && inherits_memory) {
    made.services->memories().inherit(running_->services->memories());
  }
  InstanceInit init{name(), name(), made.instance, made.options, std::move(state)};
  auto server = guarded_create(*made.factory, init, *made.services);
  if (!server) {
    return fail(server.error());
  }
  made.server = std::move(*server);
  auto then = guarded_after_init(*made.server);
  if (!then) {
    return fail(then.error());
  }
  made.after_init = std::move(*then);
  return made;
}

// ---- End ------------------------------------------------------------------------------------------

bool ServerProcess::settle(const Occasion& occasion, ServerOutcome& outcome, std::uint64_t call) {
  if (outcome.verdict == ServerOutcome::Verdict::stop) {
    ExitReason reason = ExitReason::parse(outcome.reason);
    if (!reason.is_quiet()) {
      report(occasion, outcome.reason);
    }
    const std::string text = to_string(reason);
    reason = terminate({TerminateReason::Kind::stop, text}, std::move(reason));
    // OTP's order: terminate first, then the reply, then the end.
    if (call != 0 && outcome.reply) {
      callers_.answer(call, std::move(*outcome.reply));
    }
    finish(reason);
    return false;
  }
  if (outcome.verdict == ServerOutcome::Verdict::failed) {
    report(occasion, outcome.reason);
    ExitReason reason =
        terminate({TerminateReason::Kind::error, outcome.reason}, ExitReason::error(outcome.reason));
    if (call != 0) {
      callers_.answer(call, fail(Errc::crashed, fmt::format("server `{}` crashed: {}", name(), reason.text)));
    }
    finish(reason);
    return false;
  }
  return true;
}

void ServerProcess::report(const Occasion& occasion, std::string_view reason) {
  report_crash(runtime().log,
               {.process = name(),
                .type = running_->type(),
                .instance = running_->instance,
                .callback = occasion.callback,
                .last_message = occasion.message == nullptr ? "" : describe_message(*occasion.message),
                .reason = reason,
                .client = occasion.client,
                .label = spec_.label},
               running_->server.get());
}

ExitReason ServerProcess::terminate(const TerminateReason& why, ExitReason reason) {
  if (const auto done = guarded_terminate(*running_->server, why); !done) {
    report({"terminate"}, done.error().text);
    reason = ExitReason::error(done.error().text);
  }
  return reason;
}

void ServerProcess::finish(const ExitReason& reason) {
  end_rest();
  running_.reset();
  if (reason.is_quiet()) {
    runtime().log.info("server_stopped", {{"server", name()}, {"reason", to_string(reason)}});
  }
  callers_.drop_all({Errc::process_ended, fmt::format("`{}` ended: {}", name(), to_string(reason))});
  end(reason);
}

void ServerProcess::handle_stop(ExitReason reason) {
  end_prepared(false);
  if (running_) {
    const std::string text = to_string(reason);
    if (!reason.is_quiet()) {
      report({"stop"}, text);
    }
    reason = terminate({TerminateReason::Kind::stop, text}, std::move(reason));
  }
  finish(reason);
}

/// In this turn, so that the instance is not destroyed by whoever lets go of the process last.
void ServerProcess::handle_abandoned() {
  end_rest();
  prepared_.reset();
  running_.reset();
  callers_.drop_all(ended_error());
}

Result<ServerStatus> ServerProcess::status(Duration timeout) {
  return ask_system<ServerStatus>(timeout, [this](From<ServerStatus> from) {
    from.reply(ServerStatus{name(), running_->type().name, running_->type().version, running_->instance,
                            mailbox_counters(), calls_, casts_, is_suspended(), shown_state(),
                            running_->type().library, running_->watch != nullptr});
  });
}

}  // namespace baton
