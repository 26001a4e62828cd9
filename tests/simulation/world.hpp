// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/event_manager.hpp"
#include "host/runtime/atoms.hpp"
#include "host/runtime/registry.hpp"
#include "host/runtime/runtime.hpp"
#include "tests/simulation/fiber_scheduler.hpp"
#include "tests/simulation/model.hpp"
#include "tests/simulation/random.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace baton::simulation {

/// One line of a run's story. Not formatted before somebody must read it.
struct TraceLine {
  std::uint64_t step = 0;
  const char* who = "";
  const char* what = "";
  std::uint64_t a = 0;
  std::uint64_t b = 0;
};

/// Hears what supervisors say about giving up, and writes nothing: a million steps log too much.
class SimulationLog final : public Log {
 public:
  explicit SimulationLog(World& world) : world_(world) {}

  void write(LogLevel level, std::string_view name, LogFields fields) override;

 private:
  World& world_;
};

/// A process whose tasks are a client's operations, so that they may wait.
class Client final : public Process {
 public:
  Client(Runtime& runtime, std::string name, std::uint16_t number)
      : Process(runtime, std::move(name), {}), sender(number) {}

  const std::uint16_t sender;
  bool is_busy = false;

 private:
  void handle_messages(std::span<const Message> /*messages*/) override {}

  void handle_stop(ExitReason reason) override { end(reason); }
};

/// A name under which processes of one kind live, one after the other.
struct Slot {
  std::string name;
  std::uint16_t sender = 0;  // of what its callbacks send
  SupervisorModel* supervisor = nullptr;
  Home* home = nullptr;     // the latest
  Home* booting = nullptr;  // it has the name, and its create has not run yet

  [[nodiscard]] bool is_alive() const { return home != nullptr && home->is_alive(); }
};

/// The processes under test, the clients that use them, the reference model and what is checked.
class World {
 public:
  static constexpr std::size_t clients_max = 6;

  explicit World(std::uint64_t seed);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // ---- For the runner ----
  /// Starts a few processes, so that there is something to act upon.
  void populate();
  void step(std::uint64_t number);
  /// Lets everything come to rest, checks what must hold then, stops everything and checks again.
  void finish();

  [[nodiscard]] bool has_failed() const { return !failure_.empty(); }

  [[nodiscard]] std::string report() const;

  [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }

  // ---- For actions, callbacks and models ----
  /// Notes the first rule that is broken; the run ends after the step.
  void expect(bool holds, const char* rule, std::uint64_t a = 0, std::uint64_t b = 0) {
    if (!holds) {
      broken(rule, a, b);
    }
  }

  void trace(const char* who, const char* what, std::uint64_t a = 0, std::uint64_t b = 0);

  /// Rises with everything that happens.
  [[nodiscard]] std::uint64_t now() const { return moment_; }

  Operation& begin(const char* name, Home* home, Duration timeout);
  /// Whatever it was: the codes that depend on time and life alone.
  void returned(Operation& operation, const Error* error);
  /// True: the answer says nothing about what was asked for, and returned() has judged it.
  static bool is_neutral(const Error* error);
  [[nodiscard]] Operation* operation(std::uint32_t number) const;
  Instance& born(Home& home, const InstanceInit& init, const TypeInfo& type, Services& services);
  void destroyed(Instance& instance);
  void ended(Home& home, const ExitReason& reason);

  [[nodiscard]] std::uint32_t last_message() const { return last_message_; }

  /// The message of that number has been seen by somebody. False: it had been before.
  bool mark_seen(std::uint32_t message);

  [[nodiscard]] bool is_seen(std::uint32_t message) const { return message < seen_.size() && seen_[message]; }

  /// What a callback is to do beside its duty: often nothing, at times one of `asides`, or one of `ends`,
  /// which break or end something; how often depends on the seed.
  Deed deed(std::span<const Deed> asides, std::span<const Deed> ends);
  Payload payload(std::uint16_t sender, Deed deed = Deed::none);
  Message message(const Payload& payload) const;
  /// A time-out: often none, else short.
  Duration timeout();

  template <class Model>
  Model& new_home(const std::string& name) {
    homes_.push_back(std::make_unique<Model>(*this, name));
    return static_cast<Model&>(*homes_.back());
  }

  [[nodiscard]] Slot* slot_of(std::string_view name);
  /// A slot whose process lives (or did, now and then), of a kind; null when there is none.
  [[nodiscard]] Slot* living(std::span<Slot> slots);
  void check_names();

  Random random;
  test::ManualClock clock;
  SimulationLog log;
  FiberScheduler scheduler;
  Registry registry;
  AtomTable atoms;
  Runtime runtime{clock, log, scheduler, scheduler, registry, atoms};
  std::array<Slot, 3> managers;
  std::array<Slot, 4> servers;
  std::array<Slot, 1> supervisors;

 private:
  void broken(const char* rule, std::uint64_t a, std::uint64_t b);
  bool run_something();
  void act(Client& client);
  bool answer_somebody();
  void come_to_rest();
  void check_at_rest();
  void check_manager_at_rest(ManagerModel& model);
  void check_server_at_rest(ServerModel& model);
  void stop_everything();
  void check_gone();
  [[nodiscard]] Client* idle_client();

  const std::uint64_t seed_;
  std::uint64_t step_ = 0;
  std::uint64_t moment_ = 1;
  std::uint64_t fingerprint_ = 0;
  std::string failure_;
  std::array<TraceLine, 200> trace_;
  std::uint64_t traced_ = 0;
  Atom atom_ = BATON_ATOM_NONE;
  std::uint32_t last_message_ = 0;
  std::vector<bool> seen_;  // by the number of the message
  std::vector<std::unique_ptr<Operation>> operations_;
  std::vector<std::unique_ptr<Instance>> instances_;
  std::vector<std::unique_ptr<Home>> homes_;
  std::vector<std::shared_ptr<Client>> clients_;
  std::vector<std::uint32_t> weights_;  // of the actions, drawn for this seed
  std::uint32_t weights_sum_ = 0;
  std::uint32_t asides_one_in_ = 1;
  std::uint32_t ends_one_in_ = 1;
};

}  // namespace baton::simulation
