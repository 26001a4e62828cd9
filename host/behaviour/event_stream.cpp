// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/event_stream.hpp"

#include "host/behaviour/event_manager.hpp"
#include "host/runtime/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

namespace baton {

/// Between the handler, which puts in, and the consumer, who takes out. Threads: any.
class StreamQueue {
 public:
  StreamQueue(Runtime& runtime, StreamOptions options) : runtime_(runtime), options_(std::move(options)) {}

  /// The handler's side of a batch, as the overflow policy says.
  EventsOutcome put(std::span<const Message> events);

  /// The consumer's side.
  Result<std::optional<OwnedMessage>> take(Duration timeout);

  /// Nothing is put in any more: the end, or `error`. Only the first call counts.
  void finish(std::optional<Error> error);

  /// Nobody takes anything any more.
  void close();

  [[nodiscard]] bool is_closed() const;
  [[nodiscard]] std::uint64_t dropped() const;

  [[nodiscard]] const StreamOptions& options() const { return options_; }

 private:
  std::size_t put_what_fits(std::span<const Message> events) BATON_REQUIRES(signal_.mutex);

  [[nodiscard]] bool has_room() const BATON_REQUIRES(signal_.mutex) {
    return events_.size() < std::max<std::size_t>(options_.capacity, 1);
  }

  [[nodiscard]] std::optional<SteadyTime> deadline_in(Duration timeout) const {
    return timeout == infinity ? std::nullopt : std::optional(runtime_.clock.steady_now() + timeout);
  }

  // Constant after construction.
  Runtime& runtime_;
  const StreamOptions options_;

  mutable Signal signal_;  // announces events, room, the end and the consumer's leave
  std::deque<OwnedMessage> events_ BATON_GUARDED_BY(signal_.mutex);
  std::uint64_t dropped_ BATON_GUARDED_BY(signal_.mutex) = 0;
  bool is_finished_ BATON_GUARDED_BY(signal_.mutex) = false;
  std::optional<Error> error_ BATON_GUARDED_BY(signal_.mutex);
  bool is_closed_ BATON_GUARDED_BY(signal_.mutex) = false;
};

EventsOutcome StreamQueue::put(std::span<const Message> events) {
  const auto deadline = deadline_in(options_.block_timeout);
  const auto ready = [this]() BATON_REQUIRES(signal_.mutex) {
    return is_closed_ || has_room();
  };
  for (std::size_t taken = 0;;) {
    {
      const Lock lock(signal_.mutex);
      if (is_closed_) {
        return {HandlerVerdict::remove, events.size(), 0, {}};  // nobody takes them: they go nowhere
      }
      taken += put_what_fits(events.subspan(taken));
      signal_.changed.notify_all();
    }
    if (taken == events.size()) {
      return {HandlerVerdict::ok, taken, 0, {}};
    }
    if (options_.overflow == Overflow::reject || !runtime_.scheduler.wait(signal_, ready, deadline)) {
      return {HandlerVerdict::refused, taken, events.size() - taken,
              fmt::format("{} events wait for the consumer, which is the limit", options_.capacity)};
    }
  }
}

std::size_t StreamQueue::put_what_fits(std::span<const Message> events) {
  std::size_t taken = 0;
  for (const Message& event : events) {
    if (!has_room() && options_.overflow == Overflow::drop_oldest) {
      events_.pop_front();
      ++dropped_;
    }
    if (has_room()) {
      events_.emplace_back(event);
    } else if (options_.overflow == Overflow::drop_newest) {
      ++dropped_;
    } else {
      break;
    }
    ++taken;
  }
  return taken;
}

Result<std::optional<OwnedMessage>> StreamQueue::take(Duration timeout) {
  const auto ready = [this]() BATON_REQUIRES(signal_.mutex) {
    return !events_.empty() || is_finished_;
  };
  if (!runtime_.scheduler.wait(signal_, ready, deadline_in(timeout))) {
    return fail(Errc::timed_out, fmt::format("no event within {} ms", timeout.count()));
  }
  const Lock lock(signal_.mutex);
  if (!events_.empty()) {
    std::optional<OwnedMessage> event(std::move(events_.front()));
    events_.pop_front();
    signal_.changed.notify_all();
    return event;
  }
  if (error_) {
    return fail(*error_);
  }
  return std::optional<OwnedMessage>();
}

void StreamQueue::finish(std::optional<Error> error) {
  const Lock lock(signal_.mutex);
  if (!std::exchange(is_finished_, true)) {
    error_ = std::move(error);
    signal_.changed.notify_all();
  }
}

void StreamQueue::close() {
  const Lock lock(signal_.mutex);
  is_closed_ = true;
  events_.clear();
  signal_.changed.notify_all();
}

bool StreamQueue::is_closed() const {
  const Lock lock(signal_.mutex);
  return is_closed_;
}

std::uint64_t StreamQueue::dropped() const {
  const Lock lock(signal_.mutex);
  return dropped_;
}

namespace {

class StreamHandler final : public Handler {
 public:
  explicit StreamHandler(std::shared_ptr<StreamQueue> queue) : queue_(std::move(queue)) {}

