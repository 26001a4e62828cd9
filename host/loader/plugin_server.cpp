// SPDX-License-Identifier: Apache-2.0
#include "host/loader/plugin_server.hpp"

#include "host/base/assert.hpp"
#include "host/loader/plugin_instance.hpp"
#include "host/loader/table_copy.hpp"

#include <fmt/format.h>

#include <utility>

namespace baton {
namespace {

using Verdict = ServerOutcome::Verdict;

class PluginServer final : public Server {
 public:
  PluginServer(std::unique_ptr<PluginInstance> instance, const baton_server& table)
      : instance_(std::move(instance)), table_(table) {}

  ServerOutcome handle_call(const Message& request, std::uint64_t from) override {
    CallbackOutcome& outcome = instance_->outcome();
    const baton_status status = table_.handle_call(instance_->raw(), &request, from, outcome.fresh());
    if (outcome.reply().is_cut()) {
      return failed(outcome.bad_return(fmt::format("the reply does not fit into {} bytes", Sink::size_max)));
    }
    switch (status) {
      case BATON_OK:
        return {Verdict::ok, 0, outcome.reply().take(), {}};
      case BATON_NO_REPLY:
        return {Verdict::no_reply, 0, std::nullopt, {}};
      case BATON_STOP:
        return stop(1);
      case BATON_UNSUPPORTED:
        return {Verdict::unknown_request, 0, std::nullopt, {}};
      case BATON_REFUSED:
        return {Verdict::refused, 0, std::nullopt, outcome.refusal_reason("handle_call")};
      default:
        return failed(outcome.reason("handle_call", status));
    }
  }

  ServerOutcome handle_casts(std::span<const Message> requests) override {
    const baton_batch batch{sizeof(baton_batch), sizeof(baton_message), requests.data(), requests.size()};
    const baton_status status = table_.handle_casts(instance_->raw(), &batch, instance_->outcome().fresh());
    if (status == BATON_OK && instance_->outcome().handled() == requests.size()) {
      return {Verdict::ok, requests.size(), std::nullopt, {}};
    }
    return judge_casts(status, requests.size());
  }

  ServerOutcome handle_info(const Message& info) override {
    if (table_.handle_info == nullptr) {
      return {};
    }
    CallbackOutcome& outcome = instance_->outcome();
    const baton_status status = table_.handle_info(instance_->raw(), &info, outcome.fresh());
    switch (status) {
      case BATON_OK:
        return {};
      case BATON_STOP:
        return stop(1);
      default:
        return failed(outcome.reason("handle_info", status));
    }
  }

  Result<void> terminate(const TerminateReason& why) override {
    if (auto ended = instance_->terminate(why); !ended) {
      return fail(std::move(ended.error()));
    }
    return {};
  }

  Result<std::optional<State>> save() override { return instance_->save(); }

 private:
  static ServerOutcome failed(std::string reason, std::size_t handled = 0) {
    return {Verdict::failed, handled, std::nullopt, std::move(reason)};
  }

  ServerOutcome stop(std::size_t handled) {
    CallbackOutcome& outcome = instance_->outcome();
    ServerOutcome result{Verdict::stop, handled, std::nullopt, outcome.reason()};
    if (outcome.reply().is_written()) {
      result.reply = outcome.reply().take();
    }
    return result;
  }

  ServerOutcome judge_casts(baton_status status, std::size_t count) {
    CallbackOutcome& outcome = instance_->outcome();
    const std::size_t handled = outcome.handled();
    if (status == BATON_STOP && handled >= 1 && handled <= count) {
      return {Verdict::stop, handled, std::nullopt, outcome.reason()};
    }
    if (status < 0 && handled < count) {
      return failed(outcome.reason("handle_casts", status), handled);
    }
    const std::string what =
        fmt::format("handle_casts answered with status {}, handled {} for {} casts", status, handled, count);
    return failed(outcome.bad_return(what), credible_handled(handled, count));
  }

  std::unique_ptr<PluginInstance> instance_;
  const baton_server table_;
};

class PluginServerFactory final : public ServerFactory {
 public:
  PluginServerFactory(std::shared_ptr<const Library> library, TypeInfo type, const baton_server& table)
      : library_(std::move(library)), type_(std::move(type)), table_(table) {}

  [[nodiscard]] const TypeInfo& type() const override { return type_; }

  Result<std::unique_ptr<Server>> create(const InstanceInit& init, Services& services) const override {
    auto instance = PluginInstance::create(library_, InstanceFunctions(table_), type_, init, services);
    if (!instance) {
      return fail(std::move(instance.error()));
    }
    return std::make_unique<PluginServer>(std::move(*instance), table_);
  }

 private:
  const std::shared_ptr<const Library> library_;
  const TypeInfo type_;
  const baton_server table_;
};

}  // namespace

std::shared_ptr<const ServerFactory> make_server_factory(std::shared_ptr<const Library> library,
                                                         std::string_view type_name) {
  const Manifest& manifest = library->identity().manifest;
  const Offer* const offer = manifest.find(OfferKind::server, type_name);
  const baton_server* const table = library->server(type_name);
  BATON_ASSERT(offer != nullptr && table != nullptr);
  TypeInfo type = type_info(manifest, *offer);
  return std::make_shared<PluginServerFactory>(std::move(library), std::move(type), copy_table(*table));
}

}  // namespace baton
