// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/handler.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace baton::test {

/// What a PartedHandler does and what has happened to it.
struct PartedScript {
  std::uint32_t writes = 1;
  std::vector<std::uint32_t> reads = {1, 2};
  std::string version = "1";
  bool gives_parts = true;
  bool takes_parts = true;
  std::size_t memory_bytes = 0;  // asked of the host in create

  std::string fails_at;    // create, begin_parts, save_part, load_part, last_part: it throws there
  int fails_at_count = 1;  // at the first, the second, …
  std::function<void(Services&)> on_create;
  std::function<void()> on_save_part;
  std::function<void()> on_load_part;

  std::vector<std::string> trace;  // all but the parts themselves
  int parts_saved = 0;
  int parts_loaded = 0;
  std::vector<std::uint64_t> seqs;  // of the events that its instances have seen

  void may_fail(const std::string& at, int count) const {
    if (fails_at == at && count == fails_at_count) {
      throw std::runtime_error(at + " is told to fail");
    }
  }

  [[nodiscard]] std::shared_ptr<const HandlerFactory> factory();
};

/// Counts events by their data, and hands the counts over one by one. Events: `count KEY`, `throw`.
/// Calls: `sum`, `get KEY`.
class PartedHandler final : public Handler {
 public:
  PartedHandler(PartedScript& script, const InstanceInit& init, Services& services) : script_(script) {
    script_.may_fail("create", 1);
    if (script_.memory_bytes > 0) {
      auto memory = services.memory("counts", script_.memory_bytes);
      if (!memory) {
        throw std::runtime_error(memory.error().text);
      }
      memory_ = *memory;
      note(memory_.is_inherited ? "inherits memory" : "gets memory");
    }
    if (script_.on_create) {
      script_.on_create(services);
    }
    if (init.state && !init.state->is_in_parts) {
      note("takes over whole");
      sum_of_whole_ = std::stoi(init.state->data);
    } else if (init.state) {
      note("waits for parts" + (init.state->extra.empty() ? "" : " with " + init.state->extra));
    }
  }

  ~PartedHandler() override { note("destroyed"); }

  EventsOutcome handle_events(std::span<const Message> events) override {
    EventsOutcome outcome;
    for (const Message& event : events) {
      if (view(event.type) == "throw") {
        throw std::runtime_error("thrown");
      }
      script_.seqs.push_back(event.seq);
      const std::string key(view(event.data));
      ++counts_[key];
      changed_.insert(key);
      ++outcome.handled;
    }
    return outcome;
  }

  CallOutcome handle_call(const Message& request) override {
    int sum = sum_of_whole_;
    for (const auto& [key, count] : counts_) {
      sum += view(request.type) == "sum" || key == view(request.data) ? count : 0;
    }
    return {CallOutcome::Verdict::reply, {std::to_string(sum), BATON_TEXT_PLAIN}, {}};
  }

  InfoOutcome handle_info(const Message& info) override {
    note("info " + std::string(view(info.type)));
    return {};
  }

  Result<Reply> terminate(const TerminateReason& why) override {
    note("terminate " + std::to_string(static_cast<int>(why.kind)) + " " + why.text);
    return Reply{"ok"};
  }

  Result<std::optional<State>> save() override {
    note("save");
    int sum = sum_of_whole_;
    for (const auto& [key, count] : counts_) {
      sum += count;
    }
    return std::optional<State>(State{script_.writes, std::to_string(sum), {}});
  }

  [[nodiscard]] bool gives_parts() const override { return script_.gives_parts; }

  Result<std::uint32_t> begin_parts() override {
    script_.may_fail("begin_parts", 1);
    note("begin_parts");
    changed_.clear();
    for (const auto& [key, count] : counts_) {
      changed_.insert(key);
    }
    return script_.writes;
  }

  Result<StatePart> save_part() override {
    if (script_.on_save_part) {
      script_.on_save_part();
    }
    script_.may_fail("save_part", ++script_.parts_saved);
    StatePart part;
    part.version = script_.writes;
    if (!changed_.empty()) {
      const std::string key = *changed_.begin();
      changed_.erase(changed_.begin());
      part.data = key + "=" + std::to_string(counts_[key]);
    }
    part.left = changed_.size();
    return part;
  }

  void end_parts() override { note("end_parts"); }

  Result<void> load_part(const StatePart& part) override {
    if (script_.on_load_part) {
      script_.on_load_part();
    }
    if (part.is_last) {
      script_.may_fail("last_part", 1);
      note("last_part");
      return {};
    }
    script_.may_fail("load_part", ++script_.parts_loaded);
    if (const auto at = part.data.find('='); at != std::string::npos) {
      counts_[part.data.substr(0, at)] = std::stoi(part.data.substr(at + 1));
    }
    return {};
  }

 private:
  void note(std::string what) { script_.trace.push_back(std::move(what)); }

  PartedScript& script_;
  MemoryView memory_;
  std::map<std::string, int> counts_;
  std::set<std::string> changed_;
  int sum_of_whole_ = 0;
};

class PartedFactory final : public HandlerFactory {
 public:
  explicit PartedFactory(PartedScript& script)
      : script_(script), type_{"PartedHandler", script.version, script.writes, script.reads} {}

  [[nodiscard]] const TypeInfo& type() const override { return type_; }

  Result<std::unique_ptr<Handler>> create(const InstanceInit& init, Services& services) const override {
    return std::make_unique<PartedHandler>(script_, init, services);
  }

  [[nodiscard]] bool takes_parts() const override { return script_.takes_parts; }

 private:
  PartedScript& script_;
  const TypeInfo type_;
};

inline std::shared_ptr<const HandlerFactory> PartedScript::factory() {
  return std::make_shared<PartedFactory>(*this);
}

}  // namespace baton::test
