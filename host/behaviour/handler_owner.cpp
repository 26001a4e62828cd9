// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/handler_owner.hpp"

#include "host/base/assert.hpp"

#include <fmt/format.h>

#include <utility>

namespace baton {

std::string_view to_string(HandlerExit::Kind kind) {
  switch (kind) {
    case HandlerExit::Kind::normal:
      return "normal";
    case HandlerExit::Kind::shutdown:
      return "shutdown";
    case HandlerExit::Kind::swapped:
      return "swapped";
    case HandlerExit::Kind::crashed:
      return "crashed";
    case HandlerExit::Kind::bad_return:
      return "bad_return";
    case HandlerExit::Kind::killed:
      return "killed";
  }
  BATON_ASSERT(false && "a HandlerExit::Kind that is none");
  return {};
}

// ---- Ownership ------------------------------------------------------------------------------------

bool Ownership::has_ended() const {
  const Lock lock(signal_.mutex);
  return ended_.has_value();
}

std::uint64_t Ownership::monitor(OnEnd on_end) {
  std::optional<ExitReason> ended;
  {
    const Lock lock(signal_.mutex);
    if (!ended_) {
      monitors_.emplace(++last_monitor_, std::move(on_end));
      return last_monitor_;
    }
    ended = ended_;
  }
  on_end(*ended);
  return 0;
}

void Ownership::demonitor(std::uint64_t monitor) {
  OnEnd dropped;  // destroyed unlocked: it owns what may call back
  const Lock lock(signal_.mutex);
  if (const auto place = monitors_.find(monitor); place != monitors_.end()) {
    dropped = std::move(place->second);
    monitors_.erase(place);
  }
}

void Ownership::end(const ExitReason& reason) {
  Monitors monitors;
  {
    Lock lock(signal_.mutex);
    if (!ended_) {
      ended_ = reason;
      monitors.swap(monitors_);
      signal_.changed.notify_all();
    }
    if (telling_ != std::this_thread::get_id()) {
      wait_until_told(lock);
    }
  }
  for (const auto& [number, on_end] : monitors) {
    on_end(reason);
  }
}

void Ownership::wait_until_told(Lock& lock) {
  while (telling_) {
    signal_.changed.wait(lock);
  }
}

void Ownership::tell(HandlerExit notice) {
  Lock lock(signal_.mutex);
  wait_until_told(lock);  // notices of several managers come one at a time
  if (ended_) {
    return;
  }
  if (!on_exit_) {
    notices_.push_back(std::move(notice));
    signal_.changed.notify_all();
    return;
  }
  telling_ = std::this_thread::get_id();
  lock.unlock();
  on_exit_(notice);
  lock.lock();
  telling_.reset();
  signal_.changed.notify_all();
}

Result<HandlerExit> Ownership::next_exit(Scheduler& scheduler, std::optional<SteadyTime> deadline) {
  const auto ready = [this]() BATON_REQUIRES(signal_.mutex) {
    return !notices_.empty() || ended_.has_value();
  };
  (void)scheduler.wait(signal_, ready, deadline);
  const Lock lock(signal_.mutex);
  if (!notices_.empty()) {
    HandlerExit notice = std::move(notices_.front());
    notices_.pop_front();
    return notice;
  }
  if (ended_) {
    return fail(Errc::process_ended, fmt::format("the owner `{}` has ended", name_));
  }
  return fail(Errc::timed_out, fmt::format("no handler of `{}` has gone in that time", name_));
}

// ---- Owners ---------------------------------------------------------------------------------------

HandlerOwner::HandlerOwner(Runtime& runtime, std::string name, Ownership::OnExit on_exit)
    : runtime_(&runtime), ownership_(std::make_shared<Ownership>(std::move(name), std::move(on_exit))) {}

HandlerOwner::~HandlerOwner() {
  if (ownership_) {
    ownership_->end(ExitReason::normal());
  }
}

void HandlerOwner::end(const ExitReason& reason) {
  ownership_->end(reason);
}

Result<HandlerExit> HandlerOwner::next_exit(Duration timeout) {
  const auto deadline =
      timeout == infinity ? std::nullopt : std::optional<SteadyTime>(runtime_->clock.steady_now() + timeout);
  return ownership_->next_exit(runtime_->scheduler, deadline);
}

OwnerRef owner_of(Process& process, Ownership::OnExit on_exit) {
  if (!on_exit) {
    on_exit = [](const HandlerExit&) {
    };
  }
  auto ownership = std::make_shared<Ownership>(process.name(), std::move(on_exit));
  process.monitor([ownership](const ExitReason& reason) { ownership->end(reason); });
  return ownership;
}

// ---- The bond -------------------------------------------------------------------------------------

OwnerLink::OwnerLink(OwnerRef owner, Ownership::OnEnd on_end, HandlerExit of)
    : owner_(std::move(owner)), notice_(std::move(of)), monitor_(owner_->monitor(std::move(on_end))) {}

OwnerLink::~OwnerLink() {
  owner_->demonitor(monitor_);
  tell(HandlerExit::Kind::killed, {}, std::nullopt);
}

void OwnerLink::tell(HandlerExit::Kind kind, std::string reason, std::optional<State> state) {
  HandlerExit notice = notice_;
  notice.kind = kind;
  notice.reason = std::move(reason);
  notice.state = std::move(state);
  tell(std::move(notice));
}

void OwnerLink::tell_swapped(std::string new_id, std::uint64_t new_instance, const OwnerRef& new_owner,
                             std::optional<State> state) {
  HandlerExit notice = notice_;
  notice.kind = HandlerExit::Kind::swapped;
  notice.new_id = std::move(new_id);
  notice.new_instance = new_instance;
  notice.new_owner = new_owner ? new_owner->name() : std::string();
  notice.state = std::move(state);
  tell(std::move(notice));
}

void OwnerLink::tell(HandlerExit notice) {
  if (!std::exchange(is_told_, true)) {
    owner_->tell(std::move(notice));
  }
}

}  // namespace baton
