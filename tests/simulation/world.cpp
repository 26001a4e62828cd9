// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/world.hpp"

#include "tests/simulation/actions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton::simulation {
namespace {

// A run that does not come to rest after so many events never will.
constexpr std::size_t events_max = 200'000;

std::vector<const Action*> all_actions() {
  std::vector<const Action*> all;
  for (const auto& table : {manager_actions(), server_actions(), supervisor_actions()}) {
    for (const Action& action : table) {
      all.push_back(&action);
    }
  }
  return all;
}

const std::vector<const Action*>& actions() {
  static const std::vector<const Action*> all = all_actions();
  return all;
}

}  // namespace

void SimulationLog::write(LogLevel /*level*/, std::string_view name, LogFields fields) {
  if (name != "too_many_restarts" && name != "child_terminated") {
    return;
  }
  const auto value_of = [&fields](std::string_view key) {
    const auto* field = std::find_if(fields.begin(), fields.end(), [key](auto& f) { return f.key == key; });
    return field == fields.end() ? std::string_view() : field->value;
  };
  Slot* slot = world_.slot_of(value_of("supervisor"));
  if (slot != nullptr && slot->home != nullptr) {
    static_cast<SupervisorModel&>(*slot->home).reports(name, value_of("child"));
  }
}

// ---- Making and running ---------------------------------------------------------------------------

World::World(std::uint64_t seed)
    : random(seed * 0x2545f4914f6cdd1dU + 1),
      log(*this),
      scheduler(clock, random),
      managers{{{"m0", 100}, {"m1", 101}, {"m2", 102}}},
      servers{{{"s0", 110}, {"s1", 111}, {"s2", 112}, {"s3", 113}}},
      supervisors{{{"sup", 120}}},
      seed_(seed),
      atom_(atoms.intern("e")) {
  const std::uint32_t count = random.between(2, clients_max);
  for (std::uint32_t i = 0; i < count; ++i) {
    clients_.push_back(std::make_shared<Client>(runtime, "client", static_cast<std::uint16_t>(i + 1)));
  }
  // Each seed does some things often and leaves others out: that finds what an even mixture hides.
  static const std::uint32_t calmness[] = {4, 8, 16, 100};
  ends_one_in_ = random.one_of(calmness);
  asides_one_in_ = random.between(2, 6);
  static const std::uint32_t factors[] = {0, 1, 2, 2, 2, 8};
  for (const Action* action : actions()) {
    weights_.push_back(action->weight * random.one_of(factors));
    weights_sum_ += weights_.back();
  }
  scheduler.lets_callers_in(random.one_in(2));
}

World::~World() = default;

void World::populate() {
  const auto run = [this](void (*action)(World&, Client&)) {
    Client& client = *clients_.front();
    client.post([this, &client, action] { action(*this, client); });
    come_to_rest();
  };
  run([](World& world, Client& client) { start_supervisor(world, client); });
  for (std::size_t i = 0; i < 2; ++i) {
    run([](World& world, Client&) {
      for (std::span<Slot> slots : {std::span<Slot>(world.managers), std::span<Slot>(world.servers)}) {
        for (Slot& slot : slots) {
          if (!slot.is_alive()) {
            (void)(&slots.front() == world.managers.data() ? start_manager(world, slot, infinity)
                                                           : start_server(world, slot, infinity));
          }
        }
      }
    });
  }
}

Client* World::idle_client() {
  const std::size_t first = random.below(clients_.size());
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    Client& client = *clients_[(first + i) % clients_.size()];
    if (!client.is_busy) {
      return &client;
    }
  }
  return nullptr;
}

bool World::run_something() {
  ++moment_;
  return scheduler.run_one();
}

void World::step(std::uint64_t number) {
  step_ = number;
  Client* client = idle_client();
  for (; client == nullptr && !has_failed(); client = idle_client()) {
    if (!run_something() && !scheduler.pass_time() && !answer_somebody()) {
      broken("somebody can go on", 0, 0);
    }
  }
  if (client != nullptr && weights_sum_ > 0) {
    act(*client);
  }
  for (std::uint32_t i = random.below(8); i > 0 && !has_failed(); --i) {
    if (!run_something()) {
      break;
    }
  }
  if (random.one_in(16)) {
    (void)scheduler.pass_time();
  }
  if (number % 8 == 0) {
    check_names();
  }
}

void World::act(Client& client) {
  std::uint32_t drawn = random.below(weights_sum_);
  std::size_t index = 0;
  while (drawn >= weights_[index]) {
    drawn -= weights_[index++];
  }
  const Action* action = actions()[index];
  client.is_busy = true;
  trace(action->name, "begins", client.sender);
  client.post([this, &client, action] {
    action->run(*this, client);
    client.is_busy = false;
  });
}

/// Everybody waits without a deadline: for replies that servers keep back.
bool World::answer_somebody() {
  bool has_answered = false;
  for (Slot& slot : servers) {
    if (slot.is_alive()) {
      auto& server = static_cast<ServerModel&>(*slot.home);
      has_answered = has_answered || !server.later.empty();
      server.reply_later();
    }
  }
  return has_answered;
}

void World::come_to_rest() {
  for (std::size_t i = 0; i < events_max && !has_failed(); ++i) {
    if (!run_something() && !scheduler.pass_time()) {
      return;
    }
  }
  expect(false, "everything comes to rest");
}

// ---- For actions, callbacks and models ------------------------------------------------------------

Operation& World::begin(const char* name, Home* home, Duration timeout) {
  auto& operation = *operations_.emplace_back(std::make_unique<Operation>());
  operation.number = static_cast<std::uint32_t>(operations_.size());
  operation.name = name;
  operation.home = home;
  operation.begun = moment_;
  if (timeout != infinity) {
    operation.deadline = clock.steady_now() + timeout;
  }
  return operation;
}

