// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/forwarder.hpp"

#include <utility>

namespace baton {
namespace {

class Forwarder final : public Handler {
 public:
  Forwarder(std::weak_ptr<EventManager> to, NotifyMode mode, Duration timeout)
      : to_(std::move(to)), mode_(mode), timeout_(timeout) {}

  EventsOutcome handle_events(std::span<const Message> events) override {
    const auto to = to_.lock();
    if (!to) {
      return {HandlerVerdict::remove, events.size(), 0, {}};
    }
    // Waiting for all handlers pays for a whole batch at once; else it has to be known which one it was.
    const std::size_t step = mode_ == NotifyMode::sync_notify ? events.size() : 1;
    for (std::size_t done = 0; done < events.size(); done += step) {
      const Result<void> sent = send(*to, events.subspan(done, step));
      if (!sent && sent.error().code == Errc::process_ended) {
        return {HandlerVerdict::remove, events.size(), 0, {}};
      }
      if (!sent) {
        return {HandlerVerdict::refused, done, step, sent.error().text};
      }
    }
    return {HandlerVerdict::ok, events.size(), 0, {}};
  }

  CallOutcome handle_call(const Message& /*request*/) override {
    return {CallOutcome::Verdict::unknown_request, {}, {}};
  }

  InfoOutcome handle_info(const Message& /*info*/) override { return {}; }

  Result<Reply> terminate(const TerminateReason& /*why*/) override { return Reply{"ok"}; }

  Result<std::optional<State>> save() override { return std::optional<State>(); }

 private:
  Result<void> send(EventManager& to, std::span<const Message> events) const {
    switch (mode_) {
      case NotifyMode::sync_notify: {
        const auto outcome = to.sync_notify(events, timeout_);  // what failed there is reported there
        return outcome ? Result<void>() : Result<void>(fail(outcome.error()));
      }
      case NotifyMode::ack_notify:
        return to.ack_notify(events.front(), timeout_);
      case NotifyMode::notify:
        break;
    }
    const auto sent = to.notify(events);
    return sent ? Result<void>() : Result<void>(fail(sent.error()));
  }

  const std::weak_ptr<EventManager> to_;
  const NotifyMode mode_;
  const Duration timeout_;
};

class ForwarderFactory final : public HandlerFactory {
 public:
  ForwarderFactory(const std::shared_ptr<EventManager>& to, NotifyMode mode, Duration timeout)
      : to_(to), to_name_(to->name()), mode_(mode), timeout_(timeout) {}

  [[nodiscard]] const TypeInfo& type() const override { return type_; }

  Result<std::unique_ptr<Handler>> create(const InstanceInit& init, Services& /*services*/) const override {
    if (init.process == to_name_) {
      return fail(Errc::init_failed, "manager `" + to_name_ + "` cannot forward its events to itself");
    }
    return std::unique_ptr<Handler>(std::make_unique<Forwarder>(to_, mode_, timeout_));
  }

 private:
  const TypeInfo type_{"Forwarder", "", 0, {}};
  const std::weak_ptr<EventManager> to_;
  const std::string to_name_;
  const NotifyMode mode_;
  const Duration timeout_;
};

}  // namespace

std::shared_ptr<const HandlerFactory> make_forwarder(const std::shared_ptr<EventManager>& to, NotifyMode mode,
                                                     Duration timeout) {
  return std::make_shared<ForwarderFactory>(to, mode, timeout);
}

}  // namespace baton
