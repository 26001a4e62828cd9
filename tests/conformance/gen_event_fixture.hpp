// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/conformance/loaded_script.hpp"
#include "tests/plugin/loader_fixture.hpp"
#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_handler.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace baton::test {

using Ids = std::vector<std::string>;

/// One manager with scripted handlers, for the conformance tests of gen_event and GenEvent. Each case runs
/// twice: with handlers of this program, and with the same from a plugin file.
struct GenEvent {
  Loader loader;  // first, so that it goes last: what factories and handlers hold lives in it
  ManualHost host;
  HandlerScript script;
  HandlerScript other;  // of another type, `Other`
  std::shared_ptr<EventManager> manager = host.manager();

  GenEvent() {
    other.type = "Other";
    is_loaded = GENERATE(false, true);
    UNSCOPED_INFO(std::string(is_loaded ? "loaded from a file" : "linked in"));
    if (is_loaded) {
      const auto from_file = [this](HandlerScript& made) -> std::shared_ptr<const HandlerFactory> {
        return std::make_shared<LoadedScriptFactory>(loader, made);
      };
      script.maker = from_file;
      other.maker = from_file;
    }
  }

  /// The reason of a bad return, in the words of who found it: the host, or the plugin's own layer.
  [[nodiscard]] std::string bad_return(const std::string& callback, const std::string& what) const {
    return is_loaded ? "bad return value of " + callback : "bad return from " + callback + ": " + what;
  }

  bool is_loaded = false;

  HandlerSpec spec(const std::string& id) { return {id, script.factory(), {}}; }

  void add(std::initializer_list<const char*> ids) {
    for (const char* id : ids) {
      REQUIRE(manager->add_handler(spec(id)));
    }
  }

  /// Another manager in place of the first one, with the handlers `ids`.
  void restart(EventManagerOptions options, std::initializer_list<const char*> ids) {
    REQUIRE(manager->stop(ExitReason::shutdown(), infinity));
    manager = host.manager(std::move(options));
    add(ids);
    script.trace.clear();
  }

  void notify(const std::string& type, const std::string& data = {}) {
    const Message event = host.message(type, data);
    REQUIRE(manager->notify({&event, 1}));
  }

  NotifyOutcome sync_notify(const std::string& type, const std::string& data = {}) {
    const Message event = host.message(type, data);
    const auto outcome = manager->sync_notify({&event, 1});
    REQUIRE(outcome);
    return *outcome;
  }

  enum class Mode { async, sync, ack };

  /// Sends an event in one of the three ways and sees to it that it has been handled.
  void send(Mode mode, const std::string& type, const std::string& data = {}) {
    const Message event = host.message(type, data);
    if (mode == Mode::sync) {
      REQUIRE(manager->sync_notify({&event, 1}));
    } else if (mode == Mode::ack) {
      REQUIRE(manager->ack_notify(event));
    } else {
      REQUIRE(manager->notify({&event, 1}));
    }
    host.scheduler.run_all();
  }

  void send_info(const std::string& type, const std::string& data = {}) {
    REQUIRE(manager->send_info(host.message(type, data)));
  }

  std::size_t times(const std::string& line) const {
    return static_cast<std::size_t>(std::count(script.trace.begin(), script.trace.end(), line));
  }

  /// How many lines of the trace begin so.
  std::size_t times_begun(const std::string& begin) const {
    return static_cast<std::size_t>(
        std::count_if(script.trace.begin(), script.trace.end(),
                      [&begin](const std::string& line) { return line.starts_with(begin); }));
  }

  std::string call(const std::string& id, const std::string& type, const std::string& data = {}) {
    const auto reply = manager->call(id, host.message(type, data));
    return reply ? reply->data : code_of(reply);
  }

  Ids which() const {
    const auto infos = manager->which_handlers();
    REQUIRE(infos);
    Ids ids;
    for (const HandlerInfo& info : *infos) {
      ids.push_back(info.id);
    }
    return ids;
  }

  std::string types() const {
    const auto infos = manager->which_handlers();
    REQUIRE(infos);
    std::string types;
    for (const HandlerInfo& info : *infos) {
      types += (types.empty() ? "" : " ") + info.type;
    }
    return types;
  }

  Trace taken() { return std::exchange(script.trace, Trace{}); }
};

}  // namespace baton::test
