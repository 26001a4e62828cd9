// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/simulated.hpp"
#include "tests/simulation/world.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string>
#include <utility>

namespace baton::simulation {
namespace {

const std::string thrown = "thrown";
const std::string failed = "failed";

class SimulatedHandler final : public Handler {
 public:
  SimulatedHandler(World& world, ManagerModel& manager, Instance& instance)
      : world_(world), manager_(manager), self_(instance) {}

  ~SimulatedHandler() override { world_.destroyed(self_); }

  EventsOutcome handle_events(std::span<const Message> events) override {
    const CallbackScope scope(self_, "handle_event");
    manager_.begin_batch(self_, events);
    for (std::size_t i = 0; i < events.size(); ++i) {
      manager_.see_event(self_, events[i]);
      const Payload payload = payload_of(events[i]);
      if (payload.deed == Deed::none || self_.is_witness || self_.id != victim_id(payload.victim)) {
        continue;
      }
      if (auto outcome = event_with_deed(payload.deed, events, i)) {
        return *outcome;
      }
    }
    self_.handled += events.size();
    return {HandlerVerdict::ok, events.size(), 0, {}};
  }

  CallOutcome handle_call(const Message& request) override {
    using Verdict = CallOutcome::Verdict;
    const CallbackScope scope(self_, "handle_call");
    manager_.batch_is_over();
    const Payload payload = payload_of(request);
    Operation& operation = *world_.operation(payload.operation);
    manager_.check_call(operation, payload, manager_.handled_since);
    world_.expect(operation.id == self_.id, "a call reaches the handler that was asked", payload.operation);
    switch (payload.deed) {
      case Deed::throws:
        ends(operation, Errc::crashed, thrown);
        throw std::runtime_error(thrown);
      case Deed::fails:
        ends(operation, Errc::crashed, failed);
        return {Verdict::failed, {}, failed};
      case Deed::removes:
        operation.answer = Operation::Answer{std::nullopt, "bye", false};
        self_.expected_end = TerminateReason{TerminateReason::Kind::remove, {}};
        return {Verdict::reply_and_remove, {"bye", BATON_TEXT_PLAIN}, {}};
      case Deed::swaps: {
        operation.answer = Operation::Answer{std::nullopt, "swapped", false};  // comes after the swap
        const Operation& swap = ask_for_swap();
        return {CallOutcome::Verdict::reply_and_swap,
                {"swapped", BATON_TEXT_PLAIN},
                argument_of(swap),
                {},
                type_of(swap)};
      }
      case Deed::refuses:
        answers(operation, Errc::refused);
        return {Verdict::refused, {}, "no"};
      case Deed::unknown:
        answers(operation, Errc::unknown_request);
        return {Verdict::unknown_request, {}, {}};
      default:
        do_aside(world_, manager_, self_.services, self_.timers, payload.deed);
        break;
    }
    const std::string data = "echo " + std::to_string(payload.operation);
    operation.answer = Operation::Answer{std::nullopt, data, !operation.has_returned};
    return {Verdict::reply, {data, BATON_TEXT_PLAIN}, {}};
  }

  InfoOutcome handle_info(const Message& info) override {
    const CallbackScope scope(self_, "handle_info");
    manager_.batch_is_over();
    const Payload payload = payload_of(info);
    check_info(self_, payload);
    switch (payload.deed) {
      case Deed::throws:
        crash_on_info(thrown);
        throw std::runtime_error(thrown);
      case Deed::fails:
        crash_on_info("bad return from handle_info");
        return {HandlerVerdict::refused, {}};
      case Deed::removes:
      case Deed::stops:
        if (self_.is_witness) {
          break;
        }
        self_.expected_end = TerminateReason{TerminateReason::Kind::remove, {}};
        return {HandlerVerdict::remove, {}};
      case Deed::swaps: {
        if (self_.is_witness) {
          break;
        }
        const Operation& swap = ask_for_swap();
        return {HandlerVerdict::swap, argument_of(swap), {}, type_of(swap)};
      }
      default:
        do_aside(world_, manager_, self_.services, self_.timers, payload.deed);
        break;
    }
    return {HandlerVerdict::ok, {}};
  }

