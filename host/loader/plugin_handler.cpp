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
  PluginHandler(std::unique_ptr<PluginInstance> instance, const baton_handler& table)
      : instance_(std::move(instance)), table_(table) {}

  EventsOutcome handle_events(std::span<const Message> events) override {
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

  Result<Reply> terminate(const TerminateReason& why) override { return instance_->terminate(why); }

  Result<std::optional<State>> save() override { return instance_->save(); }

  Result<void> format_status(StatusPurpose purpose, StatusView& view) const override {
    return instance_->format_status(purpose, view);
  }

 private:
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
};

class PluginHandlerFactory final : public HandlerFactory {
 public:
  PluginHandlerFactory(PluginHandlers plugin, TypeInfo type, const baton_handler& table)
      : plugin_(std::move(plugin)), type_(std::move(type)), table_(table) {}

  [[nodiscard]] const TypeInfo& type() const override { return type_; }

  [[nodiscard]] CodeOrigin origin() const override { return plugin_.origin; }

  Result<std::unique_ptr<Handler>> create(const InstanceInit& init, Services& services) const override {
    auto instance = PluginInstance::create(plugin_.code, InstanceFunctions(table_), type_, init, services);
    if (!instance) {
      return fail(std::move(instance.error()));
    }
    return std::make_unique<PluginHandler>(std::move(*instance), table_);
  }

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
  TypeInfo type = type_info(*plugin.manifest, *offer);
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
  const PluginIdentity& identity = library->identity();
  CodeOrigin origin{identity.manifest.name, identity.file.string(), identity.sha256};
  return make_handler_factory({std::move(library), std::move(manifest), find, std::move(origin)}, *table);
}

}  // namespace baton
