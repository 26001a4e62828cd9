// SPDX-License-Identifier: Apache-2.0
// What clients do with event managers.
#include "tests/simulation/actions.hpp"
#include "tests/simulation/calls.hpp"
#include "tests/simulation/sending.hpp"
#include "tests/simulation/simulated.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace baton::simulation {
namespace {

ManagerModel* manager_of(Slot* slot) {
  return slot == nullptr ? nullptr : static_cast<ManagerModel*>(slot->home);
}

std::string random_id(World& world) {
  return "h" + std::to_string(world.random.below(5));
}

template <class T>
const Error* error_of(const Result<T>& result) {
  return result ? nullptr : &result.error();
}

// ---- Events ---------------------------------------------------------------------------------------

Deed random_event_deed(World& world) {
  static const Deed asides[] = {Deed::notify,      Deed::cast,        Deed::call,    Deed::start_timer,
                                Deed::start_timer, Deed::start_timer, Deed::refuses, Deed::cancel_timer};
  static const Deed ends[] = {Deed::throws, Deed::fails, Deed::removes, Deed::swaps, Deed::bad_return};
  return world.deed(asides, ends);
}

void notify(World& world, Client& client) {
  ManagerModel* model = manager_of(world.living(world.managers));
  if (model == nullptr) {
    return;
  }
  const Batch batch(world, client.sender, random_event_deed);
  Operation& operation = world.begin("notify", model, infinity);
  const auto sent =
      counted_send(world, *model, batch, [&] { return model->manager().notify(batch.messages()); });
  world.returned(operation, error_of(sent));
}

/// What a sync_notify says is what the handlers did.
void check_outcome(World& world, const ManagerModel& model, const Batch& batch,
                   const NotifyOutcome& outcome) {
  world.expect(outcome.accepted == batch.size(), "sync_notify counts its events", outcome.accepted);
  std::uint64_t refused = 0;
  std::vector<std::pair<std::string, bool>> kinds;
  for (const Payload& payload : batch.payloads()) {
    if (payload.id > model.handled_since && !model.list.empty()) {
      world.expect(world.is_seen(payload.id), "sync_notify returns when the handlers have run", payload.id);
    }
    const auto failures = model.failures.find(payload.id);
    if (failures == model.failures.end()) {
      continue;
    }
    ++refused;
    for (const EventFailure& failure : failures->second) {
      const std::pair kind(failure.handler, failure.crashed);
      if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
        kinds.push_back(kind);
      }
    }
  }
  world.expect(outcome.refused == refused, "sync_notify says how many events failed", outcome.refused,
               refused);
  world.expect(outcome.failures.size() == kinds.size(), "sync_notify names each handler and kind once",
               outcome.failures.size(), kinds.size());
  for (const EventFailure& failure : outcome.failures) {
    const std::pair kind(failure.handler, failure.crashed);
    world.expect(std::find(kinds.begin(), kinds.end(), kind) != kinds.end(),
                 "sync_notify blames only who failed");
  }
}

void sync_notify(World& world, Client& client) {
  ManagerModel* model = manager_of(world.living(world.managers));
  if (model == nullptr) {
    return;
  }
  const Batch batch(world, client.sender, random_event_deed);
  const Duration timeout = world.timeout();
  Operation& operation = world.begin("sync_notify", model, timeout);
  NotifyOutcome outcome;
  const auto sent = counted_send(
      world, *model, batch,
      [&]() -> Result<std::size_t> {
        auto result = model->manager().sync_notify(batch.messages(), timeout);
        if (!result) {
          return fail(result.error());
        }
        outcome = std::move(*result);
        return batch.size();
      },
      true);
  world.returned(operation, error_of(sent));
  if (sent) {
    check_outcome(world, *model, batch, outcome);
  }
}

void ack_notify(World& world, Client& client) {
  ManagerModel* model = manager_of(world.living(world.managers));
  if (model == nullptr) {
    return;
  }
  const std::uint32_t before = model->last_sent_of[client.sender];
  const Batch batch(world, client.sender, random_event_deed, 1);
  const Duration timeout = world.timeout();
  Operation& operation = world.begin("ack_notify", model, timeout);
  const auto sent = counted_send(
      world, *model, batch,
      [&]() -> Result<std::size_t> {
        auto result = model->manager().ack_notify(batch.messages().front(), timeout);
        return result ? Result<std::size_t>(1) : Result<std::size_t>(fail(result.error()));
      },
      true);
  world.returned(operation, error_of(sent));
  if (sent && before > model->handled_since && model->overflow != Overflow::drop_oldest &&
      !model->list.empty()) {
    world.expect(world.is_seen(before), "ack_notify returns behind what was sent before", before);
  }
}

