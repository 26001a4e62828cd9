// SPDX-License-Identifier: Apache-2.0
#include "host/loader/plugin_handler.hpp"

#include "host/base/assert.hpp"
#include "host/loader/plugin_instance.hpp"
#include "host/loader/table_copy.hpp"

#include <fmt/format.h>

#include <utility>

namespace baton {
namespace {

class PluginHandler final : public Handler {
 public:
  PluginHandler(std::unique_ptr<PluginInstance> instance, const baton_handler& table,
                std::uint32_t state_writes)
      : instance_(std::move(instance)), table_(table), state_writes_(state_writes) {}

  EventsOutcome handle_events(std::span<const Message> events) override {
    const SuspectCall call(instance_->suspect(), "handle_events");
    const baton_batch batch{sizeof(baton_batch), sizeof(baton_message), events.data(), events.size()};
    const baton_status status = table_.handle_events(instance_->raw(), &batch, instance_->outcome().fresh());
    const CallbackOutcome& outcome = instance_->outcome();
    if (status == BATON_OK && outcome.handled() == events.size() && outcome.is_then_nothing()) {
      return {HandlerVerdict::ok, events.size(), 0, {}};
    }
    return judge_events(status, events.size());
  }

  CallOutcome handle_call(const Message& request) override {
    if (table_.handle_call == nullptr) {
      return {CallOutcome::Verdict::unknown_request, {}, {}};
    }
    CallbackOutcome& outcome = instance_->outcome();
    const SuspectCall call(instance_->suspect(), "handle_call");
    const baton_status status = table_.handle_call(instance_->raw(), &request, outcome.fresh());
    switch (status) {
      case BATON_OK:
        return reply(CallOutcome::Verdict::reply);
      case BATON_REMOVE:
        return reply(CallOutcome::Verdict::reply_and_remove);
      case BATON_SWAP:
        return for_replacement(reply(CallOutcome::Verdict::reply_and_swap));
      case BATON_UNSUPPORTED:
        return with_then(CallOutcome{CallOutcome::Verdict::unknown_request, {}, {}});
      case BATON_REFUSED:
        return with_then(
            CallOutcome{CallOutcome::Verdict::refused, {}, outcome.refusal_reason("handle_call")});
      default:
        return failed<CallOutcome>("handle_call", status);
    }
  }

  InfoOutcome handle_info(const Message& info) override {
    if (table_.handle_info == nullptr) {
      return {};
    }
    CallbackOutcome& outcome = instance_->outcome();
    const SuspectCall call(instance_->suspect(), "handle_info");
    const baton_status status = table_.handle_info(instance_->raw(), &info, outcome.fresh());
    switch (status) {
      case BATON_OK:
        return with_then(InfoOutcome{});
      case BATON_REMOVE:
        return {HandlerVerdict::remove, {}};
      case BATON_SWAP:
        return for_replacement(InfoOutcome{HandlerVerdict::swap, {}});
      default:
        return failed<InfoOutcome>("handle_info", status);
    }
  }

  OptionsOutcome change_options(const Options& options) override {
    if (table_.change_options == nullptr) {
      return Handler::change_options(options);
    }
    OptionsOutcome outcome = instance_->change_options(options);
    return outcome.verdict == OptionsOutcome::Verdict::ok ? with_then(std::move(outcome)) : outcome;
  }

  Result<Reply> terminate(const TerminateReason& why) override { return instance_->terminate(why); }

  Result<std::optional<State>> save() override { return instance_->save(); }

  [[nodiscard]] bool gives_parts() const override {
    return table_.begin_parts != nullptr && table_.save_part != nullptr && table_.end_parts != nullptr &&
           table_.save != nullptr;
  }

  Result<std::uint32_t> begin_parts() override {
    std::uint32_t version = 0;
    if (auto begun = judged(
            "begin_parts",
            [&](baton_outcome* outcome) { return table_.begin_parts(instance_->raw(), &version, outcome); });
        !begun) {
      return fail(std::move(begun.error()));
    }
    if (version != state_writes_) {
      table_.end_parts(instance_->raw());
      return fail(Errc::bad_return,
                  instance_->outcome().bad_return(fmt::format(
                      "begin_parts said version {}; the manifest says {}", version, state_writes_)));
    }
    return version;
  }

