// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace baton {

class AtomTable;
class Clock;
class Log;
class Registry;
class Scheduler;
class Timers;

/// What every process needs of its surroundings, in one place. All outlive all processes; main() (or a
/// test) makes them. Constant after construction.
struct Runtime {
  Clock& clock;
  Log& log;
  Scheduler& scheduler;
  Timers& timers;
  Registry& registry;
  AtomTable& atoms;
};

}  // namespace baton