  OptionsOutcome change_options(const Options& options) override {
    using Verdict = OptionsOutcome::Verdict;
    const CallbackScope scope(self_, "change_options");
    manager_.batch_is_over();
    Operation& operation = *world_.operation(dial_of(options));
    world_.expect(operation.id == self_.id && !operation.executed,
                  "new options reach the handler that they are for, once", operation.number);
    operation.executed = true;
    operation.asked = self_.number;
    operation.dial_before = self_.dial;
    switch (operation.create) {
      case Deed::throws:
        crash_on_info(thrown);
        throw std::runtime_error(thrown);
      case Deed::fails:
      case Deed::bad_return:
        crash_on_info(failed);
        return {Verdict::failed, failed};
      case Deed::refuses:
        return {Verdict::refused, failed};
      default:
        do_aside(world_, manager_, self_.services, self_.timers, operation.create);
        self_.dial = operation.number;
        return {};
    }
  }

  Result<Reply> terminate(const TerminateReason& why) override {
    const CallbackScope scope(self_, "terminate");
    manager_.check_terminate(self_, why);
    check_error_text(why);
    if (why.kind == TerminateReason::Kind::stop) {
      world_.expect(!manager_.stop_reasons.empty() || manager_.is_supervised, "stop is asked for");
    }
    self_.life = Instance::Life::terminated;
    switch (self_.terminate) {
      case Deed::throws:
        throw std::runtime_error(thrown);
      case Deed::fails:
        return fail(Errc::crashed, failed);
      default:
        do_aside(world_, manager_, self_.services, self_.timers, self_.terminate);
        return Reply{"value of " + std::to_string(self_.number), BATON_TEXT_PLAIN};
    }
  }

  Result<std::optional<State>> save() override {
    const CallbackScope scope(self_, "save");
    manager_.check_level();
    manager_.saved = nullptr;
    if (self_.save == Deed::throws || self_.save == Deed::fails) {
      ++manager_.save_failures;
    }
    if (self_.save == Deed::throws) {
      throw std::runtime_error(thrown);
    }
    if (self_.save == Deed::fails) {
      return fail(Errc::crashed, failed);
    }
    if (self_.type.state_writes == 0) {
      return std::optional<State>();
    }
    manager_.saved = &self_;
    return std::optional<State>(state_of(self_));
  }

 private:
  static std::string victim_id(std::uint32_t victim) { return "h" + std::to_string(victim); }

  /// The outcome if `deed`, at event `at`, ends the batch.
  std::optional<EventsOutcome> event_with_deed(Deed deed, std::span<const Message> events, std::size_t at) {
    switch (deed) {
      case Deed::throws:
        manager_.crash(self_, events[0], thrown);  // how far it came, nobody can know
        throw std::runtime_error(thrown);
      case Deed::fails:
        manager_.crash(self_, events[at], failed);
        return EventsOutcome{HandlerVerdict::failed, at, 0, failed};
      case Deed::removes:
        self_.expected_end = TerminateReason{TerminateReason::Kind::remove, {}};
        return EventsOutcome{HandlerVerdict::remove, at + 1, 0, {}};
      case Deed::swaps:
        return swap(events, at);
      case Deed::refuses:
        return refuse(events, at);
      case Deed::bad_return:
        return break_contract(events, at);
      default:
        do_aside(world_, manager_, self_.services, self_.timers, deed);
        return std::nullopt;
    }
  }

  EventsOutcome swap(std::span<const Message> events, std::size_t at) {
    self_.handled += at + 1;
    self_.gets_rest = at + 1 < events.size();  // it or its successor
    manager_.swaps_in_batch = true;
    const Operation& swap = ask_for_swap();
    return {HandlerVerdict::swap, at + 1, 0, argument_of(swap), {}, type_of(swap)};
  }

  const Operation& ask_for_swap() {
    Operation& swap = world_.begin("swap_by_return", &manager_, infinity);
    swap.has_returned = true;  // nobody waits for it
    swap.id = self_.id;
    swap.new_id = self_.id;
    swap.is_by_return = true;
    swap.type = random_type(world_, "TypeA", "TypeB");
    swap.create = random_create_deed(world_);
    return swap;
  }

  static std::string argument_of(const Operation& swap) { return std::to_string(swap.number); }

  /// Sometimes there is no such type.
  std::string type_of(const Operation& swap) {
    return world_.random.one_in(8) ? "nobody" : std::to_string(swap.number);
  }

  EventsOutcome refuse(std::span<const Message> events, std::size_t at) {
    const std::size_t count = world_.random.between(1, static_cast<std::uint32_t>(events.size() - at));
    for (std::size_t i = at; i < at + count; ++i) {
      if (i > at) {
        manager_.see_event(self_, events[i]);
      }
      manager_.failures[payload_of(events[i]).id].push_back({self_.id, false, failed});
    }
    self_.handled += at;
    self_.refused += count;
    self_.gets_rest = at + count < events.size();
    return {HandlerVerdict::refused, at, count, failed};
  }