void World::returned(Operation& operation, const Error* error) {
  trace(operation.name, error == nullptr ? "ok" : errc_name(error->code).data(), operation.number);
  expect(!operation.has_returned, "an operation returns once", operation.number);
  operation.has_returned = true;
  if (error == nullptr) {
    return;
  }
  if (error->code == Errc::timed_out) {
    expect(operation.deadline && *operation.deadline <= clock.steady_now(), "nothing times out early",
           operation.number);
  }
  if (error->code == Errc::process_ended) {
    expect(operation.home != nullptr && operation.home->ended_at != 0,
           "process_ended is said of what has ended only", operation.number);
  }
  expect(error->code != Errc::calling_self, "a client is nobody's callback", operation.number);
}

bool World::is_neutral(const Error* error) {
  return error != nullptr && (error->code == Errc::timed_out || error->code == Errc::process_ended);
}

Operation* World::operation(std::uint32_t number) const {
  return number == 0 || number > operations_.size() ? nullptr : operations_[number - 1].get();
}

Instance& World::born(Home& home, const InstanceInit& init, const TypeInfo& type, Services& services) {
  auto instance = std::make_unique<Instance>(home, init, type, services);
  static const Deed failures[] = {Deed::throws, Deed::fails};
  static const Deed asides[] = {Deed::notify, Deed::call, Deed::cast, Deed::start_timer, Deed::reply_later};
  instance->save = deed({}, failures);
  instance->terminate = deed(asides, failures);
  return *instances_.emplace_back(std::move(instance));
}

void World::destroyed(Instance& instance) {
  expect(instance.life == Instance::Life::terminated, "what is destroyed was terminated, once",
         instance.number);
  instance.life = Instance::Life::destroyed;
  instance.home.forget(instance);
}

void World::ended(Home& home, const ExitReason& reason) {
  trace(home.name.c_str(), "ended", home.process->instance());
  expect(home.ended_at == 0, "a process ends once");
  home.ended_at = moment_;
  home.exit = reason;
  if (home.expected_exit) {
    expect(reason.kind == home.expected_exit->kind && reason.text.starts_with(home.expected_exit->text),
           "a process ends with the reason that its callback gave");
  } else {
    const auto& asked = home.stop_reasons;
    expect((home.is_supervised && reason == ExitReason::shutdown()) ||
               std::find(asked.begin(), asked.end(), reason) != asked.end(),
           "a process ends with a reason that was asked for");
  }
  home.check_ended();
}

bool World::mark_seen(std::uint32_t message) {
  if (seen_.size() <= message) {
    seen_.resize(message + 1024U);
  }
  const bool is_new = !seen_[message];
  seen_[message] = true;
  return is_new;
}

Deed World::deed(std::span<const Deed> asides, std::span<const Deed> ends) {
  if (random.one_in(asides_one_in_)) {
    return asides.empty() ? Deed::none : asides[random.below(asides.size())];
  }
  return random.one_in(ends_one_in_) ? ends[random.below(ends.size())] : Deed::none;
}

Payload World::payload(std::uint16_t sender, Deed deed) {
  Payload payload;
  payload.id = ++last_message_;
  payload.sender = sender;
  payload.deed = deed;
  payload.victim = random.below(5);
  return payload;
}

Message World::message(const Payload& payload) const {
  Message message{};
  message.type = to_str(atoms.text(atom_));
  message.type_atom = atom_;
  message.data = {reinterpret_cast<const std::uint8_t*>(&payload), sizeof(payload)};
  message.content_type = BATON_TEXT_PLAIN;
  return message;
}

Duration World::timeout() {
  return random.one_in(2) ? infinity : Duration(random.below(40));
}

Slot* World::slot_of(std::string_view name) {
  for (std::span<Slot> slots :
       {std::span<Slot>(managers), std::span<Slot>(servers), std::span<Slot>(supervisors)}) {
    for (Slot& slot : slots) {
      if (slot.name == name) {
        return &slot;
      }
    }
  }
  return nullptr;
}

Slot* World::living(std::span<Slot> slots) {
  const bool may_be_dead = random.one_in(16);
  const std::size_t first = random.below(slots.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    Slot& slot = slots[(first + i) % slots.size()];
    if (slot.is_alive() || (may_be_dead && slot.home != nullptr && slot.home->process != nullptr)) {
      return &slot;
    }
  }
  return nullptr;
}

// ---- The story ------------------------------------------------------------------------------------

void World::trace(const char* who, const char* what, std::uint64_t a, std::uint64_t b) {
  trace_[traced_++ % trace_.size()] = {step_, who, what, a, b};
  fingerprint_ =
      (fingerprint_ ^ (a + (b << 32U) + static_cast<unsigned char>(*what) + moment_)) * 0x100000001b3U;
}

void World::broken(const char* rule, std::uint64_t a, std::uint64_t b) {
  if (failure_.empty()) {
    failure_ = fmt::format("{} ({}, {})", rule, a, b);
  }
}

std::string World::report() const {
  std::string text = fmt::format(
      "seed {}, step {}: this rule is broken: {}\n"
      "again: BATON_SIMULATION_SEED={} BATON_SIMULATION_STEPS={} simulation_test [replay]\n",
      seed_, step_, failure_.empty() ? "nothing aborts or crashes" : failure_, seed_, step_);
  const std::uint64_t first = traced_ > trace_.size() ? traced_ - trace_.size() : 0;
  for (std::uint64_t i = first; i < traced_; ++i) {
    const TraceLine& line = trace_[i % trace_.size()];
    text += fmt::format("  {:5} {} {} {} {}\n", line.step, line.who, line.what, line.a, line.b);
  }
  return text;
}

}  // namespace baton::simulation