  Result<StatePart> save_part() override {
    StatePart part;
    part.version = state_writes_;
    if (auto saved = judged(
            "save_part",
            [&](baton_outcome* outcome) { return table_.save_part(instance_->raw(), &part.left, outcome); });
        !saved) {
      return fail(std::move(saved.error()));
    }
    Sink& reply = instance_->outcome().reply();
    if (reply.is_cut()) {
      return fail(Errc::bad_return, instance_->outcome().bad_return(
                                        fmt::format("the part does not fit into {} bytes", Sink::size_max)));
    }
    part.data = reply.take().data;
    return part;
  }

  void end_parts() override { table_.end_parts(instance_->raw()); }

  Result<void> load_part(const StatePart& part) override {
    const baton_part given{sizeof(baton_part), part.version, to_bytes(part.data), part.is_last ? 1U : 0U, 0};
    return judged("load_part", [&](baton_outcome* outcome) {
      return table_.load_part(instance_->raw(), &given, outcome);
    });
  }

  Result<void> format_status(StatusPurpose purpose, StatusView& view) const override {
    return instance_->format_status(purpose, view);
  }

 private:
  /// A callback of the parts: BATON_OK or a failure.
  template <class Callback>
  Result<void> judged(std::string_view name, Callback callback) {
    CallbackOutcome& outcome = instance_->outcome();
    const baton_status status = callback(outcome.fresh());
    if (status == BATON_OK) {
      return {};
    }
    const bool is_refusal = status == BATON_BAD_STATE || status == BATON_UNSUPPORTED;
    const Errc code = is_refusal ? Errc::state_refused : status < 0 ? Errc::crashed : Errc::bad_return;
    return fail(code, outcome.reason(name, status));
  }

  template <class Outcome>
  Outcome failed(std::string_view callback, baton_status status) const {
    Outcome outcome;
    outcome.verdict = decltype(outcome.verdict)::failed;
    outcome.reason = instance_->outcome().reason(callback, status);
    outcome.is_bad_return = CallbackOutcome::is_bad_return(status);
    return outcome;
  }

  /// Who is to take its place, and what terminate is given; that a name is there, the wall checks.
  template <class Outcome>
  Outcome for_replacement(Outcome result) {
    result.replacement = instance_->outcome().then_what().take().data;
    result.reason = instance_->outcome().reason();
    return result;
  }

  /// What follows an outcome of a handler that goes on. OTP: gen_event knows hibernate and nothing else.
  template <class Outcome>
  Outcome with_then(Outcome result) {
    auto then = instance_->outcome().then();
    const bool is_for_handlers =
        then && (then->kind == Then::Kind::nothing || then->kind == Then::Kind::hibernate);
    if (!is_for_handlers) {
      result.verdict = decltype(result.verdict)::failed;
      result.is_bad_return = true;
      result.reason = instance_->outcome().bad_return(then ? "what follows is not for handlers"
                                                           : std::move(then.error().text));
      return result;
    }
    result.then = std::move(*then);
    return result;
  }

  CallOutcome reply(CallOutcome::Verdict verdict) {
    CallbackOutcome& outcome = instance_->outcome();
    if (outcome.reply().is_cut()) {
      CallOutcome breach;
      breach.verdict = CallOutcome::Verdict::failed;
      breach.reason = outcome.bad_return(fmt::format("the reply does not fit into {} bytes", Sink::size_max));
      breach.is_bad_return = true;
      return breach;
    }
    CallOutcome result{verdict, outcome.reply().take(), {}};
    return verdict == CallOutcome::Verdict::reply ? with_then(std::move(result)) : result;
  }