  EventsOutcome break_contract(std::span<const Message> events, std::size_t at) {
    const std::string reason = "bad return from handle_events";
    const std::size_t count = events.size();
    const EventsOutcome breaches[] = {
        {HandlerVerdict::ok, count + 1, 0, {}},  {HandlerVerdict::ok, at, 0, {}},
        {HandlerVerdict::refused, at, 0, {}},    {HandlerVerdict::refused, at, count - at + 1, {}},
        {HandlerVerdict::refused, count, 1, {}}, {HandlerVerdict::remove, 0, 0, {}}};
    const EventsOutcome& breach = world_.random.one_of(breaches);
    manager_.crash(self_, events[std::min(breach.handled, count - 1)], reason);
    return breach;
  }

  /// Also on new options: there is nobody who gets an answer from it.
  void crash_on_info(const std::string& reason) {
    ++manager_.crashes;
    self_.expected_end = TerminateReason{TerminateReason::Kind::error, reason};
  }

  void ends(Operation& operation, Errc code, const std::string& reason) {
    ++manager_.crashes;
    operation.answer = Operation::Answer{code, {}, false};
    self_.expected_end = TerminateReason{TerminateReason::Kind::error, reason};
  }

  static void answers(Operation& operation, Errc code) {
    operation.answer = Operation::Answer{code, {}, !operation.has_returned};
  }

  void check_error_text(const TerminateReason& why) {
    if (self_.expected_end) {
      world_.expect(why.text.starts_with(self_.expected_end->text), "terminate is told the reason",
                    self_.number);
    }
  }

  World& world_;
  ManagerModel& manager_;
  Instance& self_;
};

class SimulatedHandlerFactory final : public HandlerFactory {
 public:
  SimulatedHandlerFactory(World& world, Operation& operation, bool is_witness)
      : world_(world), operation_(operation), type_(operation.type), is_witness_(is_witness) {}

  [[nodiscard]] const TypeInfo& type() const override { return type_; }

  Result<std::unique_ptr<Handler>> create(const InstanceInit& init, Services& services) const override {
    auto& manager = static_cast<ManagerModel&>(*operation_.home);
    const CreateScope scope(manager);
    world_.expect(!operation_.create_called, "create is called once", operation_.number);
    world_.expect(init.process == manager.name, "create knows its process", operation_.number);
    manager.check_level();
    const bool is_swap = !operation_.new_id.empty();
    const Instance* old = operation_.is_destructive ? operation_.ended : manager.find(operation_.id);
    check_state(manager, operation_, is_swap ? old : nullptr, init.state);
    OwnTimers timers = do_in_create(world_, manager, services, operation_.create);
    if (operation_.create == Deed::throws) {
      operation_.create_called = true;
      throw std::runtime_error(thrown);
    }
    if (operation_.create == Deed::fails || operation_.create == Deed::refuses) {
      operation_.create_called = true;
      return fail(operation_.create == Deed::fails ? Errc::init_failed : Errc::state_refused, failed);
    }
    if (operation_.create == Deed::bad_return) {
      operation_.create_called = true;
      return std::unique_ptr<Handler>();
    }
    world_.expect(!operation_.is_by_return || old == nullptr || dial_of(init.options) == old->dial,
                  "who is put into the place of another has its options, as they are by then",
                  operation_.number);
    Instance& instance = world_.born(manager, init, type_, services);
    instance.dial = dial_of(init.options);
    instance.timers = std::move(timers);
    instance.is_witness = is_witness_;
    manager.install(operation_, instance);
    operation_.create_called = true;
    return std::unique_ptr<Handler>(std::make_unique<SimulatedHandler>(world_, manager, instance));
  }

  /// What a handler asked for by the number of its operation.
  [[nodiscard]] Result<std::shared_ptr<const HandlerFactory>> sibling(std::string_view other) const override {
    std::uint32_t number = 0;
    (void)std::from_chars(other.data(), other.data() + other.size(), number);
    Operation* const operation = world_.operation(number);
    if (operation == nullptr) {
      return fail(Errc::plugin_not_found, "no such type");
    }
    return handler_factory(world_, *operation, false);
  }

 private:
  World& world_;
  Operation& operation_;
  const TypeInfo type_;
  const bool is_witness_;
};

}  // namespace

std::shared_ptr<const HandlerFactory> handler_factory(World& world, Operation& operation, bool is_witness) {
  return std::make_shared<SimulatedHandlerFactory>(world, operation, is_witness);
}

}  // namespace baton::simulation
