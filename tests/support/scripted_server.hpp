// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/server.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace baton::test {

/// A server that does what its requests say; as ScriptedHandler.
///   calls: echo DATA, count, later (no reply; the number is in `from`), stop, stop_silently, throw, run
///   casts: add DATA, stop, throw
/// The hooks come first, and may throw.
struct ServerScript {
  std::vector<std::string> trace;
  std::string version = "1";
  std::uint32_t state_writes = 1;
  std::vector<std::uint32_t> state_reads = {1};
  bool create_fails = false;
  bool create_throws = false;
  bool save_throws = false;
  bool has_pure_events = false;
  std::uint64_t from = 0;
  Services* services = nullptr;
  std::function<void(Services&)> on_run;
  std::function<void()> on_terminate;
  std::function<std::optional<ServerOutcome>(std::string_view type)> on_call;  // nothing: as without it
  std::function<void(std::string_view data)> on_cast;
  std::function<void(std::string_view type)> on_info;
  std::function<ServerOutcome(std::string_view what)> on_continue;
  Then after_init;
  std::vector<std::string> hot_options;
  std::function<OptionsOutcome(const Options&)> on_change_options;  // as HandlerScript's
  /// As HandlerScript's; the state is the sum.
  std::function<Result<void>(StatusPurpose, StatusView&)> on_format_status;

  ServerScript() = default;

  ~ServerScript() { *is_alive = false; }

  ServerScript(const ServerScript&) = delete;
  ServerScript& operator=(const ServerScript&) = delete;

  [[nodiscard]] std::shared_ptr<const ServerFactory> factory();

  const std::shared_ptr<bool> is_alive = std::make_shared<bool>(true);
};

class ScriptedServer final : public Server {
 public:
  ScriptedServer(ServerScript& script, const InstanceInit& init, Services& services)
      : script_(script), is_alive_(script.is_alive), services_(services) {
    script_.services = &services;
    if (init.state) {
      sum_ = init.state->data;
      script_.trace.push_back("takes over " + sum_ + " with " + init.state->extra);
    }
  }

  ServerOutcome handle_call(const Message& request, std::uint64_t from) override {
    using Verdict = ServerOutcome::Verdict;
    const std::string type(view(request.type));
    script_.trace.push_back("call " + type);
    if (script_.on_call) {
      if (auto outcome = script_.on_call(type)) {
        return std::move(*outcome);
      }
    }
    if (type == "echo") {
      return {Verdict::ok, 0, Reply{std::string(view(request.data)), BATON_TEXT_PLAIN}, {}};
    }
    if (type == "sum") {
      return {Verdict::ok, 0, Reply{sum_, BATON_TEXT_PLAIN}, {}};
    }
    if (type == "later") {
      script_.from = from;
      return {Verdict::no_reply, 0, std::nullopt, {}};
    }
    if (type == "stop") {
      return {Verdict::stop, 0, Reply{"bye", BATON_TEXT_PLAIN}, "normal"};
    }
    if (type == "stop_silently") {
      return {Verdict::stop, 0, std::nullopt, "bored"};
    }
    if (type == "throw") {
      throw std::runtime_error("thrown");
    }
    if (type == "run") {
      script_.on_run(services_);
      return {Verdict::ok, 0, Reply{"ran", BATON_TEXT_PLAIN}, {}};
    }
    return {Verdict::unknown_request, 0, std::nullopt, {}};
  }

  ServerOutcome handle_casts(std::span<const Message> requests) override {
    ServerOutcome outcome;
    for (const Message& request : requests) {
      const std::string type(view(request.type));
      if (type == "throw") {
        throw std::runtime_error("thrown");
      }
      if (script_.on_cast) {
        script_.on_cast(view(request.data));
      }
      sum_ += view(request.data);
      ++outcome.handled;
      if (type == "stop") {
        outcome.verdict = ServerOutcome::Verdict::stop;
        return outcome;
      }
    }
    return outcome;
  }

  ServerOutcome handle_info(const Message& info) override {
    script_.trace.push_back("info " + std::string(view(info.type)));
    if (script_.on_info) {
      script_.on_info(view(info.type));
    }
    return {};
  }

  ServerOutcome handle_continue(const Message& what) override {
    script_.trace.push_back("continue " + std::string(view(what.type)));
    return script_.on_continue ? script_.on_continue(view(what.type)) : ServerOutcome{};
  }

  Then after_init() override { return script_.after_init; }

  OptionsOutcome change_options(const Options& options) override {
    std::string line = "options";
    for (const Option& option : options) {
      line += " " + option.name + "=" + std::to_string(option.integer);
    }
    script_.trace.push_back(line);
    return script_.on_change_options ? script_.on_change_options(options) : OptionsOutcome{};
  }

  Result<void> terminate(const TerminateReason& why) override {
    static const char* const names[] = {"", "stop", "deleted", "remove", "swapped", "error", "owner"};
    if (*is_alive_) {
      script_.trace.push_back(std::string("terminate ") + names[static_cast<std::uint32_t>(why.kind)] + " " +
                              why.text);
    }
    if (*is_alive_ && script_.on_terminate) {
      script_.on_terminate();
    }
    return {};
  }

  Result<std::optional<State>> save() override {
    if (script_.save_throws) {
      throw std::runtime_error("will not save");
    }
    return std::optional<State>(State{script_.state_writes, sum_, {}});
  }

  Result<void> format_status(StatusPurpose purpose, StatusView& view) const override {
    if (!*is_alive_ || !script_.on_format_status) {
      return {};
    }
    view.state = sum_;
    return script_.on_format_status(purpose, view);
  }

 private:
  ServerScript& script_;
  const std::shared_ptr<bool> is_alive_;
  Services& services_;
  std::string sum_;
};

class ScriptedServerFactory final : public ServerFactory {
 public:
  explicit ScriptedServerFactory(ServerScript& script)
      : script_(script),
        type_{"ScriptedServer",       script.version,    script.state_writes, script.state_reads, 0,
              script.has_pure_events, script.hot_options} {}

  [[nodiscard]] const TypeInfo& type() const override { return type_; }

  Result<std::unique_ptr<Server>> create(const InstanceInit& init, Services& services) const override {
    if (script_.create_throws) {
      throw std::runtime_error("thrown");
    }
    if (script_.create_fails) {
      return fail(Errc::init_failed, "will not");
    }
    return std::unique_ptr<Server>(std::make_unique<ScriptedServer>(script_, init, services));
  }

 private:
  ServerScript& script_;
  const TypeInfo type_;
};

inline std::shared_ptr<const ServerFactory> ServerScript::factory() {
  return std::make_shared<ScriptedServerFactory>(*this);
}

}  // namespace baton::test
