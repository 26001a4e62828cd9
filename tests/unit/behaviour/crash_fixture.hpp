// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/crash_records.hpp"
#include "host/behaviour/event_manager.hpp"
#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_handler.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace baton::test {

/// Handlers of a plugin file.
class FromFile final : public HandlerFactory {
 public:
  explicit FromFile(std::shared_ptr<const HandlerFactory> factory) : factory_(std::move(factory)) {}

  [[nodiscard]] const TypeInfo& type() const override { return factory_->type(); }

  [[nodiscard]] CodeOrigin origin() const override { return {"scripted", "/plugins/a.so", "4d1a"}; }

  Result<std::unique_ptr<Handler>> create(const InstanceInit& init, Services& services) const override {
    return factory_->create(init, services);
  }

 private:
  const std::shared_ptr<const HandlerFactory> factory_;
};

/// A manager `log` with the handlers `before`, `a` and `after`, of which `a` has a policy for its crashes.
struct CrashTest {
  std::vector<std::string> quarantined;  // by sha256
  CrashRecords records{{[this](const CrashRecord& record) { quarantined.push_back(record.origin.sha256); },
                        [this](const CodeOrigin& origin) {
                          return std::find(quarantined.begin(), quarantined.end(), origin.sha256) !=
                                 quarantined.end();
                        }}};
  ManualHost host;
  HandlerScript script;
  HandlerScript other;
  std::shared_ptr<EventManager> manager;

  CrashTest() {
    EventManagerOptions options;
    options.crashes = &records;
    manager = host.manager(options);
  }

  /// Waits 100 ms, then 200 ms, …; at most three restarts within a minute.
  static CrashPolicy restarting(OnCrash on_crash = OnCrash::restart) {
    CrashPolicy policy;
    policy.on_crash = on_crash;
    policy.backoff = {Duration(100), Duration(10'000)};
    return policy;
  }

  void install(const CrashPolicy& policy) {
    REQUIRE(manager->add_handler({"before", other.factory(), {}}));
    REQUIRE(manager->add_handler({"a", script.factory(), {}, {}, policy}));
    REQUIRE(manager->add_handler({"after", other.factory(), {}}));
    script.trace.clear();
  }

  NotifyOutcome notify(const std::string& type, const std::string& data = {}) {
    const Message event = host.message(type, data);
    auto outcome = manager->sync_notify({&event, 1});
    REQUIRE(outcome);
    return *outcome;
  }

  /// All in one batch; `fail` is for `a`.
  void notify_all(const std::vector<std::string>& types) {
    std::vector<Message> events;
    for (const std::string& type : types) {
      events.push_back(host.message(type, type == "fail" ? "a" : ""));
    }
    REQUIRE(manager->sync_notify(events));
  }

  void crash() { (void)notify("throw", "a"); }

  EventManagerStatus status() {
    auto answer = manager->status();
    REQUIRE(answer);
    return *answer;
  }

  /// The ids, newest first.
  std::vector<std::string> ids() {
    std::vector<std::string> all;
    const auto infos = manager->which_handlers();
    REQUIRE(infos);
    for (const HandlerInfo& info : *infos) {
      all.push_back(info.id);
    }
    return all;
  }

  std::vector<std::string> deeds(std::uint64_t crash) {
    std::vector<std::string> texts;
    const CrashRecord record = records.find(crash).value();
    for (const CrashDeed& deed : record.done) {
      texts.push_back(deed.text);
    }
    return texts;
  }

  Result<SwapReport> swap(const std::string& old_id, HandlerSpec by, SwapMode mode = SwapMode::safe,
                          std::string extra = {}) {
    return manager->swap_handler({old_id, std::move(by), mode, {}, std::move(extra)});
  }

  Result<Reply> call(const std::string& type) { return manager->call("a", host.message(type)); }

  std::string count() {
    const auto reply = call("count");
    return reply ? reply->data : code_of(reply);
  }
};

using Ids = std::vector<std::string>;
using Deeds = std::vector<std::string>;

}  // namespace baton::test
