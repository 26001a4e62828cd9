// SPDX-License-Identifier: Apache-2.0
#include "host/embed/embedded_parts.hpp"

#include "host/base/suggest.hpp"

#include <cstdlib>
#include <system_error>
#include <utility>

namespace baton {
namespace {

template <class Kind>
Result<std::shared_ptr<Kind>> find(const Registry& registry, std::string_view name, std::string_view what) {
  if (auto process = std::dynamic_pointer_cast<Kind>(registry.whereis(name))) {
    return process;
  }
  std::vector<std::string> names;
  for (const auto& other : registry.all()) {
    if (dynamic_cast<const Kind*>(other.get()) != nullptr) {
      names.push_back(other->name());
    }
  }
  return fail(Errc::not_found, "no " + std::string(what) + " is called `" + std::string(name) + "`" +
                                   did_you_mean(name, names));
}

}  // namespace

RuntimeFolder::RuntimeFolder(std::filesystem::path named)
    : path_(std::move(named)), is_temporary_(path_.empty()) {
  if (is_temporary_) {
    std::error_code ignored;  // the next step finds out
    std::string made = (std::filesystem::temp_directory_path(ignored) / "baton-embedded-XXXXXX").string();
    path_ = mkdtemp(made.data()) == nullptr ? std::string() : made;
  }
}

RuntimeFolder::~RuntimeFolder() {
  if (is_temporary_ && !path_.empty()) {
    std::error_code ignored;  // it is in the temporary directory: somebody else will clean up
    std::filesystem::remove_all(path_, ignored);
  }
}

EmbeddedHost::Parts::Parts(const Settings& settings)
    : own_log_(settings.log == nullptr ? make_stderr_log(LogLevel::warning) : nullptr),
      log_(settings.log == nullptr ? *own_log_ : *settings.log),
      folder_(settings.runtime_dir),
      quarantine_(clock_, log_),
      scheduler_(settings.workers, &log_),
      timers_(clock_),
      runtime_{clock_, log_, scheduler_, timers_, registry_, atoms_},
      gave_up_(std::make_shared<GaveUp>()) {
  gave_up_->tell = settings.gave_up;
}

EmbeddedHost::Parts::~Parts() {
  gave_up_->is_stopping = true;
  if (supervisor_ && !supervisor_->has_ended()) {
    (void)supervisor_->stop(ExitReason::shutdown(), baton::infinity);  // each child has its own limit
  }
}

Result<std::unique_ptr<EmbeddedHost::Parts>> EmbeddedHost::Parts::start(const Settings& settings) {
  std::unique_ptr<Parts> parts;
  try {
    parts = std::make_unique<Parts>(settings);
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::resource_unavailable_try_again) {
      throw;
    }
    return fail(Errc::io_failed, std::string("no more threads: ") + error.what());
  }
  if (auto opened = parts->open_libraries(settings); !opened) {
    return fail(std::move(opened.error()));
  }
  if (auto started = parts->start_supervisor(settings); !started) {
    return fail(std::move(started.error()));
  }
  return parts;
}

/// No trial in a process of its own: the program that it would be is not ours.
Result<void> EmbeddedHost::Parts::open_libraries(const Settings& settings) {
  if (folder_.path().empty()) {
    return fail(Errc::io_failed, "cannot make a temporary folder; set runtime_dir");
  }
  auto libraries = LibraryStore::open(folder_.path(), log_);
  if (!libraries) {
    return fail(std::move(libraries.error()));
  }
  libraries_ = std::move(*libraries);
  catalog_ = std::make_unique<Catalog>(settings.plugin_directories, log_, *libraries_, quarantine_);
  types_ = std::make_unique<KnownTypes>(*catalog_);
  return {};
}

Result<void> EmbeddedHost::Parts::start_supervisor(const Settings& settings) {
  SupervisorOptions options;
  options.max_restarts = settings.max_restarts;
  options.within = settings.within;
  auto supervisor = Supervisor::start(runtime_, "root", options, {});
  if (!supervisor) {
    return fail(std::move(supervisor.error()));
  }
  supervisor_ = std::move(*supervisor);
  supervisor_->monitor([gave_up = gave_up_](const ExitReason&) {
    if (!gave_up->is_stopping && gave_up->tell) {
      gave_up->tell();
    }
  });
  return {};
}

Result<std::shared_ptr<EventManager>> EmbeddedHost::Parts::manager(std::string_view name) const {
  return find<EventManager>(registry_, name, "event manager");
}

Result<std::shared_ptr<ServerProcess>> EmbeddedHost::Parts::server(std::string_view name) const {
  return find<ServerProcess>(registry_, name, "server");
}

Result<Message> EmbeddedHost::Parts::message(const Event& event) {
  Message message{};
  message.type = to_str(event.type);
  message.data = to_bytes(event.data);
  message.content_type = atoms_.intern(event.content_type);
  message = with_atom(message, atoms_);
  if (message.type_atom == BATON_ATOM_NONE) {
    return fail(Errc::bad_request, "the type `" + std::string(event.type.substr(0, 40)) +
                                       "` cannot be used; types have 1 to 255 bytes");
  }
  return message;
}

Result<std::vector<Message>> EmbeddedHost::Parts::messages(std::span<const Event> events) {
  std::vector<Message> messages;
  messages.reserve(events.size());
  for (const Event& event : events) {
    auto made = message(event);
    if (!made) {
      return fail(std::move(made.error()));
    }
    messages.push_back(*made);
  }
  return messages;
}

EmbeddedHost::Reply EmbeddedHost::Parts::reply(baton::Reply reply) const {
  return {std::move(reply.data), std::string(atoms_.text(reply.content_type))};
}

}  // namespace baton
