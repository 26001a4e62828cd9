// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/server_process.hpp"
#include "host/behaviour/supervisor.hpp"
#include "tests/simulation/payload.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What the simulation knows of the world beside what the host knows: the reference that the host is held
/// against. Fed by the callbacks (which see what the host does, when it does it) and by the clients
/// (which see what they are answered).
namespace baton::simulation {

class World;
struct Home;
struct Instance;

/// Something that a client, or a supervisor, asked for. Outlives its return: what was asked for may
/// happen after a time-out.
struct Operation {
  std::uint32_t number = 0;
  const char* name = "";
  Home* home = nullptr;  // the process that is asked
  std::uint64_t begun = 0;
  std::optional<SteadyTime> deadline;
  bool has_returned = false;

  // What is asked for, as far as the rules depend on it.
  std::string id;      // of the handler that is added, deleted, called
  std::string new_id;  // swap
  bool is_destructive = false;
  bool is_by_return = false;  // swap: the handler itself asked for it
  TypeInfo type;              // of the instance to be made
  Deed create = Deed::none;
  std::uint32_t sent_before = 0;  // the sender's last message that was accepted before

  // What the callbacks saw of it.
  bool create_called = false;
  Instance* made = nullptr;
  Instance* ended = nullptr;
  std::optional<std::uint64_t> swapped_at;  // the last message seen before, if known
  std::ptrdiff_t place = 0;
  bool executed = false;

  /// What a call must come back with. `is_certain`: it came before the caller gave up.
  struct Answer {
    std::optional<Errc> code;  // none: ok
    std::string data;
    bool is_certain = false;
  };

  std::optional<Answer> answer;

  // change_options: which instance was asked, and what its dial was.
  std::uint64_t asked = 0;
  std::uint32_t dial_before = 0;
};

/// A timer of an instance.
struct Timer {
  SteadyTime due;
  std::uint64_t id;
};

using OwnTimers = std::map<std::uint32_t, Timer>;  // those that wait, by the number in their info

/// A handler or a server between create and destroy.
struct Instance {
  enum class Life : std::uint8_t { alive, terminated, destroyed };

  Instance(Home& h, const InstanceInit& init, TypeInfo t, Services& s)
      : home(h), id(init.id), number(init.instance), type(std::move(t)), services(s) {}

  Home& home;
  const std::string id;
  const std::uint64_t number;
  const TypeInfo type;
  Services& services;
  Life life = Life::alive;

  // Drawn at birth.
  bool is_witness = false;
  Deed save = Deed::none;
  Deed terminate = Deed::none;

  /// What must come next, because its last callback asked for it.
  std::optional<TerminateReason> expected_end;

  // Handlers: the next event of the home's stream that it has to see.
  std::size_t cursor = 0;
  std::uint64_t handled = 0;
  std::uint64_t refused = 0;
  bool gets_rest = false;  // of the batch, next: the last call left it
  std::uint32_t dial = 0;  // the hot option: the number of the operation that set it

  OwnTimers timers;
};

/// A process with instances. One for each life of a process: a restart makes a new one.
struct Home {
  Home(World& w, std::string n) : world(w), name(std::move(n)) {}

  virtual ~Home() = default;
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;

  World& world;
  const std::string name;
  std::shared_ptr<Process> process;
  std::uint64_t ended_at = 0;  // 0: it lives
  ExitReason exit;             // once it has ended
  bool is_supervised = false;
  std::vector<ExitReason> stop_reasons;     // of the stops asked for
  std::optional<ExitReason> expected_exit;  // a callback ended it
  const char* inside = nullptr;             // the callback that runs
  Instance* must_terminate = nullptr;       // the very next thing: a safe swap is half done
  Instance* saved = nullptr;                // whose state was just taken
  std::uint64_t save_failures = 0;

  // Messages: events or casts.
  Overflow overflow = Overflow::block;
  std::size_t batch_max = 0;
  std::uint64_t accepted = 0;          // told to their senders
  std::uint64_t accepted_unknown = 0;  // perhaps accepted: their sender was told of the end only
  std::uint64_t in_flight = 0;         // of senders that wait for room
  std::uint64_t dropped_newest = 0;    // told to their senders by the number
  bool dropped_unknown = false;        // … or not: services tell nothing
  std::uint64_t last_seq = 0;          // seen
  std::uint64_t skipped = 0;           // numbers that never came: dropped_oldest
  std::map<std::uint16_t, std::uint32_t> last_seen_of;
  std::map<std::uint16_t, std::uint32_t> last_sent_of;