  ~StreamHandler() override {
    // Only when terminate was not called: the manager was dropped as it was.
    queue_->finish(Error{Errc::process_ended, "the manager is gone and has not ended in order"});
  }

  EventsOutcome handle_events(std::span<const Message> events) override { return queue_->put(events); }

  CallOutcome handle_call(const Message& /*request*/) override {
    return {CallOutcome::Verdict::unknown_request, {}, {}};
  }

  InfoOutcome handle_info(const Message& /*info*/) override { return {}; }

  Result<Reply> terminate(const TerminateReason& why) override {
    const bool is_orderly = why.kind != TerminateReason::Kind::stop ||
                            why.text == to_string(ExitReason::normal()) ||
                            why.text == to_string(ExitReason::shutdown());
    queue_->finish(is_orderly ? std::nullopt
                              : std::optional(Error{Errc::process_ended, "the manager ended: " + why.text}));
    return Reply{"ok"};
  }

  Result<std::optional<State>> save() override { return std::optional<State>(); }

 private:
  const std::shared_ptr<StreamQueue> queue_;
};

class StreamFactory final : public HandlerFactory {
 public:
  explicit StreamFactory(std::shared_ptr<StreamQueue> queue) : queue_(std::move(queue)) {}

  [[nodiscard]] const TypeInfo& type() const override { return type_; }

  Result<std::unique_ptr<Handler>> create(const InstanceInit& /*init*/,
                                          Services& /*services*/) const override {
    if (queue_->is_closed()) {
      return fail(Errc::init_failed, "its consumer does not wait for it any more");
    }
    return std::unique_ptr<Handler>(std::make_unique<StreamHandler>(queue_));
  }

 private:
  const TypeInfo type_{"EventStream", "", 0, {}};
  const std::shared_ptr<StreamQueue> queue_;
};

}  // namespace

Result<EventStream> EventManager::stream(StreamOptions options, Duration timeout) {
  if (options.id.empty()) {
    options.id = fmt::format("stream-{}", runtime().registry.next_instance(name() + "/stream-"));
  }
  const std::string id = options.id;
  auto queue = std::make_shared<StreamQueue>(runtime(), std::move(options));
  const auto installed = add_handler({id, std::make_shared<StreamFactory>(queue), {}}, timeout);
  if (!installed) {
    queue->close();  // it may still be added, when that timed out
    return fail(installed.error());
  }
  const std::weak_ptr<EventManager> weak = std::static_pointer_cast<EventManager>(shared_from_this());
  Task unsubscribe = [weak, instance = installed->instance, id] {
    if (const auto manager = weak.lock()) {
      manager->post([manager = manager.get(), instance, id] {
        manager->owner_ended(id, instance, ExitReason::normal());
      });
    }
  };
  return EventStream(id, weak, std::move(queue), std::move(unsubscribe));
}

EventStream::EventStream(std::string id, std::weak_ptr<Process> manager, std::shared_ptr<StreamQueue> queue,
                         Task unsubscribe)
    : id_(std::move(id)),
      manager_(std::move(manager)),
      queue_(std::move(queue)),
      unsubscribe_(std::move(unsubscribe)) {}

EventStream::~EventStream() {
  if (queue_) {
    queue_->close();
    unsubscribe_();
  }
}

Result<std::optional<OwnedMessage>> EventStream::next(Duration timeout) {
  if (const auto manager = manager_.lock(); manager && manager->is_current()) {
    return fail(Errc::calling_self, "a handler of `" + manager->name() + "` cannot wait for its next event");
  }
  return queue_->take(timeout);
}

std::uint64_t EventStream::dropped() const {
  return queue_->dropped();
}

EventStream::Iterator& EventStream::Iterator::operator++() {
  auto event = stream_->next();
  event_ = event ? std::move(*event) : std::nullopt;
  return *this;
}

}  // namespace baton
