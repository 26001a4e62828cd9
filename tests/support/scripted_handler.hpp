// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/handler.hpp"
#include "host/behaviour/server.hpp"

#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace baton::test {

/// What happened to the handlers of a test, in order, as lines "id what".
using Trace = std::vector<std::string>;

/// A handler that does what its events, calls and infos say (the type is the verb): OTP's dummy_h. All
/// its instances write into one trace; those that outlive the script (a host stops its processes last)
/// write nothing any more.
///   events: msg DATA, throw, throw_int, remove, refuse, fail, bad_return, swap (for `swap_to`), hibernate,
///           run (a closure of the test). All but msg: with an id as DATA that handler only, as OTP's {only,
///           …}
///   calls:  echo DATA, count, throw, remove, fail, bad_return, swap, hibernate, run
///   infos:  any; throw, remove, bad_return, swap, hibernate; with an id as DATA as events
struct HandlerScript {
  Trace trace;
  std::string version = "1";
  std::uint32_t state_writes = 1;
  std::vector<std::uint32_t> state_reads = {1};
  std::string type = "ScriptedHandler";
  bool create_fails = false;
  bool create_throws = false;
  bool save_throws = false;
  bool terminate_throws = false;
  bool batches = false;  // handled as one batch: the trace gets one line for it
  std::function<void(Services&)> on_run;
  std::function<void()> on_terminate;
  std::string swap_to;                             // the type that `swap` asks for
  std::string swap_argument;                       // what its terminate is to get then
  std::map<std::string, HandlerScript*> siblings;  // by type
  std::vector<std::string> hot_options;
  /// change_options, behind a line of the trace; without it, they are taken over.
  std::function<OptionsOutcome(const Options&)> on_change_options;
  /// format_status, with the state (the count) filled in; without it, nothing is shown.
  std::function<Result<void>(StatusPurpose, StatusView&)> on_format_status;

  HandlerScript() = default;

  ~HandlerScript() { *is_alive = false; }

  HandlerScript(const HandlerScript&) = delete;
  HandlerScript& operator=(const HandlerScript&) = delete;

  [[nodiscard]] std::shared_ptr<const HandlerFactory> factory();

  /// Who makes the handlers, if not this program.
  std::function<std::shared_ptr<const HandlerFactory>(HandlerScript&)> maker;

  const std::shared_ptr<bool> is_alive = std::make_shared<bool>(true);
};

class ScriptedHandler final : public Handler {
 public:
  ScriptedHandler(HandlerScript& script, const InstanceInit& init, Services& services)
      : script_(script), is_alive_(script.is_alive), id_(init.id), services_(services) {
    if (init.state) {
      count_ = std::stoull(init.state->data);
      note("takes over state " + init.state->data +
           (init.state->extra.empty() ? "" : " with " + init.state->extra));
    }
  }

  ~ScriptedHandler() override { note("destroyed"); }

  EventsOutcome handle_events(std::span<const Message> events) override {
    if (script_.batches) {
      note("batch of " + std::to_string(events.size()));
    }
    EventsOutcome outcome;
    for (const Message& event : events) {
      const std::string type(view(event.type));
      const bool is_for_me = event.data.size == 0 || view(event.data) == id_;
      if (is_for_me && is_failure(type, outcome)) {
        return outcome;
      }
      if (!script_.batches) {
        note(type + (event.data.size > 0 ? " " + std::string(view(event.data)) : ""));
      }
      ++count_;
      ++outcome.handled;
      if (is_for_me && asks_to_leave(type, outcome)) {
        return outcome;
      }
    }
    return outcome;
  }

  CallOutcome handle_call(const Message& request) override {
    const std::string type(view(request.type));
    if (type == "echo") {
      return {CallOutcome::Verdict::reply, {std::string(view(request.data)), BATON_TEXT_PLAIN}, {}};
    }
    if (type == "count") {
      return {CallOutcome::Verdict::reply, {std::to_string(count_), BATON_APPLICATION_JSON}, {}};
    }
    if (type == "throw") {
      throw std::runtime_error("thrown");
    }
    if (type == "remove") {
      return {CallOutcome::Verdict::reply_and_remove, {"bye", BATON_TEXT_PLAIN}, {}};
    }
    if (type == "fail") {
      return {CallOutcome::Verdict::failed, {}, "failed"};
    }
    if (type == "bad_return") {
      return {CallOutcome::Verdict::reply_and_swap, {"by nobody", BATON_TEXT_PLAIN}, {}};
    }
    if (type == "swap") {
      return {CallOutcome::Verdict::reply_and_swap,
              {"swapped", BATON_TEXT_PLAIN},
              script_.swap_argument,
              {},
              script_.swap_to};
    }
    if (type == "hibernate") {
      return {
          CallOutcome::Verdict::reply, {"good night", BATON_TEXT_PLAIN}, {}, {Then::Kind::hibernate, {}, {}}};
    }
    if (type == "run") {
      script_.on_run(services_);
      return {CallOutcome::Verdict::reply, {"ran", BATON_TEXT_PLAIN}, {}};
    }
    return {CallOutcome::Verdict::unknown_request, {}, {}};
  }