// ---- Handlers -------------------------------------------------------------------------------------

void prepare(World& world, Operation& operation) {
  operation.type = random_type(world, "TypeA", "TypeB");
  operation.create = random_create_deed(world);
}

/// The code of a create that failed, if it did.
std::optional<Errc> create_code(const Operation& operation) {
  switch (operation.create) {
    case Deed::throws:
    case Deed::fails:
    case Deed::bad_return:
      return Errc::init_failed;
    case Deed::refuses:
      return Errc::state_refused;
    default:
      return std::nullopt;
  }
}

/// `error` is the failure of create that was planned.
bool is_planned(const Operation& operation, const Error& error) {
  return operation.create_called && operation.made == nullptr && create_code(operation) == error.code;
}

void add(World& world, ManagerModel& model, const std::string& id, bool is_witness, Duration timeout) {
  Operation& operation = world.begin("add_handler", &model, timeout);
  operation.id = id;
  prepare(world, operation);
  if (is_witness) {
    operation.create = Deed::none;
  }
  const std::size_t version = model.versions.size() - 1;
  const auto added =
      model.manager().add_handler({id, handler_factory(world, operation, is_witness), {}}, timeout);
  world.returned(operation, error_of(added));
  if (added) {
    world.expect(operation.made != nullptr && operation.made->number == added->instance && added->id == id,
                 "add_handler names the handler that was made", added->instance);
  } else if (!World::is_neutral(&added.error())) {
    world.expect(is_planned(operation, added.error()) || (added.error().code == Errc::already_present &&
                                                          !operation.create_called && model.had(id, version)),
                 "add_handler fails for a reason", operation.number,
                 static_cast<std::uint64_t>(added.error().code));
  }
}

void add_handler(World& world, Client& /*client*/) {
  if (ManagerModel* model = manager_of(world.living(world.managers))) {
    add(world, *model, random_id(world), false, world.timeout());
  }
}

void delete_handler(World& world, Client& /*client*/) {
  ManagerModel* model = manager_of(world.living(world.managers));
  if (model == nullptr) {
    return;
  }
  const Duration timeout = world.timeout();
  Operation& operation = world.begin("delete_handler", model, timeout);
  operation.id = random_id(world);
  const std::size_t version = model->versions.size() - 1;
  const auto value = model->manager().delete_handler(operation.id, std::to_string(operation.number), timeout);
  world.returned(operation, error_of(value));
  const Instance* ended = operation.ended;
  const bool is_bad =
      ended != nullptr && (ended->terminate == Deed::throws || ended->terminate == Deed::fails);
  if (value) {
    world.expect(ended != nullptr && !is_bad && value->data == "value of " + std::to_string(ended->number),
                 "delete_handler returns the value of terminate", operation.number);
  } else if (!World::is_neutral(&value.error())) {
    const Errc code = value.error().code;
    world.expect((code == Errc::crashed && is_bad) ||
                     (code == Errc::not_found && ended == nullptr && model->lacked(operation.id, version)),
                 "delete_handler fails for a reason", operation.number, static_cast<std::uint64_t>(code));
  }
}

// ---- Swap -----------------------------------------------------------------------------------------

bool is_reason_for_swap(const ManagerModel& model, const Operation& operation, const Error& error,
                        std::size_t version, std::uint64_t save_failures) {
  if (is_planned(operation, error)) {
    return (operation.ended != nullptr) == operation.is_destructive;
  }
  if (operation.create_called || operation.ended != nullptr) {
    return false;
  }
  switch (error.code) {
    case Errc::not_found:
      return model.lacked(operation.id, version);
    case Errc::already_present:
      return operation.id != operation.new_id && model.had(operation.new_id, version);
    case Errc::crashed:
      return !operation.is_destructive && model.save_failures > save_failures;
    case Errc::state_refused:
      return !operation.is_destructive && operation.type.state_reads.size() < 2;
    default:
      return false;
  }
}

