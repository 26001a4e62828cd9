// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/control/api.hpp"
#include "tests/support/scripted_handler.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/threaded_host.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace baton::test {

/// A host with verbs and an Api, one manager `log` with a scripted handler `a`, and one server `queue`.
struct ControlHost {
  HandlerScript script;
  ServerScript server_script;
  std::filesystem::path folder = make_folder();
  bool is_stop_requested = false;
  ThreadedHost host;
  std::unique_ptr<LibraryStore> libraries = *LibraryStore::open(folder / "runtime", host.log);
  Quarantine quarantine{host.clock, host.log};
  Catalog catalog{{folder / "plugins"}, host.log, *libraries, quarantine};
  CrashRecords crashes;
  Deployment deployment{host.runtime, catalog, &crashes};
  std::shared_ptr<Supervisor> supervisor;
  std::unique_ptr<Verbs> verbs;
  std::unique_ptr<Api> api;

  ControlHost() {
    std::filesystem::create_directory(folder / "plugins");
    supervisor = *Supervisor::start(
        host.runtime, "root", {},
        {{"queue",
          [this]() -> Result<std::shared_ptr<Process>> {
            auto started = ServerProcess::start(host.runtime, {"queue", server_script.factory(), {}, {}});
            return started ? Result<std::shared_ptr<Process>>(*started) : fail(started.error());
          }},
         {"log", [this]() -> Result<std::shared_ptr<Process>> {
            EventManagerOptions options;
            options.crashes = &crashes;
            auto started = EventManager::start(host.runtime, "log", options);
            if (!started) {
              return fail(started.error());
            }
            const auto added = (*started)->add_handler({"a", script.factory(), {}});
            return added ? Result<std::shared_ptr<Process>>(*started) : fail(added.error());
          }}});
    verbs = std::make_unique<Verbs>(
        Verbs::Parts{host.runtime, *supervisor, deployment, catalog, *libraries, crashes},
        HostFacts{"test", "0", 1, {}, {}, host.clock.steady_now()}, [this] { is_stop_requested = true; });
    api = std::make_unique<Api>(*verbs);
  }

  ~ControlHost() {
    (void)supervisor->stop(ExitReason::shutdown(), infinity);
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  ApiReply ask(const std::string& method, const std::string& target, const std::string& body = {},
               const std::string& content_type = "text/plain") {
    return api->handle({method, target, content_type, body}, Caller{0, 0});
  }

 private:
  static std::filesystem::path make_folder() {
    std::string folder = "/tmp/baton-control-XXXXXX";
    REQUIRE(mkdtemp(folder.data()) != nullptr);
    return folder;
  }
};

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace baton::test