  [[nodiscard]] bool is_alive() const { return process != nullptr && ended_at == 0; }

  /// Its process is made and about to run: watches it from now on.
  void begin(std::shared_ptr<Process> started);

  /// The rules for a message that a callback sees first.
  void see(const Message& message, const Payload& payload, bool may_skip);

  /// A call of `operation` is executed now: for the first time, and behind what its sender sent before.
  void check_call(Operation& operation, const Payload& payload, std::uint32_t must_be_seen_from);

  /// All of its instances are gone; called when its process has ended.
  virtual void check_ended() = 0;
  virtual void forget(Instance& instance) = 0;
};

struct ManagerModel final : Home {
  using Home::Home;
  using Version = std::vector<std::pair<std::string, std::uint64_t>>;

  DispatchOrder order = DispatchOrder::oldest_first;
  std::vector<Instance*> list;        // in the order of adding
  std::vector<Version> versions{{}};  // all that `list` ever was
  std::vector<std::uint64_t> stream;  // numbers of the events that somebody saw
  std::size_t batch_begin = 0;        // in stream
  bool was_empty = true;              // since the last event that was seen: some may have met nobody
  std::uint32_t handled_since = 0;    // messages made after this one meet a handler
  bool swaps_in_batch = false;        // a handler asked for it at an event: the others are not level
  std::uint64_t crashes = 0;
  std::map<std::uint32_t, std::vector<EventFailure>> failures;  // by the number in the payload

  [[nodiscard]] EventManager& manager() const { return static_cast<EventManager&>(*process); }

  void begin_batch(Instance& instance, std::span<const Message> events);
  void see_event(Instance& instance, const Message& event);
  void crash(Instance& instance, const Message& at, std::string reason);
  /// Between two batches all handlers have seen the same events.
  void batch_is_over();
  /// As well, but a swap that was asked for at an event happens in the middle of a batch.
  void check_level();
  void changed();
  void install(Operation& operation, Instance& instance);
  void remove(Instance& instance);
  void check_terminate(Instance& instance, const TerminateReason& why);
  void check_ended() override;
  void forget(Instance& instance) override;
  [[nodiscard]] Instance* find(std::string_view id) const;
  /// It had this handler at some time since `version`.
  [[nodiscard]] bool had(std::string_view id, std::size_t version) const;
  [[nodiscard]] bool lacked(std::string_view id, std::size_t version) const;
};

struct ServerModel final : Home {
  using Home::Home;

  Instance* current = nullptr;
  bool has_missed_start = false;  // its starter was told that it timed out: it must not live on
  std::uint64_t calls = 0;
  std::uint64_t casts = 0;

  struct Later {
    std::uint64_t from;
    Operation* operation;
  };

  std::deque<Later> later;  // calls that are not answered yet

  [[nodiscard]] ServerProcess& server() const { return static_cast<ServerProcess&>(*process); }

  void install(Operation& operation, Instance& instance);
  void check_terminate(Instance& instance, const TerminateReason& why);
  void check_ended() override;
  void forget(Instance& instance) override;
  /// Answers the oldest of `later` and checks what the host says to that.
  void reply_later();
};

struct SupervisorModel final : Home {
  using Home::Home;

  struct Child {
    std::string id;
    Restart restart = Restart::permanent;
    bool is_first = false;       // its start with the supervisor is still to come
    Home* home = nullptr;        // of its last successful start
    bool is_wanted = true;       // not terminated by a client
    bool is_restarting = false;  // its last restart failed
    bool is_due = false;         // its end was reported: a restart or the end follows
    std::uint64_t restarts = 0;
  };

  SupervisorOptions options;
  std::vector<Child> children;
  std::vector<SteadyTime> restarts;  // all
  bool is_starting = true;
  bool has_given_up = false;
  Operation* administration = nullptr;  // one at a time, so that its effect is known
  bool is_uncertain = false;            // an operation timed out: it may or may not have happened

  [[nodiscard]] Supervisor& supervisor() const { return static_cast<Supervisor&>(*process); }

  [[nodiscard]] Child* find(std::string_view id);
  /// A child's start function is called. Why, and may it be?
  void starting(std::string_view id);
  void started(std::string_view id, Home* home);
  void reports(std::string_view record, std::string_view id);

  void check_ended() override {}

  void forget(Instance& /*instance*/) override {}

  /// Everything has come to rest.
  void check_at_rest();

 private:
  [[nodiscard]] std::size_t recent_restarts() const;
};

}  // namespace baton::simulation