void check_report(World& world, const Operation& operation, const SwapReport& report) {
  const Instance* made = operation.made;
  const Instance* ended = operation.ended;
  world.expect(made != nullptr && ended != nullptr, "a swap ends one handler and makes one",
               operation.number);
  if (made == nullptr || ended == nullptr) {
    return;
  }
  world.expect(report.new_instance == made->number && report.old_instance == ended->number,
               "a swap reports its instances", report.old_instance, report.new_instance);
  const auto& reads = made->type.state_reads;
  const bool moves = made->type.name == ended->type.name && ended->type.state_writes != 0 &&
                     ended->save == Deed::none &&
                     std::find(reads.begin(), reads.end(), ended->type.state_writes) != reads.end();
  world.expect(report.state_moved == moves, "a swap reports whether the state moved", operation.number);
  const bool must_move =
      made->type.name == ended->type.name && (ended->type.state_writes != 0 || ended->save != Deed::none);
  world.expect(operation.is_destructive || moves == must_move, "a safe swap leaves no state behind",
               operation.number);
  world.expect(!operation.swapped_at || report.at_message == *operation.swapped_at,
               "a swap reports between which messages it was", report.at_message);
  world.expect(report.old_version == ended->type.version && report.new_version == made->type.version,
               "a swap reports its versions", operation.number);
}

void swap_handler(World& world, Client& /*client*/) {
  ManagerModel* model = manager_of(world.living(world.managers));
  if (model == nullptr) {
    return;
  }
  const Duration timeout = world.timeout();
  Operation& operation = world.begin("swap_handler", model, timeout);
  operation.id = random_id(world);
  operation.new_id = world.random.one_in(3) ? random_id(world) : operation.id;
  operation.is_destructive = world.random.one_in(3);
  prepare(world, operation);
  const std::string number = std::to_string(operation.number);
  const std::size_t version = model->versions.size() - 1;
  const std::uint64_t save_failures = model->save_failures;
  const auto report =
      model->manager().swap_handler({operation.id,
                                     {operation.new_id, handler_factory(world, operation, false), {}},
                                     operation.is_destructive ? SwapMode::destructive : SwapMode::safe,
                                     number,
                                     number},
                                    timeout);
  world.returned(operation, error_of(report));
  if (report) {
    check_report(world, operation, *report);
  } else if (!World::is_neutral(&report.error())) {
    world.expect(is_reason_for_swap(*model, operation, report.error(), version, save_failures),
                 "swap_handler fails for a reason", operation.number,
                 static_cast<std::uint64_t>(report.error().code));
  }
}

// ---- Options --------------------------------------------------------------------------------------

/// What change_options has been told to do.
std::optional<Errc> change_code(const Operation& operation) {
  switch (operation.create) {
    case Deed::throws:
    case Deed::fails:
    case Deed::bad_return:
      return Errc::crashed;
    case Deed::refuses:
      return Errc::refused;
    default:
      return std::nullopt;
  }
}

void change_options(World& world, Client& /*client*/) {
  ManagerModel* model = manager_of(world.living(world.managers));
  if (model == nullptr) {
    return;
  }
  const Duration timeout = world.timeout();
  Operation& operation = world.begin("change_options", model, timeout);
  operation.id = random_id(world);
  operation.create = random_create_deed(world);
  const std::size_t version = model->versions.size() - 1;
  const auto report = model->manager().change_options(operation.id, dial_options(operation.number), timeout);
  world.returned(operation, error_of(report));
  if (report) {
    world.expect(operation.executed && !change_code(operation), "options change when the handler takes them",
                 operation.number);
    world.expect(report->instance == operation.asked && dial_of(report->old_options) == operation.dial_before,
                 "who changes options is told of the instance, and what they were", operation.number);
  } else if (!World::is_neutral(&report.error())) {
    const Errc code = report.error().code;
    world.expect((operation.executed && change_code(operation) == code) ||
                     (code == Errc::not_found && !operation.executed && model->lacked(operation.id, version)),
                 "change_options fails for a reason", operation.number, static_cast<std::uint64_t>(code));
  }
}

// ---- Questions ------------------------------------------------------------------------------------

void call_handler(World& world, Client& client) {
  ManagerModel* model = manager_of(world.living(world.managers));
  if (model == nullptr) {
    return;
  }
  const Duration timeout = world.timeout();
  CallBeginning call(world, *model, client.sender, timeout, true);
  call.check(model->manager().call(call.operation.id, call.message, timeout));
}

