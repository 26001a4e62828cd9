// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/behaviour/handler.hpp"
#include "host/behaviour/server.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

/// The one wall between the behaviours and foreign code. What is thrown ends here: its text is copied
/// and the exception dropped at once, because its type may belong to a library that is about to go. What
/// is returned is checked against its contract here too, so that behind the wall it can be relied upon.
namespace baton {

/// Runs `callback`; an exception becomes `failed(text)`.
template <class F, class OnFailure>
auto behind_wall(F callback, OnFailure failed) -> std::invoke_result_t<F> {
  try {
    return callback();
  } catch (const std::exception& exception) {
    return failed(std::string(exception.what()));
  } catch (...) {
    return failed(std::string("an exception that is not a std::exception"));
  }
}

/// As the functions of Handler, but never throwing and with outcomes that keep their contract.
[[nodiscard]] EventsOutcome guarded_handle_events(Handler& handler, std::span<const Message> events);
[[nodiscard]] CallOutcome guarded_handle_call(Handler& handler, const Message& request);
[[nodiscard]] InfoOutcome guarded_handle_info(Handler& handler, const Message& info);
Result<Reply> guarded_terminate(Handler& handler, const TerminateReason& why);
Result<std::unique_ptr<Handler>> guarded_create(const HandlerFactory& factory, const InstanceInit& init,
                                                Services& services);
/// Errors: as HandlerFactory::sibling, and init_failed.
Result<std::shared_ptr<const HandlerFactory>> guarded_sibling(const HandlerFactory& factory,
                                                              std::string_view other);

/// State in parts; the text of a failure begins with the callback's name.
Result<std::uint32_t> guarded_begin_parts(Handler& handler);
Result<StatePart> guarded_save_part(Handler& handler);
Result<void> guarded_load_part(Handler& handler, const StatePart& part);
void guarded_end_parts(Handler& handler);

/// Handler::change_options and Server::change_options.
[[nodiscard]] OptionsOutcome guarded_change_options(Handler& handler, const Options& options);
[[nodiscard]] OptionsOutcome guarded_change_options(Server& server, const Options& options);

/// As the functions of Server.
[[nodiscard]] ServerOutcome guarded_handle_call(Server& server, const Message& request, std::uint64_t from);
[[nodiscard]] ServerOutcome guarded_handle_casts(Server& server, std::span<const Message> requests);
[[nodiscard]] ServerOutcome guarded_handle_continue(Server& server, const Message& what);
[[nodiscard]] ServerOutcome guarded_handle_info(Server& server, const Message& info);
/// Errors: bad_return.
Result<Then> guarded_after_init(Server& server);
Result<void> guarded_terminate(Server& server, const TerminateReason& why);
Result<std::unique_ptr<Server>> guarded_create(const ServerFactory& factory, const InstanceInit& init,
                                               Services& services);

/// Handler::format_status and Server::format_status. When it fails or throws, the state and the message of
/// `view` are a fixed text, so that nothing it was to redact is seen, and the reason is what it was.
/// OTP's text: "Mod:format_status/1 crashed".
inline constexpr std::string_view format_status_crashed = "format_status crashed";
void guarded_format_status(const Handler& handler, StatusPurpose purpose, StatusView& view);
void guarded_format_status(const Server& server, StatusPurpose purpose, StatusView& view);

/// Handler::save and Server::save.
template <class Instance>
Result<std::optional<State>> guarded_save(Instance& instance) {
  const ActiveCall call("save", instance);
  auto saved = behind_wall(
      [&] { return instance.save(); },
      [](std::string text) -> Result<std::optional<State>> { return fail(Errc::crashed, std::move(text)); });
  if (!saved) {
    saved.error().text.insert(0, "save failed: ");
  }
  return saved;
}

}  // namespace baton
