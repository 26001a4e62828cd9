// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/detail/adapter.hpp>
#include <baton/server.hpp>

#include <cstddef>
#include <string_view>
#include <type_traits>

namespace baton::inline v1::detail {

struct ServerAccess {
  static std::string_view stop_reason(const Server& server) noexcept { return server.stop_reason_; }

  static Following& following(Server& server) noexcept { return server.following_; }
};

/// The C table of server class T. Calls are qualified (T::handle_cast), so none of them is virtual.
template <class T>
class ServerAdapter {
  using Common = Adapter<T, Server, ServerAccess>;

  static_assert(
      requires {
        &T::handle_cast;
        &T::handle_casts;
        &T::handle_continue;
      },
      "callbacks must be public");
  static constexpr bool has_handle_cast =
      !std::is_same_v<decltype(&T::handle_cast), decltype(&Server::handle_cast)>;
  static constexpr bool has_handle_continue =
      !std::is_same_v<decltype(&T::handle_continue), decltype(&Server::handle_continue)>;
  static constexpr bool has_handle_casts =
      !std::is_same_v<decltype(&T::handle_casts), decltype(&Server::handle_casts)>;

  static baton_status stop(T& self, baton_outcome& outcome) noexcept {
    write_reason(outcome, ServerAccess::stop_reason(self));
    return BATON_STOP;
  }

  static baton_status handle_one_by_one(baton_instance* instance, const baton_batch* requests,
                                        baton_outcome* outcome) noexcept {
    T& self = Common::self(instance);
    Following& following = ServerAccess::following(self);
    std::size_t handled = 0;
    try {
      for (const Request request : Batch(*requests)) {
        following.reset();
        const Next next = self.T::handle_cast(request);
        ++handled;
        if (next != Next::ok) [[unlikely]] {
          outcome->handled = next == Next::stop ? handled : handled - 1;
          return next == Next::stop ? stop(self, *outcome) : bad_return(*outcome, "handle_cast");
        }
        if (following.then == BATON_THEN_CONTINUE) [[unlikely]] {
          break;  // the continue comes before the next cast
        }
      }
      outcome->handled = handled;
      following.hand_over(*outcome);
      return BATON_OK;
    } catch (...) {
      outcome->handled = handled;
      return translate_exception(*outcome);
    }
  }

  static baton_status handle_batch(baton_instance* instance, const baton_batch* requests,
                                   baton_outcome* outcome) noexcept {
    return guard(*outcome, [&]() -> baton_status {
      outcome->handled = 0;
      Following& following = ServerAccess::following(Common::self(instance));
      following.reset();
      const BatchOutcome result = Common::self(instance).T::handle_casts(Batch(*requests));
      const std::size_t count = requests->count;
      const std::size_t handled = result.kind() == BatchOutcome::Kind::all ? count : result.handled();
      const bool is_stop = result.kind() == BatchOutcome::Kind::stop && handled >= 1 && handled <= count;
      const bool is_failure = result.kind() == BatchOutcome::Kind::failed && handled < count;
      const bool is_continue =
          result.kind() == BatchOutcome::Kind::handle_continue && handled >= 1 && handled <= count;
      if (result.kind() != BatchOutcome::Kind::all && !is_stop && !is_failure && !is_continue) {
        return bad_return(*outcome, "handle_casts");
      }
      outcome->handled = handled;
      if (is_continue) {
        following.then = BATON_THEN_CONTINUE;
        following.what = result.reason();
      }
      following.hand_over(*outcome);
      if (is_continue) {
        return BATON_OK;
      }
      write_reason(*outcome, result.reason());
      return is_stop ? BATON_STOP : is_failure ? BATON_ERROR : BATON_OK;
    });
  }

  static baton_status handle_call(baton_instance* instance, const baton_message* request, std::uint64_t from,
                                  baton_outcome* outcome) noexcept {
    return guard(*outcome, [&]() -> baton_status {
      T& self = Common::self(instance);
      ServerAccess::following(self).reset();
      Reply reply(*outcome->reply);
      const Next next = self.T::handle_call(Request(*request), From{from}, reply);
      ServerAccess::following(self).hand_over(*outcome);
      switch (next) {
        case Next::ok:
          return BATON_OK;
        case Next::no_reply:
          return BATON_NO_REPLY;
        case Next::stop:
          return stop(self, *outcome);
        case Next::unknown_request:
          return BATON_UNSUPPORTED;
        case Next::remove:
        case Next::swap:
          break;
      }
      return bad_return(*outcome, "handle_call");
    });
  }

  /// For callbacks without a caller: handle_info and handle_continue.
  template <class Callback>
  static baton_status tell(baton_instance* instance, baton_outcome* outcome, std::string_view name,
                           Callback&& callback) noexcept {
    return guard(*outcome, [&]() -> baton_status {
      T& self = Common::self(instance);
      ServerAccess::following(self).reset();
      const Next next = callback(self);
      if (next == Next::ok) {
        ServerAccess::following(self).hand_over(*outcome);
        return BATON_OK;
      }
      return next == Next::stop ? stop(self, *outcome) : bad_return(*outcome, name);
    });
  }

  static baton_status handle_info(baton_instance* instance, const baton_message* info,
                                  baton_outcome* outcome) noexcept {
    return tell(instance, outcome, "handle_info",
                [info](T& self) { return self.T::handle_info(Info(*info)); });
  }

  static baton_status handle_continue(baton_instance* instance, const baton_message* what,
                                      baton_outcome* outcome) noexcept {
    return tell(instance, outcome, "handle_continue",
                [what](T& self) { return self.T::handle_continue(Continue(*what)); });
  }

  /// Of a server that overrides neither handle_cast nor handle_casts.
  static baton_status no_handle_cast(baton_instance*, const baton_batch*, baton_outcome* outcome) noexcept {
    outcome->handled = 0;
    write_reason(*outcome, "undef: it has no handle_cast");
    return BATON_ERROR;
  }

 public:
  static constexpr baton_server table{
      .size = sizeof(baton_server),
      .reserved = 0,
      .name = {T::description.name().data(), T::description.name().size()},
      .create = Common::create,
      .destroy = Common::destroy,
      .handle_call = handle_call,
      .handle_casts = has_handle_casts  ? handle_batch
                      : has_handle_cast ? handle_one_by_one
                                        : no_handle_cast,
      .handle_info = Common::has_handle_info ? handle_info : nullptr,
      .terminate = Common::has_terminate ? Common::terminate : nullptr,
      .save = Common::has_save ? Common::save : nullptr,
      .handle_continue = has_handle_continue ? handle_continue : nullptr,
      .format_status = Common::has_format_status ? Common::format_status : nullptr,
  };
};

}  // namespace baton::inline v1::detail