  /// All that is not the ordinary case: `count` events, all handled, and nothing else.
  EventsOutcome judge_events(baton_status status, std::size_t count) {
    const CallbackOutcome& outcome = instance_->outcome();
    const std::size_t handled = outcome.handled();
    const std::size_t refused = outcome.refused();
    if (status == BATON_OK && handled == count) {
      EventsOutcome result = with_then(EventsOutcome{HandlerVerdict::ok, count, 0, {}});
      result.handled = result.verdict == HandlerVerdict::failed ? count - 1 : count;
      return result;
    }
    if (status == BATON_REMOVE && handled >= 1 && handled <= count) {
      return {HandlerVerdict::remove, handled, 0, {}};
    }
    if (status == BATON_SWAP && handled >= 1 && handled <= count) {
      return for_replacement(EventsOutcome{HandlerVerdict::swap, handled, 0, {}});
    }
    if (status == BATON_REFUSED && refused >= 1 && handled <= count && refused <= count - handled) {
      return {HandlerVerdict::refused, handled, refused, outcome.refusal_reason("handle_events")};
    }
    if (status < 0 && handled < count) {
      auto failure = failed<EventsOutcome>("handle_events", status);
      failure.handled = handled;
      return failure;
    }
    const std::string what =
        fmt::format("handle_events answered with status {}, handled {}, refused {} for {} events", status,
                    handled, refused, count);
    EventsOutcome breach{HandlerVerdict::failed, credible_handled(handled, count), 0,
                         outcome.bad_return(what)};
    breach.is_bad_return = true;
    return breach;
  }

  std::unique_ptr<PluginInstance> instance_;
  const baton_handler table_;
  const std::uint32_t state_writes_;
};

class PluginHandlerFactory final : public HandlerFactory {
 public:
  PluginHandlerFactory(PluginHandlers plugin, TypeInfo type, const baton_handler& table)
      : plugin_(std::move(plugin)), type_(std::move(type)), table_(table) {}

  [[nodiscard]] const TypeInfo& type() const override { return type_; }

  [[nodiscard]] CodeOrigin origin() const override { return plugin_.origin; }

  Result<std::unique_ptr<Handler>> create(const InstanceInit& init, Services& services) const override {
    const InstanceFunctions functions(table_, plugin_.suspect);
    auto instance = PluginInstance::create(plugin_.code, functions, type_, init, services);
    if (!instance) {
      return fail(std::move(instance.error()));
    }
    return std::make_unique<PluginHandler>(std::move(*instance), table_, type_.state_writes);
  }

  [[nodiscard]] bool takes_parts() const override { return table_.load_part != nullptr; }

  [[nodiscard]] Result<std::shared_ptr<const HandlerFactory>> sibling(std::string_view other) const override {
    const baton_handler* const table = plugin_.find(other);
    if (table == nullptr) {
      return fail(Errc::plugin_not_found, fmt::format("the plugin `{}` that offers {} offers no handler `{}`",
                                                      plugin_.manifest->name, type_.name, other));
    }
    return make_handler_factory(plugin_, *table);
  }

 private:
  const PluginHandlers plugin_;
  const TypeInfo type_;
  const baton_handler table_;
};

}  // namespace

std::shared_ptr<const HandlerFactory> make_handler_factory(PluginHandlers plugin,
                                                           const baton_handler& table) {
  const Offer* const offer = plugin.manifest->find(OfferKind::handler, view(table.name));
  BATON_ASSERT(offer != nullptr);
  TypeInfo type = type_info(*plugin.manifest, *offer, plugin.library);
  return std::make_shared<PluginHandlerFactory>(std::move(plugin), std::move(type), copy_table(table));
}

std::shared_ptr<const HandlerFactory> make_handler_factory(std::shared_ptr<const Library> library,
                                                           std::string_view type_name) {
  const baton_handler* const table = library->handler(type_name);
  BATON_ASSERT(table != nullptr);
  std::shared_ptr<const Manifest> manifest(library, &library->identity().manifest);
  const auto find = [library = library.get()](std::string_view name) {  // which `code` keeps
    return library->handler(name);
  };
  Suspect* const suspect = library->suspect();
  const std::uint64_t serial = library->serial();
  const PluginIdentity& identity = library->identity();
  CodeOrigin origin{identity.manifest.name, identity.file.string(), identity.sha256};
  return make_handler_factory(
      {std::move(library), std::move(manifest), find, suspect, serial, std::move(origin)}, *table);
}

}  // namespace baton