  InfoOutcome handle_info(const Message& info) override {
    const std::string type(view(info.type));
    note("info " + type);
    if (info.data.size > 0 && view(info.data) != id_) {
      return {};
    }
    if (type == "throw") {
      throw std::runtime_error("thrown");
    }
    if (type == "bad_return") {
      return {HandlerVerdict::refused, {}};
    }
    EventsOutcome like;
    (void)asks_to_leave(type, like);
    return {like.verdict, like.reason, like.then, like.replacement};
  }

  OptionsOutcome change_options(const Options& options) override {
    std::string line = "options";
    for (const Option& option : options) {
      line += " " + option.name + "=" + std::to_string(option.integer);
    }
    note(line);
    return script_.on_change_options ? script_.on_change_options(options) : OptionsOutcome{};
  }

  Result<Reply> terminate(const TerminateReason& why) override {
    static const char* const names[] = {"", "stop", "deleted", "remove", "swapped", "error", "owner"};
    note(std::string("terminate ") + names[static_cast<std::uint32_t>(why.kind)] +
         (why.text.empty() ? "" : " " + why.text));
    if (*is_alive_ && script_.on_terminate) {
      script_.on_terminate();
    }
    if (*is_alive_ && script_.terminate_throws) {
      throw std::runtime_error("thrown");
    }
    return Reply{"value of " + id_, BATON_TEXT_PLAIN};
  }

  Result<std::optional<State>> save() override {
    if (script_.save_throws) {
      throw std::runtime_error("thrown");
    }
    if (script_.state_writes == 0) {
      return std::optional<State>();
    }
    return std::optional<State>(State{script_.state_writes, std::to_string(count_), {}});
  }

  Result<void> format_status(StatusPurpose purpose, StatusView& view) const override {
    if (!*is_alive_ || !script_.on_format_status) {
      return {};
    }
    view.state = std::to_string(count_);
    return script_.on_format_status(purpose, view);
  }

 private:
  /// Whether the handler fails at an event of this type, and how.
  bool is_failure(const std::string& type, EventsOutcome& outcome) {
    if (type == "throw") {
      throw std::runtime_error("thrown");
    }
    if (type == "throw_int") {
      throw 42;  // NOLINT(hicpp-exception-baseclass): foreign code does that
    }
    if (type == "run") {
      script_.on_run(services_);
    }
    if (type == "fail") {
      outcome.verdict = HandlerVerdict::failed;
      outcome.reason = "failed";
    } else if (type == "refuse") {
      outcome.verdict = HandlerVerdict::refused;
      outcome.refused = 1;
      outcome.reason = "disk full";
    } else if (type == "bad_return") {
      outcome.verdict = HandlerVerdict::swap;  // for what?
    }
    return outcome.verdict != HandlerVerdict::ok;
  }

  /// Whether the handler does not want what comes after an event of this type; sets what it wants instead.
  bool asks_to_leave(const std::string& type, EventsOutcome& outcome) const {
    if (type == "remove") {
      outcome.verdict = HandlerVerdict::remove;
    } else if (type == "swap") {
      outcome.verdict = HandlerVerdict::swap;
      outcome.replacement = script_.swap_to;
      outcome.reason = script_.swap_argument;
    } else if (type == "hibernate") {
      outcome.then.kind = Then::Kind::hibernate;
    }
    return outcome.verdict != HandlerVerdict::ok;
  }

  void note(const std::string& what) {
    if (*is_alive_) {
      script_.trace.push_back(id_ + " " + what);
    }
  }

  HandlerScript& script_;
  const std::shared_ptr<bool> is_alive_;
  const std::string id_;
  Services& services_;
  std::uint64_t count_ = 0;
};

class ScriptedFactory final : public HandlerFactory {
 public:
  explicit ScriptedFactory(HandlerScript& script)
      : script_(script), type_{script.type, script.version, script.state_writes, script.state_reads,
                               0,           false,          script.hot_options} {}

  [[nodiscard]] const TypeInfo& type() const override { return type_; }

  Result<std::unique_ptr<Handler>> create(const InstanceInit& init, Services& services) const override {
    if (script_.create_throws) {
      throw std::runtime_error("thrown");
    }
    if (script_.create_fails) {
      return fail(Errc::init_failed, "will not");
    }
    return std::unique_ptr<Handler>(std::make_unique<ScriptedHandler>(script_, init, services));
  }

  [[nodiscard]] Result<std::shared_ptr<const HandlerFactory>> sibling(std::string_view other) const override {
    const auto place = script_.siblings.find(std::string(other));
    if (place == script_.siblings.end()) {
      return fail(Errc::plugin_not_found, "no such sibling");
    }
    return place->second->factory();
  }

 private:
  HandlerScript& script_;
  const TypeInfo type_;
};

inline std::shared_ptr<const HandlerFactory> HandlerScript::factory() {
  return maker ? maker(*this) : std::make_shared<ScriptedFactory>(*this);
}

}  // namespace baton::test
