// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/sys_process.hpp"

#include "host/base/log.hpp"

#include <fmt/format.h>

#include <utility>

namespace baton {

SysProcess::SysProcess(Runtime& runtime, std::string name, ProcessOptions options)
    : Process(runtime, std::move(name), options) {}

SysProcess::~SysProcess() = default;

void SysProcess::set_parent(std::string parent) {
  const Lock lock(mutex_);
  parent_ = std::move(parent);
}

SysStatus SysProcess::sys_status() const {
  const Behaviour about = behaviour();
  SysStatus status;
  status.header = fmt::format("{} {}#{}", about.header, name(), instance());
  status.module = about.module;
  status.is_suspended = is_suspended();
  status.mailbox = mailbox_counters();
  status.log = debug_ ? debug_->log() : std::vector<SysEvent>();
  status.instances = sys_instances();
  const Lock lock(mutex_);
  status.parent = parent_.empty() ? name() : parent_;
  return status;
}

// ---- What comes in and goes out -------------------------------------------------------------------

bool SysProcess::observe_batch(SysEvent::Kind kind, std::span<const Message> batch) {
  if (!debug_->wants_each()) {
    debug_->count_in(batch.size());
    return false;
  }
  if (batch.size() == 1) {
    record_in(kind, batch.front(), {}, 0);
    return false;
  }
  for (const Message& message : batch) {
    if (has_ended()) {
      break;
    }
    handle_messages({&message, 1});
  }
  return true;
}

void SysProcess::record_in(SysEvent::Kind kind, const Message& message, std::string_view handler,
                           std::uint64_t from) {
  debug_->count_in(1);
  if (debug_->wants_each()) {
    SysEvent event = sys_event_of(kind, message);
    event.handler = handler;
    event.from = from;
    record(std::move(event));
  }
}

void SysProcess::observe_reply(std::string_view data, std::uint64_t from) {
  debug_->count_out();
  if (debug_->wants_each()) {
    SysEvent event = sys_event_of_reply(data, from);
    event.state = shown_state();
    record(std::move(event));
  }
}

void SysProcess::record_new_state() {
  if (debug_->wants_each()) {
    SysEvent event;
    event.kind = SysEvent::Kind::new_state;
    event.state = shown_state();
    record(std::move(event));
  }
}

void SysProcess::record(SysEvent event) {
  debug_->record(std::move(event));
  let_go_of_debug();  // the last observer may have left
}

SysDebug& SysProcess::debug() {
  if (!debug_) {
    debug_ = std::make_unique<SysDebug>(runtime(), name());
  }
  return *debug_;
}

void SysProcess::let_go_of_debug() {
  if (debug_ && debug_->is_off()) {
    debug_.reset();
  }
}

// ---- Requests -------------------------------------------------------------------------------------

Result<void> Sys::suspend(Duration timeout) {
  return process_.ask_system_change<void>(timeout, [&process = process_](From<void> from) {
    if (!process.is_suspended()) {
      process.Process::suspend();
      process.runtime().log.info("process_suspended", {{"process", process.name()}});
    }
    from.reply({});
  });
}

Result<void> Sys::resume(Duration timeout) {
  return process_.ask_system<void>(timeout, [&process = process_](From<void> from) {
    if (process.is_suspended()) {
      process.before_resume();
      process.Process::resume();
      process.runtime().log.info("process_resumed", {{"process", process.name()}});
    }
    from.reply({});
  });
}

Result<SysStatus> Sys::get_status(Duration timeout) {
  return process_.ask_system<SysStatus>(
      timeout, [&process = process_](From<SysStatus> from) { from.reply(process.sys_status()); });
}

Result<std::vector<SysState>> Sys::get_state(Duration timeout) {
  return process_.ask_system<std::vector<SysState>>(
      timeout, [&process = process_](From<std::vector<SysState>> from) { from.reply(process.sys_states()); });
}

Result<std::vector<SysState>> Sys::replace_state(ReplaceState replace, Duration timeout) {
  using States = std::vector<SysState>;
  return process_.ask_system_change<States>(
      timeout, [&process = process_, replace = std::move(replace)](From<States> from) {
        if (auto replaced = process.replace_states(replace); !replaced) {
          from.reply(fail(std::move(replaced.error())));
          return;
        }
        from.reply(process.sys_states());
      });
}

template <class F>
Result<void> Sys::change_debug(Duration timeout, F change) {
  return process_.ask_system_change<void>(
      timeout, [&process = process_, change = std::move(change)](From<void> from) mutable {
        change(process.debug());
        process.let_go_of_debug();
        from.reply({});
      });
}

Result<void> Sys::log(std::size_t count, Duration timeout) {
  return change_debug(timeout, [count](SysDebug& debug) { debug.set_log(count); });
}

Result<std::vector<SysEvent>> Sys::log_get(Duration timeout) {
  using Events = std::vector<SysEvent>;
  return process_.ask_system<Events>(timeout, [&process = process_](From<Events> from) {
    from.reply(process.debug_ ? process.debug_->log() : Events());
  });
}

Result<void> Sys::trace(bool is_on, Duration timeout) {
  return change_debug(timeout, [is_on](SysDebug& debug) { debug.set_trace(is_on); });
}

Result<void> Sys::statistics(bool is_on, Duration timeout) {
  return change_debug(timeout, [is_on](SysDebug& debug) { debug.set_statistics(is_on); });
}

Result<std::optional<SysStatistics>> Sys::statistics_get(Duration timeout) {
  using Statistics = std::optional<SysStatistics>;
  return process_.ask_system<Statistics>(timeout, [&process = process_](From<Statistics> from) {
    from.reply(process.debug_ ? process.debug_->statistics() : Statistics());
  });
}

Result<void> Sys::install(std::string id, SysObserver observer, Duration timeout) {
  return change_debug(timeout, [id = std::move(id), observer = std::move(observer)](SysDebug& debug) mutable {
    debug.install(std::move(id), std::move(observer));
  });
}

Result<void> Sys::remove(std::string id, Duration timeout) {
  return change_debug(timeout, [id = std::move(id)](SysDebug& debug) { debug.remove(id); });
}

Result<void> Sys::no_debug(Duration timeout) {
  return process_.ask_system<void>(timeout, [&process = process_](From<void> from) {
    process.debug_.reset();
    from.reply({});
  });
}

}  // namespace baton
