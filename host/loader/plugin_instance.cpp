// SPDX-License-Identifier: Apache-2.0
#include "host/loader/plugin_instance.hpp"

#include "host/loader/init_view.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace baton {
namespace {

Errc create_error(baton_status status, bool has_state) {
  if (status == BATON_BAD_OPTIONS) {
    return Errc::bad_options;
  }
  const bool refuses_state = status == BATON_BAD_STATE || status == BATON_UNSUPPORTED;
  return has_state && refuses_state ? Errc::state_refused : Errc::init_failed;
}

/// The manifest knows which states the code can read; asking the code would run it in vain.
std::optional<Error> refuse_state(const TypeInfo& type, const InstanceInit& init) {
  if (!init.state || std::ranges::count(type.state_reads, init.state->version) > 0) {
    return std::nullopt;
  }
  const std::string reads =
      type.state_reads.empty() ? "none" : fmt::format("{}", fmt::join(type.state_reads, ", "));
  return Error{Errc::state_refused,
               fmt::format("{} {} reads state of version {}; the old one wrote version {}", type.name,
                           type.version, reads, init.state->version)};
}

}  // namespace

PluginInstance::PluginInstance(CodeOwner code, const InstanceFunctions& functions, const TypeInfo& type,
                               Services& services)
    : code_(std::move(code)), functions_(functions), state_writes_(type.state_writes), host_(services) {}

PluginInstance::~PluginInstance() {
  if (raw_ != nullptr) {
    const SuspectCall call(suspect(), "destroy");
    functions_.destroy(raw_);
  }
}

Result<std::unique_ptr<PluginInstance>> PluginInstance::create(CodeOwner code,
                                                               const InstanceFunctions& functions,
                                                               const TypeInfo& type, const InstanceInit& init,
                                                               Services& services) {
  if (auto error = refuse_state(type, init)) {
    return fail(std::move(*error));
  }
  std::unique_ptr<PluginInstance> instance(new PluginInstance(std::move(code), functions, type, services));
  if (auto error = instance->run_create(init)) {
    return fail(std::move(*error));
  }
  return instance;
}

std::optional<Error> PluginInstance::run_create(const InstanceInit& init) {
  const InitView view(init);
  baton_instance* made = nullptr;
  const SuspectCall call(suspect(), "create");
  const baton_status status = functions_.create(host_.get(), view.get(), &made, outcome_.fresh());
  if (status == BATON_IGNORE) {
    return Error{Errc::ignored, std::string(errc_sentence(Errc::ignored))};
  }
  if (status != BATON_OK) {
    return Error{create_error(status, init.state.has_value()), outcome_.reason("create", status)};
  }
  if (made == nullptr) {
    return Error{Errc::init_failed, outcome_.bad_return("create succeeded without an instance")};
  }
  raw_ = made;
  return std::nullopt;
}

Result<void> PluginInstance::format_status(StatusPurpose purpose, StatusView& view) const {
  if (functions_.format_status == nullptr) {
    return {};
  }
  Sink state;
  Sink message;
  Sink reason;
  const baton_report report{sizeof(baton_report), static_cast<std::uint32_t>(purpose),
                            to_str(view.message), to_str(view.reason),
                            state.get(),          message.get(),
                            reason.get()};
  const SuspectCall call(suspect(), "format_status");
  CallbackOutcome outcome;  // its own: the one of the callback that failed may still be needed
  const baton_status status = functions_.format_status(raw_, &report, outcome.fresh());
  if (status != BATON_OK) {
    return fail(status < 0 ? Errc::crashed : Errc::bad_return, outcome.reason("format_status", status));
  }
  const auto show = [](Sink& sink, std::string& text) {
    if (sink.is_written()) {
      text = sink.take().data;
    }
  };
  show(state, view.state);
  show(message, view.message);
  show(reason, view.reason);
  return {};
}

OptionsOutcome PluginInstance::change_options(const Options& options) {
  using Verdict = OptionsOutcome::Verdict;
  const OptionsView view(options);
  const SuspectCall call(suspect(), "change_options");
  const baton_status status = functions_.change_options(raw_, &view.get(), outcome_.fresh());
  if (status == BATON_REFUSED || status == BATON_BAD_OPTIONS) {
    return {Verdict::refused, outcome_.refusal_reason("change_options")};
  }
  if (status != BATON_OK) {
    return {Verdict::failed,
            outcome_.reason("change_options", status),
            {},
            CallbackOutcome::is_bad_return(status)};
  }
  return {};
}

Result<Reply> PluginInstance::terminate(const TerminateReason& why) {
  if (functions_.terminate == nullptr) {
    return Reply{"ok"};
  }
  const baton_terminate terminate{sizeof(baton_terminate), static_cast<std::uint32_t>(why.kind),
                                  to_str(why.text)};
  const SuspectCall call(suspect(), "terminate");
  const baton_status status = functions_.terminate(raw_, &terminate, outcome_.fresh());
  if (status != BATON_OK) {
    return fail(status < 0 ? Errc::crashed : Errc::bad_return, outcome_.reason("terminate", status));
  }
  return outcome_.reply().take();
}

Result<std::optional<State>> PluginInstance::save() {
  if (functions_.save == nullptr) {
    return std::nullopt;
  }
  const SuspectCall call(suspect(), "save");
  std::uint32_t version = 0;
  const baton_status status = functions_.save(raw_, &version, outcome_.fresh());
  if (status == BATON_UNSUPPORTED) {
    return std::nullopt;
  }
  if (status != BATON_OK) {
    return fail(status < 0 ? Errc::crashed : Errc::bad_return, outcome_.reason("save", status));
  }
  if (outcome_.reply().is_cut()) {
    return fail(Errc::bad_return,
                outcome_.bad_return(fmt::format("the state does not fit into {} bytes", Sink::size_max)));
  }
  if (version != state_writes_) {
    return fail(Errc::bad_return,
                outcome_.bad_return(
                    fmt::format("save wrote version {}; the manifest says {}", version, state_writes_)));
  }
  return State{version, outcome_.reply().take().data, {}};
}

}  // namespace baton
