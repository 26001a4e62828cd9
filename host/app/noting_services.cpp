// SPDX-License-Identifier: Apache-2.0
#include "host/app/noting_services.hpp"

namespace baton {

std::vector<std::string> NotingServices::take_effects() {
  const Lock lock(mutex_);
  return std::exchange(effects_, {});
}

std::vector<OwnedMessage> NotingServices::take_timers() {
  const Lock lock(mutex_);
  std::vector<OwnedMessage> infos;
  for (auto& [timer, info] : std::exchange(timers_, {})) {
    infos.push_back(std::move(info));
  }
  return infos;
}

std::map<std::uint64_t, Reply> NotingServices::take_replies() {
  const Lock lock(mutex_);
  return std::exchange(replies_, {});
}

void NotingServices::note(std::string effect) {
  const Lock lock(mutex_);
  effects_.push_back(std::move(effect));
}

void NotingServices::log(LogLevel level, std::string_view text) {
  note(fmt::format("log {}: {}", log_level_name(level), text));
}

Result<std::uint64_t> NotingServices::start_timer(Duration delay, const Message& info) {
  const Lock lock(mutex_);
  if (timers_.size() >= timers_max) {
    return fail(Errc::overloaded, "too many timers are waiting");
  }
  effects_.push_back(fmt::format("start a timer of {} ms: {}", delay.count(), view(info.type)));
  timers_.emplace(++last_timer_, OwnedMessage(info));
  return last_timer_;
}

Result<void> NotingServices::cancel_timer(std::uint64_t timer) {
  const Lock lock(mutex_);
  return timers_.erase(timer) > 0 ? Result<void>()
                                  : fail(Errc::not_found, "the timer has fired or never was");
}

Result<void> NotingServices::notify(std::string_view manager, const Message& event) {
  note(fmt::format("notify {}: {}", manager, view(event.type)));
  return {};
}

Result<void> NotingServices::cast(std::string_view server, const Message& request) {
  note(fmt::format("cast to {}: {}", server, view(request.type)));
  return {};
}

Result<Reply> NotingServices::call(std::string_view to, const Message& request, Duration /*timeout*/) {
  note(fmt::format("call {}: {}", to, view(request.type)));
  return fail(Errc::not_found, "nothing else runs here");
}

Result<void> NotingServices::reply(std::uint64_t from, Reply reply) {
  const Lock lock(mutex_);
  replies_.emplace(from, std::move(reply));
  return {};
}

Result<MemoryView> NotingServices::memory(std::string_view name, std::size_t capacity) {
  return memories_.get(name, capacity);
}

Result<void> NotingServices::free_memory(std::string_view name) {
  return memories_.free(name);
}

}  // namespace baton
