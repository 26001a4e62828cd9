// SPDX-License-Identifier: Apache-2.0
#include "host/embed/embedded_parts.hpp"

#include <algorithm>
#include <iterator>
#include <type_traits>
#include <utility>

namespace baton {
namespace {

static_assert(std::is_same_v<EmbeddedHost::Duration, Duration> && EmbeddedHost::infinity == infinity &&
              EmbeddedHost::default_call_timeout == default_call_timeout);

/// The parts of "manager/id"; without a slash the second is empty.
std::pair<std::string_view, std::string_view> split_target(std::string_view target) {
  const std::size_t slash = target.find('/');
  return slash == std::string_view::npos ? std::pair(target, std::string_view{})
                                         : std::pair(target.substr(0, slash), target.substr(slash + 1));
}

}  // namespace

EmbeddedHost::EmbeddedHost(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

EmbeddedHost::~EmbeddedHost() = default;

Result<std::unique_ptr<EmbeddedHost>> EmbeddedHost::start(const Settings& settings) {
  auto parts = Parts::start(settings);
  if (!parts) {
    return fail(std::move(parts.error()));
  }
  return std::unique_ptr<EmbeddedHost>(new EmbeddedHost(std::move(*parts)));
}

Result<void> EmbeddedHost::link(const baton_plugin& table, std::string_view manifest) {
  return parts_->types().link(table, manifest);
}

// Processes

Result<void> EmbeddedHost::start_manager(const std::string& name, std::vector<Handler> handlers) {
  ChildSpec child;
  child.id = name;
  child.start = [this, name, handlers = std::move(handlers)]() -> Result<StartedChild> {
    auto manager = EventManager::start(parts_->runtime(), name, {});
    if (!manager) {
      return fail(std::move(manager.error()));
    }
    for (const Handler& handler : handlers) {
      auto spec = parts_->types().handler(handler);
      auto added = spec ? (*manager)->add_handler(std::move(*spec)) : Result<HandlerInfo>(fail(spec.error()));
      if (!added) {
        (void)(*manager)->stop(ExitReason::shutdown(), baton::infinity);  // its own error is the one to tell
        return fail(std::move(added.error()));
      }
    }
    return StartedChild(std::move(*manager));
  };
  const auto started = parts_->supervisor().start_child(std::move(child));
  return started ? Result<void>() : fail(started.error());
}

Result<void> EmbeddedHost::start_server(const std::string& name, std::string type, Options options) {
  ChildSpec child;
  child.id = name;
  child.start = [this, name, type = std::move(type), options = std::move(options)]() -> Result<StartedChild> {
    auto spec = parts_->types().server(name, type, options);
    if (!spec) {
      return fail(std::move(spec.error()));
    }
    auto server = ServerProcess::start(parts_->runtime(), std::move(*spec));
    return server ? Result<StartedChild>(StartedChild(std::move(*server))) : fail(std::move(server.error()));
  };
  const auto started = parts_->supervisor().start_child(std::move(child));
  return started ? Result<void>() : fail(started.error());
}

Result<void> EmbeddedHost::stop(const std::string& name) {
  if (auto stopped = parts_->supervisor().terminate_child(name); !stopped) {
    return stopped;
  }
  return parts_->supervisor().delete_child(name);
}

Result<void> EmbeddedHost::add_handler(std::string_view manager, const Handler& handler) {
  const auto found = parts_->manager(manager);
  auto spec = found ? parts_->types().handler(handler) : Result<HandlerSpec>(fail(found.error()));
  if (!spec) {
    return fail(std::move(spec.error()));
  }
  const auto added = (*found)->add_handler(std::move(*spec));
  return added ? Result<void>() : fail(added.error());
}

Result<EmbeddedHost::Reply> EmbeddedHost::delete_handler(std::string_view target, std::string argument) {
  const auto [name, id] = split_target(target);
  const auto manager = parts_->manager(name);
  if (!manager) {
    return fail(manager.error());
  }
  auto deleted = (*manager)->delete_handler(std::string(id), std::move(argument));
  return deleted ? Result<Reply>(parts_->reply(std::move(*deleted))) : fail(std::move(deleted.error()));
}

Result<void> EmbeddedHost::swap(std::string_view target, const std::string& type, Options options) {
  const auto [name, id] = split_target(target);
  Result<SwapReport> swapped = fail(Errc::not_found, "");
  if (id.empty()) {
    const auto server = parts_->server(name);
    auto spec = server ? parts_->types().server(std::string(name), type, options)
                       : Result<ServerSpec>(fail(server.error()));
    swapped = spec ? (*server)->swap(std::move(*spec), {}) : Result<SwapReport>(fail(spec.error()));
  } else {
    const auto manager = parts_->manager(name);
    auto spec = manager ? parts_->types().handler({type, std::move(options), std::string(id)})
                        : Result<HandlerSpec>(fail(manager.error()));
    swapped = spec ? (*manager)->swap_handler({std::string(id), std::move(*spec), SwapMode::safe, {}, {}})
                   : Result<SwapReport>(fail(spec.error()));
  }
  return swapped ? Result<void>() : fail(std::move(swapped.error()));
}

// Messages

Result<std::size_t> EmbeddedHost::notify(std::string_view manager, std::span<const Event> events) {
  const auto found = parts_->manager(manager);
  const auto messages = found ? parts_->messages(events) : Result<std::vector<Message>>(fail(found.error()));
  return messages ? (*found)->notify(*messages) : fail(messages.error());
}

Result<std::vector<EmbeddedHost::Failure>> EmbeddedHost::sync_notify(std::string_view manager,
                                                                     std::span<const Event> events,
                                                                     Duration timeout) {
  const auto found = parts_->manager(manager);
  const auto messages = found ? parts_->messages(events) : Result<std::vector<Message>>(fail(found.error()));
  if (!messages) {
    return fail(messages.error());
  }
  auto outcome = (*found)->sync_notify(*messages, timeout);
  if (!outcome) {
    return fail(std::move(outcome.error()));
  }
  std::vector<Failure> failures;
  for (EventFailure& failure : outcome->failures) {
    failures.push_back({std::move(failure.handler), failure.crashed, std::move(failure.reason)});
  }
  return failures;
}

Result<void> EmbeddedHost::cast(std::string_view server, const Event& request) {
  const auto found = parts_->server(server);
  const auto message = found ? parts_->message(request) : Result<Message>(fail(found.error()));
  if (!message) {
    return fail(message.error());
  }
  const auto sent = (*found)->cast({&*message, 1});
  return sent ? Result<void>() : fail(sent.error());
}

Result<EmbeddedHost::Reply> EmbeddedHost::call(std::string_view target, const Event& request,
                                               Duration timeout) {
  const auto [name, id] = split_target(target);
  const auto message = parts_->message(request);
  if (!message) {
    return fail(message.error());
  }
  Result<baton::Reply> reply = fail(Errc::not_found, "");
  if (id.empty()) {
    const auto server = parts_->server(name);
    reply = server ? (*server)->call(*message, timeout) : Result<baton::Reply>(fail(server.error()));
  } else {
    const auto manager = parts_->manager(name);
    reply = manager ? (*manager)->call(std::string(id), *message, timeout)
                    : Result<baton::Reply>(fail(manager.error()));
  }
  return reply ? Result<Reply>(parts_->reply(std::move(*reply))) : fail(std::move(reply.error()));
}

Result<std::vector<std::string>> EmbeddedHost::which_handlers(std::string_view manager) {
  const auto found = parts_->manager(manager);
  const auto infos =
      found ? (*found)->which_handlers() : Result<std::vector<HandlerInfo>>(fail(found.error()));
  if (!infos) {
    return fail(infos.error());
  }
  std::vector<std::string> ids;
  std::ranges::transform(*infos, std::back_inserter(ids), &HandlerInfo::id);
  return ids;
}

}  // namespace baton
