// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/detail/plugin_table.hpp>
#include <baton/detail/views.hpp>
#include <baton/testing/fake_host.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The functions of fake_host.hpp, which includes this.
namespace baton::inline v1::testing {

inline Instance::Context::~Context() {
  if (instance == nullptr) {
    return;
  }
  handler != nullptr ? handler->destroy(instance) : server->destroy(instance);
  host->drop_timers_of(*this);
}

inline CallbackResult Instance::notify_all(const std::vector<Outgoing>& events) {
  const FakeHost::Messages messages(*context_->host, events, true);
  return run_callback([&](baton_outcome* outcome) {
    return context_->handler->handle_events(context_->instance, &messages.batch(), outcome);
  });
}

inline CallbackResult Instance::cast_all(const std::vector<Outgoing>& requests) {
  const FakeHost::Messages messages(*context_->host, requests, false);
  return run_callback([&](baton_outcome* outcome) {
    return context_->server->handle_casts(context_->instance, &messages.batch(), outcome);
  });
}

inline CallbackResult Instance::call(const Outgoing& request, std::uint64_t from) {
  const FakeHost::Messages messages(*context_->host, {request}, false);
  return run_callback([&](baton_outcome* outcome) -> baton_status {
    if (context_->server != nullptr) {
      return context_->server->handle_call(context_->instance, &messages.first(), from, outcome);
    }
    if (context_->handler->handle_call == nullptr) {
      return BATON_UNSUPPORTED;
    }
    return context_->handler->handle_call(context_->instance, &messages.first(), outcome);
  });
}

inline CallbackResult Instance::info(const Outgoing& info) {
  return Instance::info(*context_, info);
}

inline CallbackResult Instance::info(Context& context, const Outgoing& info) {
  const auto callback =
      context.handler != nullptr ? context.handler->handle_info : context.server->handle_info;
  const FakeHost::Messages messages(*context.host, {info}, false);
  return run_callback([&](baton_outcome* outcome) -> baton_status {
    return callback == nullptr ? BATON_OK : callback(context.instance, &messages.first(), outcome);
  });
}

inline CallbackResult Instance::handle_continue(std::string_view what) {
  const FakeHost::Messages messages(*context_->host, {Outgoing{what}}, false);
  return run_callback([&](baton_outcome* outcome) -> baton_status {
    if (context_->server == nullptr || context_->server->handle_continue == nullptr) {
      return BATON_UNSUPPORTED;
    }
    return context_->server->handle_continue(context_->instance, &messages.first(), outcome);
  });
}

inline ShownStatus Instance::format_status(std::uint32_t purpose, std::string_view last_message,
                                           std::string_view last_reason) const {
  const auto callback =
      context_->handler != nullptr ? context_->handler->format_status : context_->server->format_status;
  ShownStatus shown{{}, std::string(last_message), std::string(last_reason)};
  if (callback == nullptr) {
    return shown;
  }
  TextSink state(shown.state);
  TextSink message(shown.message);
  TextSink reason(shown.reason);
  const baton_report report{.size = sizeof(baton_report),
                            .purpose = purpose,
                            .last_message = detail::str(last_message),
                            .last_reason = detail::str(last_reason),
                            .state = state.get(),
                            .message = message.get(),
                            .reason = reason.get()};
  const CallbackResult result =
      run_callback([&](baton_outcome* outcome) { return callback(context_->instance, &report, outcome); });
  if (result.status != BATON_OK) {
    throw std::runtime_error(result.reason);
  }
  return shown;
}

inline CallbackResult Instance::terminate(std::uint32_t kind, std::string_view text) {
  const auto callback =
      context_->handler != nullptr ? context_->handler->terminate : context_->server->terminate;
  const baton_terminate why{sizeof(baton_terminate), kind, detail::str(text)};
  return run_callback([&](baton_outcome* outcome) -> baton_status {
    return callback == nullptr ? BATON_OK : callback(context_->instance, &why, outcome);
  });
}

inline std::optional<SavedState> Instance::save() {
  const auto callback = context_->handler != nullptr ? context_->handler->save : context_->server->save;
  if (callback == nullptr) {
    return std::nullopt;
  }
  SavedState state;
  const CallbackResult result = run_callback(
      [&](baton_outcome* outcome) { return callback(context_->instance, &state.version, outcome); });
  if (result.status == BATON_UNSUPPORTED) {
    return std::nullopt;
  }
  if (result.status != BATON_OK) {
    throw std::runtime_error(result.reason);
  }
  state.data = result.reply;
  state.memories = context_->host->locked([&] { return context_->memories.inherited(); });
  return state;
}

inline FakeHost::Messages::Messages(FakeHost& host, const std::vector<Outgoing>& outgoing, bool are_events) {
  attributes_.reserve(outgoing.size());
  messages_.reserve(outgoing.size());
  for (const Outgoing& message : outgoing) {
    attributes_.push_back({sizeof(baton_attributes), detail::str(message.id), detail::str(message.source),
                           detail::str(message.traceparent)});
    const bool has_attributes =
        !message.id.empty() || !message.source.empty() || !message.traceparent.empty();
    const auto atom = static_cast<baton_atom>(host.intern(message.type));
    const std::uint64_t seq = are_events ? host.locked([&] { return ++host.last_number_; }) : 0;
    messages_.push_back({{.type = detail::str(message.type),
                          .data = detail::bytes(message.data),
                          .type_atom = atom,
                          .content_type = static_cast<baton_atom>(message.content_type),
                          .seq = seq,
                          .time_us = are_events ? host.now_us() : 0,
                          .attributes = has_attributes ? &attributes_.back() : nullptr},
                         {0, 0}});
  }
  batch_ = {sizeof(baton_batch), sizeof(WideMessage), &messages_.front().message, messages_.size()};
}

inline Instance FakeHost::create(const PluginFile& file, std::string_view name, OptionSettings settings,
                                 const std::optional<SavedState>& state) {
  const JsonValue manifest = file.manifest();
  const JsonValue& provided = find_provided(manifest, name);
  const baton_plugin& plugin = file.table();
  for (std::size_t i = 0; i < plugin.handler_count; ++i) {
    if (detail::view(plugin.handlers[i]->name) == name) {
      return create(plugin.handlers[i], nullptr, provided, std::move(settings), state);
    }
  }
  for (std::size_t i = 0; i < plugin.server_count; ++i) {
    if (detail::view(plugin.servers[i]->name) == name) {
      return create(nullptr, plugin.servers[i], provided, std::move(settings), state);
    }
  }
  throw std::runtime_error("the manifest offers '" + std::string(name) + "', but the table does not");
}

template <class T>
Instance FakeHost::create(OptionSettings settings, const std::optional<SavedState>& state) {
  static constexpr auto note = detail::PluginTable<PluginName, T>::manifest_note();
  const JsonValue manifest = JsonValue::parse(std::string_view(note.json.data()));
  const JsonValue& provided = find_provided(manifest, T::description.name());
  if constexpr (detail::is_handler<T>) {
    return create(&detail::HandlerAdapter<T>::table, nullptr, provided, std::move(settings), state);
  } else {
    return create(nullptr, &detail::ServerAdapter<T>::table, provided, std::move(settings), state);
  }
}

inline Instance FakeHost::create(const baton_handler* handler, const baton_server* server,
                                 const JsonValue& provided, OptionSettings settings,
                                 const std::optional<SavedState>& state) {
  const CheckedOptions options(provided, settings);
  auto context = std::make_unique<Instance::Context>();
  context->provided = provided;
  context->settings = std::move(settings);
  context->host = this;
  context->number = locked([&] { return ++last_number_; });
  context->table = table_for(*context);
  context->handler = handler;
  context->server = server;

  baton_state old{sizeof(baton_state), 0, {}, {}};
  if (state) {
    old = {sizeof(baton_state), state->version, detail::bytes(state->data), detail::bytes(state->extra)};
    if (!state->is_in_parts) {
      context->memories = state->memories;
    }
  }
  const baton_init init{.size = sizeof(baton_init),
                        .option_stride = sizeof(WideOption),
                        .options = options.raw().empty() ? nullptr : &options.raw().front().option,
                        .option_count = options.raw().size(),
                        .id = detail::str(id),
                        .process = detail::str(process),
                        .instance = context->number,
                        .state = state ? &old : nullptr,
                        .parts_follow = state && state->is_in_parts ? 1U : 0U,
                        .reserved = 0};
  const auto inherited = state ? state->memories.contents() : FakeMemories().contents();
  const auto make = handler != nullptr ? handler->create : server->create;
  baton_instance* instance = nullptr;
  CallbackResult result =
      run_callback([&](baton_outcome* outcome) { return make(&context->table, &init, &instance, outcome); });
  if (state && state->memories.contents() != inherited) {
    if (instance != nullptr) {
      (handler != nullptr ? handler->destroy : server->destroy)(instance);
    }
    throw std::logic_error("create() wrote to the memory that the old instance goes on with when it fails");
  }
  if (result.status != BATON_OK) {
    drop_timers_of(*context);
    throw CreateFailed(result.status, result.reason);
  }
  if (instance == nullptr) {
    throw CreateFailed(BATON_ERROR, "create returned BATON_OK without an instance");
  }
  context->instance = instance;
  context->created = std::move(result);
  return Instance(std::move(context));
}

inline void FakeHost::advance(std::chrono::milliseconds by) {
  const std::int64_t until = now_us() + std::chrono::microseconds(by).count();
  for (;;) {
    const auto fired = locked([&]() -> std::optional<Timer> {
      const auto first = std::min_element(timers_.begin(), timers_.end(), [](const Timer& a, const Timer& b) {
        return std::pair(a.due_us, a.id) < std::pair(b.due_us, b.id);
      });
      if (first == timers_.end() || first->due_us > until) {
        now_us_ = until;
        return std::nullopt;
      }
      now_us_ = std::max(now_us_, first->due_us);
      Timer timer = std::move(*first);
      timers_.erase(first);
      return timer;
    });
    if (!fired) {
      return;
    }
    const Sent& info = fired->info;
    const CallbackResult result = Instance::info(
        *fired->owner, {.type = info.type, .data = info.data, .content_type = info.content_type});
    if (result.status < 0) {
      throw std::runtime_error("handle_info failed: " + result.reason);
    }
  }
}

inline Atom FakeHost::intern(std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (text.empty() || text.size() > 255) {
    return Atom::none;
  }
  const auto found = std::find(atoms_.begin(), atoms_.end(), text);
  if (found != atoms_.end()) {
    return static_cast<Atom>(found - atoms_.begin());
  }
  atoms_.emplace_back(text);
  return static_cast<Atom>(atoms_.size() - 1);
}

inline std::string_view FakeHost::text_of(Atom atom) const {
  const std::lock_guard lock(mutex_);
  const auto index = static_cast<std::size_t>(atom);
  return index < atoms_.size() ? std::string_view(atoms_[index]) : std::string_view();
}

inline Sent FakeHost::copy(Sent::Kind kind, std::string_view to, const baton_message& message) {
  const Message view(message);
  return {.kind = kind,
          .to = std::string(to),
          .type = std::string(view.type()),
          .data = std::string(view.data()),
          .content_type = view.content_type(),
          .id = std::string(view.id()),
          .source = std::string(view.source()),
          .traceparent = std::string(view.traceparent())};
}

inline void FakeHost::drop_timers_of(const Instance::Context& owner) {
  locked([&] { std::erase_if(timers_, [&](const Timer& timer) { return timer.owner == &owner; }); });
}

inline baton_status FakeHost::send(Sent message) {
  const Status answer = on_send ? on_send(message) : Status::ok;
  locked([&] { sent_.push_back(std::move(message)); });
  return static_cast<baton_status>(answer);
}

inline baton_host FakeHost::table_for(Instance::Context& context) {
  return {.size = sizeof(baton_host),
          .abi_minor = BATON_ABI_MINOR,
          .context = reinterpret_cast<baton_host_context*>(&context),
          .log =
              [](baton_host_context* c, std::int32_t level, baton_str text) noexcept {
                FakeHost& host = *of(c).host;
                host.locked([&] { host.logs_.push_back({level, std::string(detail::view(text))}); });
              },
          .intern =
              [](baton_host_context* c, baton_str text) noexcept {
                return static_cast<baton_atom>(of(c).host->intern(detail::view(text)));
              },
          .atom_text =
              [](baton_host_context* c, baton_atom atom) noexcept {
                return detail::str(of(c).host->text_of(static_cast<Atom>(atom)));
              },
          .now_us = [](baton_host_context* c) noexcept { return of(c).host->now_us(); },
          .start_timer = start_timer,
          .cancel_timer = cancel_timer,
          .notify =
              [](baton_host_context* c, baton_str to, const baton_message* event) noexcept {
                return of(c).host->send(copy(Sent::Kind::notify, detail::view(to), *event));
              },
          .cast =
              [](baton_host_context* c, baton_str to, const baton_message* request) noexcept {
                return of(c).host->send(copy(Sent::Kind::cast, detail::view(to), *request));
              },
          .call = call,
          .reply = reply,
          .extension = [](baton_host_context* c, const char* name) noexcept -> const void* {
            const FakeHost& host = *of(c).host;
            return host.on_extension ? host.on_extension(name) : nullptr;
          },
          .memory = memory,
          .free_memory = free_memory};
}

inline baton_status FakeHost::start_timer(baton_host_context* context, std::uint64_t delay_ms,
                                          const baton_message* info, std::uint64_t* timer) noexcept {
  Instance::Context& owner = of(context);
  FakeHost& host = *owner.host;
  return host.locked([&]() -> baton_status {
    const auto pending = std::count_if(host.timers_.begin(), host.timers_.end(),
                                       [&](const Timer& other) { return other.owner == &owner; });
    if (static_cast<std::size_t>(pending) >= max_timers) {
      return BATON_FULL;
    }
    *timer = ++host.last_number_;
    host.timers_.push_back({*timer, host.now_us_ + static_cast<std::int64_t>(delay_ms) * 1000, &owner,
                            copy(Sent::Kind::cast, {}, *info)});
    return BATON_OK;
  });
}

inline baton_status FakeHost::cancel_timer(baton_host_context* context, std::uint64_t timer) noexcept {
  FakeHost& host = *of(context).host;
  return host.locked([&]() -> baton_status {
    const auto erased = std::erase_if(host.timers_, [&](const Timer& other) { return other.id == timer; });
    return erased == 0 ? BATON_NOT_FOUND : BATON_OK;
  });
}

inline baton_status FakeHost::call(baton_host_context* context, baton_str to, const baton_message* request,
                                   std::uint64_t, baton_sink* reply) noexcept {
  FakeHost& host = *of(context).host;
  Sent sent = copy(Sent::Kind::call, detail::view(to), *request);
  const CallResult result = host.on_call ? host.on_call(sent) : CallResult{Status::not_found, "not_found"};
  host.locked([&] { host.sent_.push_back(std::move(sent)); });
  reply->write(reply->context, result.data.data(), result.data.size());
  reply->set_content_type(reply->context, static_cast<baton_atom>(result.content_type));
  return static_cast<baton_status>(result.status);
}

inline baton_status FakeHost::reply(baton_host_context* context, std::uint64_t from,
                                    const baton_message* message) noexcept {
  FakeHost& host = *of(context).host;
  const Message view(*message);
  host.locked([&] { host.replies_.push_back({from, std::string(view.data()), view.content_type()}); });
  return BATON_OK;
}

}  // namespace baton::inline v1::testing
