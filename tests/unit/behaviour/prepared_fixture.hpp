// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_handler.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

namespace baton::test {

/// A suspended manager with the handlers a and b of version 1, each of which has had one event.
struct PreparedTest {
  ManualHost host;
  HandlerScript old_script;
  HandlerScript new_script;
  std::shared_ptr<EventManager> manager = host.manager();

  PreparedTest() {
    new_script.version = "2";
    REQUIRE(manager->add_handler({"a", old_script.factory(), {}}));
    REQUIRE(manager->add_handler({"b", old_script.factory(), {}}));
    notify();
    REQUIRE(manager->sys().suspend());
    old_script.trace.clear();
  }

  void notify(const std::string& type = "msg", const std::string& data = "1") {
    const Message event = host.message(type, data);
    REQUIRE(manager->notify({&event, 1}));
    host.scheduler.run_all();
  }

  /// Handlers of this script for these places.
  Result<PreparedSwaps> prepare(HandlerScript& script, const std::vector<std::string>& ids = {"a", "b"}) {
    std::vector<SwapRequest> requests;
    for (const std::string& id : ids) {
      requests.push_back({id, {id, script.factory(), {}}, SwapMode::safe, "", "extra"});
    }
    return manager->prepare_swaps(std::move(requests));
  }

  /// It has to succeed. Returns the ticket.
  std::uint64_t prepared() {
    const auto made = prepare(new_script);
    REQUIRE(made);
    return made->ticket;
  }

  /// Of all handlers, oldest first.
  std::string versions() {
    const auto status = manager->status();
    REQUIRE(status);
    std::string versions;
    for (const HandlerInfo& handler : status->handlers) {
      versions.insert(0, handler.version);
    }
    return versions;
  }

  std::string count(const std::string& id) {
    const auto reply = manager->call(id, host.message("count"));
    return reply ? reply->data : code_of(reply);
  }
};

/// What becomes of new ones that are not wanted.
inline const Trace taken_back = {"a takes over state 1 with extra",
                                 "b takes over state 1 with extra",
                                 "a terminate stop the swap was taken back",
                                 "b terminate stop the swap was taken back",
                                 "a destroyed",
                                 "b destroyed"};

/// What becomes of old ones that are replaced.
inline const Trace swapped = {"a terminate swapped", "b terminate swapped", "a destroyed", "b destroyed"};

}  // namespace baton::test
