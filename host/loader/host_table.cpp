// SPDX-License-Identifier: Apache-2.0
#include "host/loader/host_table.hpp"

#include "host/runtime/request.hpp"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

namespace baton {
namespace {

// Every function here is called by foreign code, from any thread, with arguments nobody has checked; and
// nothing may be thrown back.

constexpr std::uint64_t duration_max_ms = std::uint64_t{10} * 365 * 24 * 3600 * 1000;  // fits every clock

Services& services_of(baton_host_context* context) {
  return *reinterpret_cast<Services*>(context);
}

Duration duration_of(std::uint64_t milliseconds) {
  return Duration(static_cast<std::int64_t>(std::min(milliseconds, duration_max_ms)));
}

Duration timeout_of(std::uint64_t milliseconds) {
  return milliseconds >= duration_max_ms ? infinity : duration_of(milliseconds);
}

bool is_valid(baton_str text) {
  return text.data != nullptr || text.size == 0;
}

bool is_valid(const baton_attributes* attributes) {
  return attributes == nullptr || (attributes->size >= sizeof(baton_attributes) && is_valid(attributes->id) &&
                                   is_valid(attributes->source) && is_valid(attributes->traceparent));
}

bool is_valid(const Message* message) {
  return message != nullptr && is_valid(message->type) &&
         (message->data.data != nullptr || message->data.size == 0) && is_valid(message->attributes);
}

/// Plugins may give the type as a text, an atom or both; the host wants both to say the same.
Message completed(Services& services, const Message& message) {
  Message result = message;
  if (message.type.size == 0) {
    result.type = to_str(services.atom_text(message.type_atom));
  } else if (services.atom_text(message.type_atom) != view(message.type)) {
    result.type_atom = services.intern(view(message.type));
  }
  return result;
}

baton_status status_of(Errc code) {
  switch (code) {
    case Errc::not_found:
    case Errc::plugin_not_found:
      return BATON_NOT_FOUND;
    case Errc::timed_out:
      return BATON_TIMED_OUT;
    case Errc::overloaded:
      return BATON_FULL;
    case Errc::calling_self:
      return BATON_CALLING_SELF;
    case Errc::process_ended:
    case Errc::shutting_down:
      return BATON_ENDED;
    case Errc::unknown_request:
    case Errc::not_supported:
      return BATON_UNSUPPORTED;
    case Errc::bad_request:
      return BATON_INVALID;
    default:
      return BATON_ERROR;
  }
}

template <class T>
baton_status status_of(const Result<T>& result) {
  return result ? BATON_OK : status_of(result.error().code);
}

/// `body` with its exceptions turned into a status.
template <class Body>
baton_status guarded(Body body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return BATON_NO_MEMORY;
  } catch (...) {
    return BATON_ERROR;
  }
}

void log(baton_host_context* context, std::int32_t level, baton_str text) noexcept {
  if (!is_valid(text)) {
    return;
  }
  const auto known = std::clamp<std::int32_t>(level, BATON_LOG_DEBUG, BATON_LOG_ERROR);
  // Ignored: a line that cannot be logged has no other place to go.
  static_cast<void>(guarded([&] {
    services_of(context).log(static_cast<LogLevel>(known), view(text));
    return BATON_OK;
  }));
}

baton_atom intern(baton_host_context* context, baton_str text) noexcept {
  Atom atom = BATON_ATOM_NONE;
  static_cast<void>(guarded([&] {
    if (is_valid(text)) {
      atom = services_of(context).intern(view(text));
    }
    return BATON_OK;
  }));
  return atom;
}

baton_str atom_text(baton_host_context* context, baton_atom atom) noexcept {
  return to_str(services_of(context).atom_text(atom));
}

std::int64_t now_us(baton_host_context* context) noexcept {
  return services_of(context).now_us();
}

baton_status start_timer(baton_host_context* context, std::uint64_t delay_ms, const baton_message* info,
                         std::uint64_t* timer) noexcept {
  if (!is_valid(info) || timer == nullptr) {
    return BATON_INVALID;
  }
  return guarded([&] {
    Services& services = services_of(context);
    const auto started = services.start_timer(duration_of(delay_ms), completed(services, *info));
    *timer = started.value_or(0);
    return status_of(started);
  });
}

baton_status cancel_timer(baton_host_context* context, std::uint64_t timer) noexcept {
  return guarded([&] { return status_of(services_of(context).cancel_timer(timer)); });
}

baton_status notify(baton_host_context* context, baton_str to, const baton_message* event) noexcept {
  if (!is_valid(to) || !is_valid(event)) {
    return BATON_INVALID;
  }
  return guarded([&] {
    Services& services = services_of(context);
    return status_of(services.notify(view(to), completed(services, *event)));
  });
}

baton_status cast(baton_host_context* context, baton_str to, const baton_message* request) noexcept {
  if (!is_valid(to) || !is_valid(request)) {
    return BATON_INVALID;
  }
  return guarded([&] {
    Services& services = services_of(context);
    return status_of(services.cast(view(to), completed(services, *request)));
  });
}

/// The reply, or the text of the error with its status.
baton_status write_answer(const Result<Reply>& answer, baton_sink& sink) {
  const std::string& text = answer ? answer->data : answer.error().text;
  if (answer) {
    sink.set_content_type(sink.context, answer->content_type);
  }
  const baton_status written = sink.write(sink.context, text.data(), text.size());
  return answer ? written : status_of(answer.error().code);
}

baton_status call(baton_host_context* context, baton_str to, const baton_message* request,
                  std::uint64_t timeout_ms, baton_sink* reply) noexcept {
  const bool sink_usable = reply != nullptr && reply->size >= sizeof(baton_sink);
  if (!is_valid(to) || !is_valid(request) || !sink_usable) {
    return BATON_INVALID;
  }
  return guarded([&] {
    Services& services = services_of(context);
    return write_answer(services.call(view(to), completed(services, *request), timeout_of(timeout_ms)),
                        *reply);
  });
}

baton_status reply_to(baton_host_context* context, std::uint64_t from, const baton_message* reply) noexcept {
  if (!is_valid(reply)) {
    return BATON_INVALID;
  }
  return guarded([&] {
    Reply answer{std::string(view(reply->data)), reply->content_type};
    if (answer.content_type == BATON_ATOM_NONE) {
      answer.content_type = BATON_TEXT_PLAIN;
    }
    return status_of(services_of(context).reply(from, std::move(answer)));
  });
}

baton_status memory_status(Errc code) {
  return code == Errc::overloaded ? BATON_NO_MEMORY : status_of(code);
}

baton_status memory(baton_host_context* context, baton_str name, std::size_t capacity,
                    baton_memory* memory) noexcept {
  const bool is_usable = memory != nullptr && memory->size >= sizeof(baton_memory);
  if (!is_valid(name) || !is_usable) {
    return BATON_INVALID;
  }
  return guarded([&] {
    const auto given = services_of(context).memory(view(name), capacity);
    if (!given) {
      return memory_status(given.error().code);
    }
    memory->is_inherited = given->is_inherited ? 1 : 0;
    memory->data = given->data;
    memory->capacity = given->capacity;
    return static_cast<baton_status>(BATON_OK);
  });
}

baton_status free_memory(baton_host_context* context, baton_str name) noexcept {
  if (!is_valid(name)) {
    return BATON_INVALID;
  }
  return guarded([&] { return status_of(services_of(context).free_memory(view(name))); });
}

/// This host has none.
const void* extension(baton_host_context*, const char*) noexcept {
  return nullptr;
}

}  // namespace

HostTable::HostTable(Services& services)
    : table_{sizeof(baton_host),
             BATON_ABI_MINOR,
             reinterpret_cast<baton_host_context*>(&services),
             log,
             intern,
             atom_text,
             now_us,
             start_timer,
             cancel_timer,
             notify,
             cast,
             call,
             reply_to,
             extension,
             memory,
             free_memory} {}

}  // namespace baton