void which_handlers(World& world, Client& /*client*/) {
  ManagerModel* model = manager_of(world.living(world.managers));
  if (model == nullptr) {
    return;
  }
  const Duration timeout = world.timeout();
  Operation& operation = world.begin("which_handlers", model, timeout);
  const std::size_t version = model->versions.size() - 1;
  const auto infos = model->manager().which_handlers(timeout);
  world.returned(operation, error_of(infos));
  if (!infos) {
    world.expect(World::is_neutral(&infos.error()), "which_handlers cannot fail", operation.number);
    return;
  }
  ManagerModel::Version found;
  std::transform(infos->rbegin(), infos->rend(), std::back_inserter(found),
                 [](const HandlerInfo& info) { return std::pair(info.id, info.instance); });
  world.expect(std::find(model->versions.begin() + static_cast<std::ptrdiff_t>(version),
                         model->versions.end(), found) != model->versions.end(),
               "which_handlers shows what was installed, newest first", operation.number, found.size());
}

void status(World& world, Client& /*client*/) {
  ManagerModel* model = manager_of(world.living(world.managers));
  if (model == nullptr) {
    return;
  }
  const Duration timeout = world.timeout();
  Operation& operation = world.begin("status", model, timeout);
  const std::uint64_t crashes = model->crashes;
  const auto found = model->manager().status(timeout);
  world.returned(operation, error_of(found));
  if (!found) {
    world.expect(World::is_neutral(&found.error()), "status cannot fail", operation.number);
    return;
  }
  world.expect(found->crashes >= crashes && found->crashes <= model->crashes, "crashes are counted",
               found->crashes, model->crashes);
  world.expect(found->mailbox.accepted <= model->accepted + model->accepted_unknown + model->in_flight,
               "nothing is accepted that nobody sent", found->mailbox.accepted, model->accepted);
}

// ---- Start and stop -------------------------------------------------------------------------------

EventManagerOptions random_options(World& world) {
  static const Overflow overflows[] = {Overflow::block, Overflow::reject, Overflow::drop_newest,
                                       Overflow::drop_oldest};
  static const std::size_t batches[] = {1, 2, 256};
  EventManagerOptions options;
  options.process.mailbox.overflow = world.random.one_of(overflows);
  options.process.mailbox.capacity = world.random.one_in(2) ? world.random.between(1, 6) : 1000;
  options.process.batch_max = world.random.one_of(batches);
  options.process.block_timeout = Duration(world.random.below(30));
  options.order = world.random.one_in(2) ? DispatchOrder::oldest_first : DispatchOrder::newest_first;
  return options;
}

void start_a_manager(World& world, Client& /*client*/) {
  Slot& slot = world.managers[world.random.below(world.managers.size())];
  if (!slot.is_alive() || world.random.one_in(4)) {
    (void)start_manager(world, slot, world.timeout());
  }
}

void stop_manager(World& world, Client& /*client*/) {
  if (Slot* slot = world.living(world.managers); slot != nullptr && world.random.one_in(2)) {
    stop(world, *slot->home);
  }
}

const Action table[] = {
    {"notify", 20, notify},
    {"sync_notify", 8, sync_notify},
    {"ack_notify", 4, ack_notify},
    {"add_handler", 10, add_handler},
    {"delete_handler", 4, delete_handler},
    {"swap_handler", 8, swap_handler},
    {"change_options", 4, change_options},
    {"call_handler", 6, call_handler},
    {"which_handlers", 2, which_handlers},
    {"status", 2, status},
    {"start_manager", 4, start_a_manager},
    {"stop_manager", 1, stop_manager},
};

}  // namespace

Result<Home*> start_manager(World& world, Slot& slot, Duration timeout, bool is_supervised) {
  const bool is_taken = slot.is_alive();
  const EventManagerOptions options = random_options(world);
  auto started = EventManager::start(world.runtime, slot.name, options);
  world.expect(started.has_value() == !is_taken, "a manager starts when its name is free, and only then",
               slot.sender);
  if (!started) {
    world.expect(started.error().code == Errc::already_started, "a name that is taken is already_started");
    return fail(started.error());
  }
  auto& model = world.new_home<ManagerModel>(slot.name);
  model.order = options.order;
  model.is_supervised = is_supervised;
  model.begin(*started);
  slot.home = &model;
  if (!world.random.one_in(4)) {
    add(world, model, "w", true, timeout);
  }
  return &model;
}

std::span<const Action> manager_actions() {
  return table;
}

}  // namespace baton::simulation
