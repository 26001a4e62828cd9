// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/sys_debug.hpp"

#include "host/base/clock.hpp"
#include "host/base/log.hpp"
#include "host/behaviour/handler_wall.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

void set_data(SysEvent& event, std::string_view data) {
  event.data = data.substr(0, SysEvent::data_max);
  event.is_cut = data.size() > SysEvent::data_max;
}

std::string with_state(std::string text, std::string_view state) {
  return state.empty() ? text : fmt::format("{}, new state {}", text, state);
}

std::string what_of(const SysEvent& event) {
  return event.type + (event.data.empty() ? "" : " " + event.data) + (event.is_cut ? "..." : "");
}

std::string text_of(const SysEvent& event) {
  switch (event.kind) {
    case SysEvent::Kind::event:
      return "got event " + what_of(event);
    case SysEvent::Kind::call:
      return event.from == 0 ? "got call " + what_of(event)
                             : fmt::format("got call {} from {}", what_of(event), event.from);
    case SysEvent::Kind::cast:
      return "got cast " + what_of(event);
    case SysEvent::Kind::info:
      return "got " + what_of(event);
    case SysEvent::Kind::reply:
      return with_state(fmt::format("sent {}{} to {}", event.data, event.is_cut ? "..." : "", event.from),
                        event.state);
    case SysEvent::Kind::new_state:
      return event.state.empty() ? "new state" : "new state " + event.state;
  }
  return "";
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace

std::string debug_line(std::string_view name, const SysEvent& event) {
  const std::string handler = event.handler.empty() ? "" : "(" + event.handler + ")";
  std::string line = fmt::format("*DBG* {}{} {}", name, handler, text_of(event));
  std::replace_if(line.begin(), line.end(), is_control, '.');
  return line;
}

SysEvent sys_event_of(SysEvent::Kind kind, const Message& message) {
  SysEvent event;
  event.kind = kind;
  event.type = view(message.type);
  set_data(event, view(message.data));
  return event;
}

SysEvent sys_event_of_reply(std::string_view data, std::uint64_t from) {
  SysEvent event;
  event.kind = SysEvent::Kind::reply;
  event.from = from;
  set_data(event, data);
  return event;
}

void SysDebug::count_in(std::size_t messages) {
  if (statistics_) {
    statistics_->messages_in += messages;
  }
}

void SysDebug::count_out() {
  if (statistics_) {
    ++statistics_->messages_out;
  }
}

void SysDebug::record(SysEvent event) {
  event.time_us = runtime_.clock.utc_now_us();
  if (is_traced_) {
    runtime_.log.info("sys_trace", {{"process", process_}, {"line", debug_line(process_, event)}});
  }
  std::erase_if(observers_, [&](const Installed& installed) { return !show_to(installed, event); });
  if (log_max_ > 0) {
    if (log_.size() == log_max_) {
      log_.pop_front();
    }
    log_.push_back(std::move(event));
  }
}

bool SysDebug::show_to(const Installed& installed, const SysEvent& event) const {
  std::optional<std::string> failure;
  const bool stays = behind_wall([&] { return installed.observer(event); },
                                 [&failure](std::string text) {
                                   failure = std::move(text);
                                   return false;
                                 });
  if (failure) {
    runtime_.log.error("observer_removed",
                       {{"process", process_}, {"id", installed.id}, {"reason", *failure}});
  }
  return stays;
}

void SysDebug::set_log(std::size_t count) {
  log_max_ = count;
  while (log_.size() > log_max_) {
    log_.pop_front();
  }
}

void SysDebug::set_statistics(bool is_on) {
  if (!is_on) {
    statistics_.reset();
  } else if (!statistics_) {
    statistics_.emplace();
    statistics_->start_time_us = runtime_.clock.utc_now_us();
  }
}

std::optional<SysStatistics> SysDebug::statistics() const {
  std::optional<SysStatistics> statistics = statistics_;
  if (statistics) {
    statistics->current_time_us = runtime_.clock.utc_now_us();
  }
  return statistics;
}

void SysDebug::install(std::string id, SysObserver observer) {
  const bool is_there =
      std::any_of(observers_.begin(), observers_.end(), [&id](const auto& other) { return other.id == id; });
  if (!is_there) {
    observers_.push_back({std::move(id), std::move(observer)});
  }
}

void SysDebug::remove(std::string_view id) {
  std::erase_if(observers_, [id](const Installed& installed) { return installed.id == id; });
}

}  // namespace baton
