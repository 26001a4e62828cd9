// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/crash_report.hpp"

#include "host/base/utf8.hpp"
#include "host/behaviour/handler_wall.hpp"

#include <fmt/format.h>

#include <utility>

namespace baton {
namespace {

constexpr std::size_t text_shown_max = 4096;  // of a state, a message or a reason
constexpr std::string_view nothing = "-";

/// At most `size_max` bytes and how many there were, not cut within a UTF-8 character.
std::string shortened(std::string_view text, std::size_t size_max) {
  return text.size() <= size_max ? std::string(text)
                                 : fmt::format("{}... ({} bytes)", beginning_of(text, size_max), text.size());
}

std::string_view or_nothing(std::string_view text) {
  return text.empty() ? nothing : text;
}

template <class Instance>
StatusView shown_of(const Crash& crash, const Instance* instance) {
  StatusView view{{}, crash.last_message, std::string(crash.reason)};
  if (instance != nullptr) {
    guarded_format_status(*instance, StatusPurpose::terminate, view);
  }
  for (std::string* text : {&view.state, &view.message, &view.reason}) {
    *text = baton::shortened(*text);
  }
  return view;
}

}  // namespace

std::string shortened(std::string_view text) {
  return shortened(text, text_shown_max);
}

std::string describe_message(const Message& message) {
  std::string text(view(message.type));
  if (message.data.size > 0) {
    const bool is_readable =
        message.content_type == BATON_TEXT_PLAIN || message.content_type == BATON_APPLICATION_JSON;
    text += is_readable ? fmt::format(" \"{}\"", shortened(view(message.data), crash_data_shown_max))
                        : fmt::format(" <{} bytes>", message.data.size);
  }
  return message.seq > 0 ? fmt::format("{} seq={}", text, message.seq) : text;
}

StatusView report_crash(Log& log, const Crash& crash, const Handler* instance) {
  StatusView view = shown_of(crash, instance);
  log.error("handler_crashed", {{"manager", crash.process},
                                {"id", crash.handler},
                                {"label", or_nothing(crash.label)},
                                {"type", crash.type.name},
                                {"version", crash.type.version},
                                {"instance", std::to_string(crash.instance)},
                                {"callback", crash.callback},
                                {"last_message", or_nothing(view.message)},
                                {"state", or_nothing(view.state)},
                                {"reason", or_nothing(view.reason)},
                                {"action", crash.action}});
  return view;
}

void report_crash(Log& log, const Crash& crash, const Server* instance) {
  const StatusView view = shown_of(crash, instance);
  log.error("server_crashed", {{"server", crash.process},
                               {"label", or_nothing(crash.label)},
                               {"type", crash.type.name},
                               {"version", crash.type.version},
                               {"instance", std::to_string(crash.instance)},
                               {"callback", crash.callback},
                               {"client", or_nothing(crash.client)},
                               {"last_message", or_nothing(view.message)},
                               {"state", or_nothing(view.state)},
                               {"reason", or_nothing(view.reason)}});
}

}  // namespace baton
