// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/model.hpp"
#include "tests/simulation/world.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace baton::simulation {

// ---- Events ---------------------------------------------------------------------------------------

void ManagerModel::begin_batch(Instance& instance, std::span<const Message> events) {
  world.expect(!events.empty() && events.size() <= batch_max, "a batch is not larger than it may be",
               events.size(), batch_max);
  const bool goes_on = std::exchange(instance.gets_rest, false);
  const bool is_first = &instance == (order == DispatchOrder::oldest_first ? list.front() : list.back());
  if (!goes_on && is_first && instance.cursor == stream.size()) {
    batch_is_over();
    batch_begin = stream.size();
    return;
  }
  world.expect(goes_on || instance.cursor == batch_begin, "a handler gets each batch once", instance.cursor,
               batch_begin);
  bool is_before = true;
  const auto check = [&](const Instance* other) {
    if (other == &instance) {
      is_before = false;
    } else if (is_before) {
      world.expect(other->cursor == stream.size(), "handlers are served in their order", other->number);
    } else {
      world.expect(other->cursor == batch_begin, "no handler is served before its turn", other->number);
    }
  };
  if (order == DispatchOrder::oldest_first) {
    std::for_each(list.begin(), list.end(), check);
  } else {
    std::for_each(list.rbegin(), list.rend(), check);
  }
}

void ManagerModel::see_event(Instance& instance, const Message& event) {
  if (instance.cursor < stream.size()) {
    world.expect(stream[instance.cursor] == event.seq, "every handler sees each event once and in order",
                 event.seq, stream[instance.cursor]);
  } else {
    const std::uint64_t before = last_seq;
    see(event, payload_of(event), was_empty || overflow == Overflow::drop_oldest);
    if (!was_empty) {
      skipped += event.seq - before - 1;
    }
    was_empty = false;
    stream.push_back(event.seq);
  }
  ++instance.cursor;
}

void ManagerModel::crash(Instance& instance, const Message& at, std::string reason) {
  failures[payload_of(at).id].push_back({instance.id, true, reason});
  ++crashes;
  instance.expected_end = TerminateReason{TerminateReason::Kind::error, std::move(reason)};
}

void ManagerModel::batch_is_over() {
  swaps_in_batch = false;
  check_level();
}

void ManagerModel::check_level() {
  if (swaps_in_batch) {
    return;
  }
  for (const Instance* instance : list) {
    world.expect(instance->cursor == stream.size(), "no handler misses the end of a batch", instance->number,
                 instance->cursor);
  }
}

// ---- The list -------------------------------------------------------------------------------------

void ManagerModel::changed() {
  if (list.empty()) {
    was_empty = true;
  }
  Version version;
  for (const Instance* instance : list) {
    version.emplace_back(instance->id, instance->number);
  }
  versions.push_back(std::move(version));
}

void ManagerModel::install(Operation& operation, Instance& instance) {
  check_level();
  world.expect(!operation.create_called, "create is called once", operation.number);
  operation.made = &instance;
  instance.cursor = stream.size();
  if (list.empty()) {
    handled_since = world.last_message();
  }
  if (operation.new_id.empty()) {
    world.expect(find(instance.id) == nullptr, "no two handlers have one id", instance.number);
    list.push_back(&instance);
    changed();
  } else if (operation.is_destructive) {
    world.expect(operation.ended != nullptr, "a destructive swap ends the old one first", operation.number);
    list.insert(list.begin() + operation.place, &instance);
    changed();
  } else {
    must_terminate = find(operation.id);
    world.expect(must_terminate != nullptr, "a swap has an old handler", operation.number);
    if (must_terminate != nullptr && operation.is_by_return) {
      instance.cursor = must_terminate->cursor;
      instance.gets_rest = must_terminate->gets_rest;
    }
  }
}

void ManagerModel::remove(Instance& instance) {
  std::erase(list, &instance);
  changed();
}

Instance* ManagerModel::find(std::string_view id) const {
  const auto place =
      std::find_if(list.begin(), list.end(), [id](const Instance* instance) { return instance->id == id; });
  return place == list.end() ? nullptr : *place;
}

bool ManagerModel::had(std::string_view id, std::size_t version) const {
  return std::any_of(
      versions.begin() + static_cast<std::ptrdiff_t>(version), versions.end(), [id](const Version& known) {
        return std::any_of(known.begin(), known.end(), [id](auto& h) { return h.first == id; });
      });
}

bool ManagerModel::lacked(std::string_view id, std::size_t version) const {
  return std::any_of(
      versions.begin() + static_cast<std::ptrdiff_t>(version), versions.end(), [id](const Version& known) {
        return std::none_of(known.begin(), known.end(), [id](auto& h) { return h.first == id; });
      });
}

// ---- The end --------------------------------------------------------------------------------------

void ManagerModel::check_terminate(Instance& instance, const TerminateReason& why) {
  using Kind = TerminateReason::Kind;
  if (why.kind == Kind::remove || why.kind == Kind::error) {
    world.expect(instance.expected_end && instance.expected_end->kind == why.kind,
                 "terminate has the kind that the last callback asked for", instance.number);
    remove(instance);
    return;
  }
  world.expect(!instance.expected_end, "a crash or removal is not called something else", instance.number);
  check_level();
  if (why.kind == Kind::stop) {
    world.expect(!list.empty() && list.back() == &instance, "a stop ends the newest first", instance.number);
    remove(instance);
    return;
  }
  std::uint32_t number = 0;
  (void)std::from_chars(why.text.data(), why.text.data() + why.text.size(), number);
  Operation* operation = world.operation(number);
  world.expect(operation != nullptr && operation->home == this && operation->id == instance.id &&
                   operation->ended == nullptr,
               "terminate has the argument of the one operation that ends it", number, instance.number);
  if (world.has_failed()) {
    return;
  }
  operation->ended = &instance;
  operation->swapped_at = was_empty ? std::nullopt : std::optional(last_seq);
  const bool is_swap = !operation->new_id.empty();
  world.expect(is_swap == (why.kind == Kind::swapped), "terminate says whether it is a swap", number);
  const auto place = std::find(list.begin(), list.end(), &instance);
  world.expect(place != list.end(), "what ends was installed", number);
  if (is_swap && !operation->is_destructive) {
    world.expect(must_terminate == &instance && operation->made != nullptr,
                 "a safe swap ends the old one when the new one is made", number);
    must_terminate = nullptr;
    *place = operation->made;
    changed();
    return;
  }
  world.expect(!operation->create_called, "a destructive swap makes the new one last", number);
  operation->place = place - list.begin();
  remove(instance);
}

void ManagerModel::check_ended() {
  world.expect(list.empty(), "a manager that ends has ended its handlers", list.size());
}

void ManagerModel::forget(Instance& instance) {
  world.expect(std::find(list.begin(), list.end(), &instance) == list.end(),
               "no handler is destroyed while it is installed", instance.number);
}

}  // namespace baton::simulation
