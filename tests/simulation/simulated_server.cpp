// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/registry.hpp"
#include "tests/simulation/simulated.hpp"
#include "tests/simulation/world.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace baton::simulation {
namespace {

const std::string thrown = "thrown";
const std::string failed = "failed";

class SimulatedServer final : public Server {
  using Verdict = ServerOutcome::Verdict;

 public:
  SimulatedServer(World& world, ServerModel& model, Instance& instance)
      : world_(world), model_(model), self_(instance) {}

  ~SimulatedServer() override { world_.destroyed(self_); }

  ServerOutcome handle_call(const Message& request, std::uint64_t from) override {
    const CallbackScope scope(self_, "handle_call");
    const Payload payload = payload_of(request);
    Operation& operation = *world_.operation(payload.operation);
    model_.check_call(operation, payload, 0);
    ++model_.calls;
    const std::string data = "echo " + std::to_string(payload.operation);
    switch (payload.deed) {
      case Deed::throws:
        crashes(thrown);
        operation.answer = Operation::Answer{Errc::crashed, {}, false};
        throw std::runtime_error(thrown);
      case Deed::fails:
        crashes(failed);
        operation.answer = Operation::Answer{Errc::crashed, {}, false};
        return {Verdict::failed, 0, std::nullopt, failed};
      case Deed::refuses:
        operation.answer = Operation::Answer{Errc::refused, {}, !operation.has_returned};
        return {Verdict::refused, 0, std::nullopt, "no"};
      case Deed::unknown:
        operation.answer = Operation::Answer{Errc::unknown_request, {}, !operation.has_returned};
        return {Verdict::unknown_request, 0, std::nullopt, {}};
      case Deed::later:
        model_.later.push_back({from, &operation});
        return {Verdict::no_reply, 0, std::nullopt, {}};
      case Deed::twice:
        model_.later.push_front({from, &operation});
        model_.reply_later();
        return {Verdict::ok, 0, Reply{"second", BATON_TEXT_PLAIN}, {}};
      case Deed::stops:
      case Deed::stops_error:
        operation.answer = Operation::Answer{std::nullopt, data, false};
        return stops(payload.deed, Reply{data, BATON_TEXT_PLAIN});
      case Deed::stops_silent:
        return stops(payload.deed, std::nullopt);
      default:
        do_aside(world_, model_, self_.services, self_.timers, payload.deed);
        break;
    }
    operation.answer = Operation::Answer{std::nullopt, data, !operation.has_returned};
    return {Verdict::ok, 0, Reply{data, BATON_TEXT_PLAIN}, {}};
  }

  ServerOutcome handle_casts(std::span<const Message> requests) override {
    const CallbackScope scope(self_, "handle_cast");
    world_.expect(!requests.empty() && requests.size() <= model_.batch_max,
                  "a batch is not larger than it may be", requests.size(), model_.batch_max);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const Payload payload = payload_of(requests[i]);
      const std::uint64_t before = model_.last_seq;
      model_.see(requests[i], payload, model_.overflow == Overflow::drop_oldest);
      model_.skipped += requests[i].seq - before - 1;
      switch (payload.deed) {
        case Deed::throws:
          crashes(thrown);
          throw std::runtime_error(thrown);
        case Deed::fails:
          crashes(failed);
          return {Verdict::failed, i, std::nullopt, failed};
        case Deed::bad_return:
          return break_contract(requests.size(), i);
        case Deed::stops:
        case Deed::stops_error: {
          ServerOutcome outcome = stops(payload.deed, std::nullopt);
          outcome.handled = i + 1;
          return outcome;
        }
        default:
          do_aside(world_, model_, self_.services, self_.timers, payload.deed);
          break;
      }
    }
    model_.casts += requests.size();
    return {Verdict::ok, requests.size(), std::nullopt, {}};
  }

  ServerOutcome handle_info(const Message& info) override {
    const CallbackScope scope(self_, "handle_info");
    const Payload payload = payload_of(info);
    check_info(self_, payload);
    switch (payload.deed) {
      case Deed::throws:
        crashes(thrown);
        throw std::runtime_error(thrown);
      case Deed::fails:
        crashes("bad return from handle_info");
        return {Verdict::no_reply, 0, std::nullopt, {}};
      case Deed::stops:
      case Deed::removes:
        return stops(Deed::stops, std::nullopt);
      default:
        do_aside(world_, model_, self_.services, self_.timers, payload.deed);
        return {};
    }
  }

