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
      case BATON_UNSUPPORTED:
        return with_then(CallOutcome{CallOutcome::Verdict::unknown_request, {}, {}});
      case BATON_REFUSED:
        return with_then(
            CallOutcome{CallOutcome::Verdict::refused, {}, outcome.refusal_reason("handle_call")});
      default:
        return {CallOutcome::Verdict::failed, {}, outcome.reason("handle_call", status)};
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
      default:
        return {HandlerVerdict::failed, outcome.reason("handle_info", status)};
    }
  }

  Result<Reply> terminate(const TerminateReason& why) override { return instance_->terminate(why); }

  Result<std::optional<State>> save() override { return instance_->save(); }

  Result<void> format_status(StatusPurpose purpose, StatusView& view) const override {
    return instance_->format_status(purpose, view);
  }

 private:
  /// What follows an outcome of a handler that goes on. OTP: gen_event knows hibernate and nothing else.
  template <class Outcome>
  Outcome with_then(Outcome result) {
    auto then = instance_->outcome().then();
    const bool is_for_handlers =
        then && (then->kind == Then::Kind::nothing || then->kind == Then::Kind::hibernate);
    if (!is_for_handlers) {
      result.verdict = decltype(result.verdict)::failed;
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
      return {CallOutcome::Verdict::failed,
              {},
              outcome.bad_return(fmt::format("the reply does not fit into {} bytes", Sink::size_max))};
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
    if (status == BATON_REFUSED && refused >= 1 && handled <= count && refused <= count - handled) {
      return {HandlerVerdict::refused, handled, refused, outcome.refusal_reason("handle_events")};
    }
    if (status < 0 && handled < count) {
      return {HandlerVerdict::failed, handled, 0, outcome.reason("handle_events", status)};
    }
    const std::string what =
        fmt::format("handle_events answered with status {}, handled {}, refused {} for {} events", status,
                    handled, refused, count);
    return {HandlerVerdict::failed, credible_handled(handled, count), 0, outcome.bad_return(what)};
  }

  std::unique_ptr<PluginInstance> instance_;
  const baton_handler table_;
};

class PluginHandlerFactory final : public HandlerFactory {
 public:
  PluginHandlerFactory(CodeOwner code, TypeInfo type, const baton_handler& table)
      : code_(std::move(code)), type_(std::move(type)), table_(table) {}

  [[nodiscard]] const TypeInfo& type() const override { return type_; }

  Result<std::unique_ptr<Handler>> create(const InstanceInit& init, Services& services) const override {
    auto instance = PluginInstance::create(code_, InstanceFunctions(table_), type_, init, services);
    if (!instance) {
      return fail(std::move(instance.error()));
    }
    return std::make_unique<PluginHandler>(std::move(*instance), table_);
  }

 private:
  const CodeOwner code_;
  const TypeInfo type_;
  const baton_handler table_;
};

}  // namespace

std::shared_ptr<const HandlerFactory> make_handler_factory(CodeOwner code, const Manifest& manifest,
                                                           const baton_handler& table) {
  const Offer* const offer = manifest.find(OfferKind::handler, view(table.name));
  BATON_ASSERT(offer != nullptr);
  return std::make_shared<PluginHandlerFactory>(std::move(code), type_info(manifest, *offer),
                                                copy_table(table));
}

std::shared_ptr<const HandlerFactory> make_handler_factory(std::shared_ptr<const Library> library,
                                                           std::string_view type_name) {
  const Manifest& manifest = library->identity().manifest;
  const baton_handler* const table = library->handler(type_name);
  BATON_ASSERT(table != nullptr);
  return make_handler_factory(std::move(library), manifest, *table);
}

}  // namespace baton
