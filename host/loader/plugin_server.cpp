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
  PluginServer(std::unique_ptr<PluginInstance> instance, const baton_server& table, Then after_init)
      : instance_(std::move(instance)), table_(table), after_init_(std::move(after_init)) {}

  ServerOutcome handle_call(const Message& request, std::uint64_t from) override {
    CallbackOutcome& outcome = instance_->outcome();
    const SuspectCall call(instance_->suspect(), "handle_call");
    const baton_status status = table_.handle_call(instance_->raw(), &request, from, outcome.fresh());
    if (outcome.reply().is_cut()) {
      return failed(outcome.bad_return(fmt::format("the reply does not fit into {} bytes", Sink::size_max)));
    }
    switch (status) {
      case BATON_OK:
        return with_then({Verdict::ok, 0, outcome.reply().take(), {}});
      case BATON_NO_REPLY:
        return with_then({Verdict::no_reply, 0, std::nullopt, {}});
      case BATON_STOP:
        return stop(1);
      case BATON_UNSUPPORTED:
        return with_then({Verdict::unknown_request, 0, std::nullopt, {}});
      case BATON_REFUSED:
        return with_then({Verdict::refused, 0, std::nullopt, outcome.refusal_reason("handle_call")});
      default:
        return failed(outcome.reason("handle_call", status));
    }
  }

  ServerOutcome handle_casts(std::span<const Message> requests) override {
    const SuspectCall call(instance_->suspect(), "handle_casts");
    const baton_batch batch{sizeof(baton_batch), sizeof(baton_message), requests.data(), requests.size()};
    const baton_status status = table_.handle_casts(instance_->raw(), &batch, instance_->outcome().fresh());
    const CallbackOutcome& outcome = instance_->outcome();
    if (status == BATON_OK && outcome.handled() == requests.size() && outcome.is_then_nothing()) {
      return {Verdict::ok, requests.size(), std::nullopt, {}};
    }
    return judge_casts(status, requests.size());
  }

  ServerOutcome handle_info(const Message& info) override {
    if (table_.handle_info == nullptr) {
      return {Verdict::unexpected, 0, std::nullopt, {}};
    }
    const SuspectCall call(instance_->suspect(), "handle_info");
    return told("handle_info", table_.handle_info(instance_->raw(), &info, instance_->outcome().fresh()));
  }

  ServerOutcome handle_continue(const Message& what) override {
    if (table_.handle_continue == nullptr) {
      return Server::handle_continue(what);
    }
    const SuspectCall call(instance_->suspect(), "handle_continue");
    return told("handle_continue",
                table_.handle_continue(instance_->raw(), &what, instance_->outcome().fresh()));
  }

  OptionsOutcome change_options(const Options& options) override {
    if (table_.change_options == nullptr) {
      return Server::change_options(options);
    }
    OptionsOutcome outcome = instance_->change_options(options);
    if (outcome.verdict == OptionsOutcome::Verdict::ok) {
      auto then = instance_->outcome().then();
      if (!then) {
        return {
            OptionsOutcome::Verdict::failed, instance_->outcome().bad_return(then.error().text), {}, true};
      }
      outcome.then = std::move(*then);
    }
    return outcome;
  }

  Then after_init() override { return std::exchange(after_init_, {}); }

  Result<void> terminate(const TerminateReason& why) override {
    if (auto ended = instance_->terminate(why); !ended) {
      return fail(std::move(ended.error()));
    }
    return {};
  }

  Result<std::optional<State>> save() override { return instance_->save(); }

  Result<void> format_status(StatusPurpose purpose, StatusView& view) const override {
    return instance_->format_status(purpose, view);
  }

 private:
  /// `result` of a server that goes on, with what is to follow.
  ServerOutcome with_then(ServerOutcome result) {
    if (instance_->outcome().is_then_nothing()) {
      return result;
    }
    auto then = instance_->outcome().then();
    if (!then) {
      return failed(instance_->outcome().bad_return(then.error().text));
    }
    result.then = std::move(*then);
    return result;
  }

  /// What became of a callback without a caller.
  ServerOutcome told(std::string_view callback, baton_status status) {
    switch (status) {
      case BATON_OK:
        return with_then({});
      case BATON_STOP:
        return stop(1);
      default:
        return failed(instance_->outcome().reason(callback, status));
    }
  }

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
    if (status == BATON_OK && handled >= 1 && handled <= count) {
      ServerOutcome result = with_then({Verdict::ok, handled, std::nullopt, {}});
      if (result.verdict == Verdict::failed) {
        result.handled = handled - 1;
        return result;
      }
      if (handled == count || result.then.kind == Then::Kind::handle_continue) {
        return result;
      }
    }
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
  Then after_init_;
};

class PluginServerFactory final : public ServerFactory {
 public:
  PluginServerFactory(CodeOwner code, TypeInfo type, const baton_server& table, Suspect* suspect)
      : code_(std::move(code)), type_(std::move(type)), table_(table), suspect_(suspect) {}

  [[nodiscard]] const TypeInfo& type() const override { return type_; }

  Result<std::unique_ptr<Server>> create(const InstanceInit& init, Services& services) const override {
    auto instance = PluginInstance::create(code_, InstanceFunctions(table_, suspect_), type_, init, services);
    if (!instance) {
      return fail(std::move(instance.error()));
    }
    auto then = (*instance)->outcome().then();
    if (!then) {
      return fail(Errc::init_failed, (*instance)->outcome().bad_return(then.error().text));
    }
    return std::make_unique<PluginServer>(std::move(*instance), table_, std::move(*then));
  }

 private:
  const CodeOwner code_;
  const TypeInfo type_;
  const baton_server table_;
  Suspect* const suspect_;  // of the library, which code_ keeps
};

}  // namespace

std::shared_ptr<const ServerFactory> make_server_factory(CodeOwner code, const Manifest& manifest,
                                                         const baton_server& table, Suspect* suspect,
                                                         std::uint64_t serial) {
  const Offer* const offer = manifest.find(OfferKind::server, view(table.name));
  BATON_ASSERT(offer != nullptr);
  return std::make_shared<PluginServerFactory>(std::move(code), type_info(manifest, *offer, serial),
                                               copy_table(table), suspect);
}

std::shared_ptr<const ServerFactory> make_server_factory(std::shared_ptr<const Library> library,
                                                         std::string_view type_name) {
  const Manifest& manifest = library->identity().manifest;
  const baton_server* const table = library->server(type_name);
  BATON_ASSERT(table != nullptr);
  Suspect* const suspect = library->suspect();
  const std::uint64_t serial = library->serial();
  return make_server_factory(std::move(library), manifest, *table, suspect, serial);
}

}  // namespace baton