  Result<void> terminate(const TerminateReason& why) override {
    const CallbackScope scope(self_, "terminate");
    model_.check_terminate(self_, why);
    if (why.kind == TerminateReason::Kind::error) {
      world_.expect(self_.expected_end && why.text.starts_with(self_.expected_end->text),
                    "terminate is told the reason", self_.number);
    }
    self_.life = Instance::Life::terminated;
    const bool is_throwing = self_.terminate == Deed::throws;
    if (why.kind != TerminateReason::Kind::swapped && (is_throwing || self_.terminate == Deed::fails)) {
      // That becomes the reason. What is thrown is told with where it was.
      model_.expected_exit =
          ExitReason::error(is_throwing ? "terminate failed: " + std::string(thrown) : failed);
    }
    if (is_throwing) {
      throw std::runtime_error(thrown);
    }
    if (self_.terminate == Deed::fails) {
      return fail(Errc::crashed, failed);
    }
    do_aside(world_, model_, self_.services, self_.timers, self_.terminate);
    return {};
  }

  Result<std::optional<State>> save() override {
    const CallbackScope scope(self_, "save");
    model_.saved = nullptr;
    if (self_.save == Deed::throws || self_.save == Deed::fails) {
      ++model_.save_failures;
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
    model_.saved = &self_;
    return std::optional<State>(state_of(self_));
  }

 private:
  void crashes(const std::string& reason) {
    self_.expected_end = TerminateReason{TerminateReason::Kind::error, reason};
    model_.expected_exit = ExitReason::error(reason);
  }

  ServerOutcome stops(Deed deed, std::optional<Reply> reply) {
    static const char* const reasons[] = {"", "normal", "shutdown"};
    const std::string reason = deed == Deed::stops ? reasons[world_.random.below(3)] : "bored";
    self_.expected_end = TerminateReason{TerminateReason::Kind::stop, {}};
    model_.expected_exit = deed != Deed::stops    ? ExitReason::error(reason)
                           : reason == "shutdown" ? ExitReason::shutdown()
                                                  : ExitReason::normal();
    return {Verdict::stop, 0, std::move(reply), reason};
  }

  ServerOutcome break_contract(std::size_t count, std::size_t at) {
    const ServerOutcome breaches[] = {{Verdict::ok, count + 1, std::nullopt, {}},
                                      {Verdict::ok, at, std::nullopt, {}},
                                      {Verdict::no_reply, at, std::nullopt, {}},
                                      {Verdict::refused, count, std::nullopt, {}}};
    crashes("bad return from handle_casts");
    return world_.random.one_of(breaches);
  }

  World& world_;
  ServerModel& model_;
  Instance& self_;
};

/// The process whose callback this is.
std::shared_ptr<Process> current_process() {
  const Process* const process = Process::exchange_current(nullptr);
  Process::exchange_current(process);
  return const_cast<Process*>(process)->shared_from_this();
}

class SimulatedServerFactory final : public ServerFactory {
 public:
  SimulatedServerFactory(World& world, Operation& operation)
      : world_(world), operation_(operation), type_(operation.type) {}

  [[nodiscard]] const TypeInfo& type() const override { return type_; }

  Result<std::unique_ptr<Server>> create(const InstanceInit& init, Services& services) const override {
    auto& model = static_cast<ServerModel&>(*operation_.home);
    const CreateScope scope(model);
    world_.expect(!operation_.create_called, "create is called once", operation_.number);
    if (model.process == nullptr) {
      model.begin(current_process());
      // A start that has timed out has lost its name: whoever has it now is another one.
      if (world_.registry.whereis(init.process) == model.process) {
        Slot& slot = *world_.slot_of(init.process);
        slot.home = &model;
        slot.booting = nullptr;
      }
    }
    check_state(model, operation_, model.current, init.state);
    OwnTimers timers = do_in_create(world_, model, services, operation_.create);
    operation_.create_called = true;
    if (operation_.create == Deed::throws) {
      not_made(model, thrown);
      throw std::runtime_error(thrown);
    }
    if (operation_.create == Deed::fails || operation_.create == Deed::refuses) {
      not_made(model, failed);
      return fail(operation_.create == Deed::fails ? Errc::init_failed : Errc::state_refused, failed);
    }
    if (operation_.create == Deed::bad_return) {
      not_made(model, "create said ok and made nothing");
      return std::unique_ptr<Server>();
    }
    Instance& instance = world_.born(model, init, type_, services);
    instance.timers = std::move(timers);
    model.install(operation_, instance);
    return std::unique_ptr<Server>(std::make_unique<SimulatedServer>(world_, model, instance));
  }

 private:
  static void not_made(ServerModel& model, const std::string& reason) {
    if (model.current == nullptr) {
      model.expected_exit = ExitReason::error(reason);
    }
  }

  World& world_;
  Operation& operation_;
  const TypeInfo type_;
};

}  // namespace

std::shared_ptr<const ServerFactory> server_factory(World& world, Operation& operation) {
  return std::make_shared<SimulatedServerFactory>(world, operation);
}

}  // namespace baton::simulation
