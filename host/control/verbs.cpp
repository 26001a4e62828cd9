// SPDX-License-Identifier: Apache-2.0
#include "host/control/verbs.hpp"

#include "host/base/log.hpp"
#include "host/base/name.hpp"
#include "host/base/suggest.hpp"
#include "host/control/busy_watch.hpp"
#include "host/runtime/atoms.hpp"
#include "host/runtime/registry.hpp"

#include <algorithm>
#include <utility>

namespace baton {
namespace {

std::string in_ticks(std::string_view text) {
  return "`" + std::string(text) + "`";
}

std::string instance_name(const Process& process) {
  return process.name() + "#" + std::to_string(process.instance());
}

template <class Kind>
std::vector<std::string> names_of(const Registry& registry) {
  std::vector<std::string> names;
  for (const std::shared_ptr<Process>& process : registry.all()) {
    if (dynamic_cast<const Kind*>(process.get()) != nullptr) {
      names.push_back(process->name());
    }
  }
  return names;
}

/// The crash that a handler is missing since.
std::optional<std::uint64_t> missing_since(EventManager& manager, std::string_view id) {
  const auto status = manager.status();
  if (!status) {
    return std::nullopt;
  }
  const auto found = std::find_if(status->missing.begin(), status->missing.end(),
                                  [id](const MissingHandler& missing) { return missing.id == id; });
  return found == status->missing.end() || found->crash == 0 ? std::nullopt : std::optional(found->crash);
}

/// Sends in pieces: few enough that neither other senders nor the receiver wait long for the mailbox.
template <class To>
SendOutcome send_in_pieces(To& to, Result<std::size_t> (To::*send)(std::span<const Message>),
                           std::span<const Message> messages) {
  constexpr std::size_t piece_max = 64;
  SendOutcome outcome;
  while (!messages.empty() && !outcome.error) {
    const auto piece = messages.first(std::min(piece_max, messages.size()));
    messages = messages.subspan(piece.size());
    const auto sent = (to.*send)(piece);
    outcome.accepted += sent ? *sent : sent.error().accepted;
    if (!sent) {
      outcome.error = sent.error();
    }
  }
  return outcome;
}

template <class T>
const Error* error_of(const Result<T>& result) {
  return result ? nullptr : &result.error();
}

}  // namespace

std::string content_type_text(const AtomTable& atoms, Atom content_type) {
  return content_type == BATON_TEXT_PLAIN ? "text/plain; charset=utf-8"
                                          : std::string(atoms.text(content_type));
}

Verbs::Verbs(Parts parts, HostFacts facts, std::function<void()> stop_host)
    : parts_(parts), facts_(std::move(facts)), stop_host_(std::move(stop_host)) {}

Result<Message> Verbs::message(std::string_view type, std::string_view data, std::string_view content_type) {
  const bool is_text = content_type.empty() || content_type.substr(0, content_type.find(';')) == "text/plain";
  Message message{};
  message.type = to_str(type);
  message.data = to_bytes(data);
  message.content_type = is_text ? Atom{BATON_TEXT_PLAIN} : atoms().intern(content_type);
  message = with_atom(message, atoms());
  if (message.type_atom == BATON_ATOM_NONE && !type.empty()) {
    return fail(Errc::bad_request,
                "the type " + in_ticks(type.substr(0, 40)) + " cannot be used; types have at most " +
                    std::to_string(AtomTable::text_size_max) + " bytes, and a host knows at most " +
                    std::to_string(AtomTable::atoms_max) + " different ones");
  }
  return message;
}

Result<std::shared_ptr<EventManager>> Verbs::find_manager(std::string_view name) const {
  const std::shared_ptr<Process> process = parts_.runtime.registry.whereis(name);
  if (auto manager = std::dynamic_pointer_cast<EventManager>(process)) {
    return manager;
  }
  if (dynamic_cast<const ServerProcess*>(process.get()) != nullptr) {
    return fail(Errc::not_found, in_ticks(name) + " is a server; this is for event managers");
  }
  return fail(Errc::not_found, "no event manager is called " + in_ticks(name) +
                                   did_you_mean(name, names_of<EventManager>(parts_.runtime.registry)));
}

Result<std::shared_ptr<ServerProcess>> Verbs::find_server(std::string_view name) const {
  const std::shared_ptr<Process> process = parts_.runtime.registry.whereis(name);
  if (auto server = std::dynamic_pointer_cast<ServerProcess>(process)) {
    return server;
  }
  if (dynamic_cast<const EventManager*>(process.get()) != nullptr) {
    return fail(Errc::not_found, in_ticks(name) + " is an event manager; name one of its handlers: " +
                                     std::string(name) + "/ID");
  }
  return fail(Errc::not_found, "no server is called " + in_ticks(name) +
                                   did_you_mean(name, names_of<ServerProcess>(parts_.runtime.registry)));
}

Error Verbs::unknown_handler(EventManager& manager, std::string_view id) const {
  std::vector<std::string> ids;
  if (const auto handlers = manager.which_handlers()) {
    for (const HandlerInfo& handler : *handlers) {
      ids.push_back(handler.id);
    }
  }
  std::string text = "event manager " + in_ticks(manager.name()) + " has no handler " + in_ticks(id);
  if (const auto crash = missing_since(manager, id)) {
    return Error{Errc::not_found,
                 text + "; it crashed: `crash show " + std::to_string(*crash) + "` says why"};
  }
  return Error{Errc::not_found, text + handlers_there_are(id, ids)};
}

SendOutcome Verbs::notify(std::string_view manager, std::span<const Message> events) {
  const auto found = find_manager(manager);
  return found ? send_in_pieces(**found, &EventManager::notify, events) : SendOutcome{0, found.error()};
}

Result<NotifyOutcome> Verbs::sync_notify(std::string_view manager, std::span<const Message> events,
                                         Duration timeout) {
  const auto found = find_manager(manager);
  return found ? (*found)->sync_notify(events, timeout) : fail(found.error());
}

SendOutcome Verbs::ack_notify(std::string_view manager, std::span<const Message> events, Duration timeout) {
  const auto found = find_manager(manager);
  if (!found) {
    return {0, found.error()};
  }
  SendOutcome outcome;
  for (const Message& event : events) {
    const auto sent = (*found)->ack_notify(event, timeout);
    if (!sent) {
      outcome.error = sent.error();
      break;
    }
    ++outcome.accepted;
  }
  return outcome;
}

SendOutcome Verbs::cast(std::string_view server, std::span<const Message> requests) {
  const auto found = find_server(server);
  if (!found) {
    return {0, find_manager(server) ? no_casts(server) : found.error()};
  }
  return send_in_pieces(**found, &ServerProcess::cast, requests);
}

Result<Reply> Verbs::call(std::string_view target, const Message& request, Duration timeout) {
  const std::size_t slash = target.find('/');
  if (slash != std::string_view::npos) {
    return call_handler(target.substr(0, slash), target.substr(slash + 1), request, timeout);
  }
  const auto server = find_server(target);
  auto reply = server ? (*server)->call(request, timeout) : fail(server.error());
  return reply ? std::move(reply) : fail(with_known_requests(reply.error(), target, OfferKind::server));
}

Result<Reply> Verbs::call_handler(std::string_view manager, std::string_view id, const Message& request,
                                  Duration timeout) {
  const auto found = find_manager(manager);
  if (!found) {
    return fail(found.error());
  }
  auto reply = (*found)->call(std::string(id), request, timeout);
  if (!reply && reply.error().code == Errc::not_found) {
    return fail(unknown_handler(**found, id));
  }
  return reply ? std::move(reply)
               : fail(with_known_requests(reply.error(), handler_target(manager, id), OfferKind::handler));
}

Result<std::vector<HandlerInfo>> Verbs::which(std::string_view manager, Duration timeout) {
  const auto found = find_manager(manager);
  return found ? (*found)->which_handlers(timeout) : fail(found.error());
}

Result<HandlerInfo> Verbs::add(const Caller& caller, std::string_view manager, const HandlerOrder& order,
                               Duration timeout) {
  // As a config asks for: what cannot be an id there could never be saved.
  const auto can_be = order.id.empty() ? Result<void>() : check_name(order.id, "an id");
  const auto found = can_be ? find_running_manager(manager) : fail(can_be.error());
  auto added = found ? parts_.deployment.add_handler(**found, order, timeout)
                     : Result<HandlerInfo>(fail(found.error()));
  const std::string& id = added ? added->id : order.id.empty() ? order.recipe.type : order.id;
  log_change(caller, "add", handler_target(manager, id), error_of(added));
  return added;
}

Result<Reply> Verbs::remove(const Caller& caller, std::string_view manager, std::string_view id,
                            std::string argument, Duration timeout) {
  const std::string target = handler_target(manager, id);
  const auto found = find_running_manager(manager);
  auto removed = found ? (*found)->delete_handler(std::string(id), std::move(argument), timeout)
                       : Result<Reply>(fail(found.error()));
  if (found && !removed && removed.error().code == Errc::not_found) {
    removed = fail(unknown_handler(**found, id));
  }
  if (removed) {
    parts_.deployment.forget(target);
  }
  log_change(caller, "remove", target, error_of(removed));
  return removed;
}

Result<std::string> Verbs::start(const Caller& caller, const std::string& name, const Recipe& recipe,
                                 Duration timeout) {
  auto started = start_process(name, recipe, timeout);
  log_change(caller, "start", name, error_of(started));
  return started;
}

Result<std::string> Verbs::start_process(const std::string& name, const Recipe& recipe, Duration timeout) {
  if (auto can_be = check_name(name, "the name of a server or manager"); !can_be) {
    return fail(std::move(can_be.error()));
  }
  if (const std::string running_now = running(name); !running_now.empty()) {
    return fail(Errc::already_started, "a process called " + in_ticks(name) + " is running: " + running_now);
  }
  const bool is_server = !recipe.type.empty() || !recipe.file.empty();
  const std::shared_ptr<Supervisor> supervisor = supervisor_of(name, timeout);
  if (auto can_start = check_running(*supervisor); !can_start) {
    return fail(can_start.error());
  }
  if (!is_server) {
    const auto again = supervisor->restart_child(name, timeout);
    if (again) {
      return name + "#" + std::to_string(again->instance);
    }
    if (again.error().code != Errc::not_found) {
      return fail(again.error());
    }
  } else {
    // What was stopped under that name is replaced. Not known: nothing to forget.
    (void)supervisor->delete_child(name, timeout);
  }
  const auto child =
      supervisor->start_child(is_server ? parts_.deployment.server_child({name, recipe, {}, {}})
                                        : parts_.deployment.manager_child({name, {}, {}}),
                              timeout);
  if (child && child->instance == 0) {
    const auto left_out = parts_.deployment.left_out();
    if (const auto found = left_out.find(name); found != left_out.end()) {
      return fail(found->second.error);
    }
    return fail(Errc::ignored, in_ticks(name) + " decided not to start");
  }
  return child ? Result<std::string>(name + "#" + std::to_string(child->instance)) : fail(child.error());
}

std::shared_ptr<Supervisor> Verbs::supervisor_of(const std::string& child, Duration timeout) {
  for (const std::shared_ptr<Process>& process : parts_.runtime.registry.all()) {
    auto supervisor = std::dynamic_pointer_cast<Supervisor>(process);
    // A suspended one does not answer; what it has cannot be started or stopped anyway.
    const Duration limit = std::min(timeout, Patience::Limits{}.begin);
    if (supervisor && !supervisor->is_suspended() && supervisor->get_childspec(child, limit)) {
      return supervisor;
    }
  }
  return std::static_pointer_cast<Supervisor>(parts_.supervisor.shared_from_this());
}

Result<void> Verbs::stop(const Caller& caller, const std::string& name, Duration timeout) {
  const std::shared_ptr<Supervisor> supervisor = supervisor_of(name, timeout);
  Result<void> stopped = check_running(*supervisor);
  if (stopped) {
    stopped = supervisor->terminate_child(name, timeout);
  }
  if (!stopped && stopped.error().code == Errc::not_found) {
    std::vector<std::string> names = names_of<EventManager>(parts_.runtime.registry);
    for (std::string& server : names_of<ServerProcess>(parts_.runtime.registry)) {
      names.push_back(std::move(server));
    }
    stopped =
        fail(Errc::not_found, "nothing that runs is called " + in_ticks(name) + did_you_mean(name, names));
  }
  log_change(caller, "stop", name, error_of(stopped));
  return stopped;
}

std::vector<ActivityNow> Verbs::stop_host(const Caller& caller) {
  log_change(caller, "stop_host", facts_.name, nullptr);
  auto running = long_activities(parts_.runtime.registry, parts_.runtime.clock, parts_.runtime.atoms);
  stop_host_();
  return running;
}

Result<std::vector<QuarantineEntry>> Verbs::clear_quarantine(const Caller& caller, std::string_view which) {
  Quarantine& quarantine = parts_.catalog.quarantine();
  auto cleared =
      which.empty() ? Result<std::vector<QuarantineEntry>>(quarantine.clear_all()) : quarantine.clear(which);
  log_change(caller, "quarantine_clear", which.empty() ? "all" : which, error_of(cleared));
  return cleared;
}

bool Verbs::runs_from_own_file(const std::string& target) const {
  const auto recipe = parts_.deployment.recipe_of(target);
  return !recipe || !recipe->file.empty();
}

std::string Verbs::running(std::string_view name) const {
  const std::shared_ptr<Process> process = parts_.runtime.registry.whereis(name);
  return process == nullptr || process->has_ended() ? std::string() : instance_name(*process);
}

void Verbs::log_change(const Caller& caller, std::string_view verb, std::string_view target,
                       const Error* error) const {
  const std::string uid = std::to_string(caller.uid);
  const std::string pid = std::to_string(caller.pid);
  const std::string_view result = error == nullptr ? "ok" : errc_name(error->code);
  const std::string_view text = error == nullptr ? std::string_view() : std::string_view(error->text);
  const LogLevel level = error == nullptr ? LogLevel::info : LogLevel::error;
  if (error == nullptr) {
    parts_.runtime.log.write(
        level, "verb", {{"verb", verb}, {"target", target}, {"uid", uid}, {"pid", pid}, {"result", result}});
    return;
  }
  parts_.runtime.log.write(
      level, "verb",
      {{"verb", verb}, {"target", target}, {"uid", uid}, {"pid", pid}, {"result", result}, {"text", text}});
}

}  // namespace baton
