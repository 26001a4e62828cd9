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
};

/// The C table of server class T. Calls are qualified (T::handle_cast), so none of them is virtual.
template <class T>
class ServerAdapter {
  using Common = Adapter<T, Server>;

  static_assert(
      requires {
        &T::handle_cast;
        &T::handle_casts;
      },
      "callbacks must be public");
  static constexpr bool has_handle_casts =
      !std::is_same_v<decltype(&T::handle_casts), decltype(&Server::handle_casts)>;

  static baton_status stop(T& self, baton_outcome& outcome) noexcept {
    write_reason(outcome, ServerAccess::stop_reason(self));
    return BATON_STOP;
  }

  static baton_status handle_one_by_one(baton_instance* instance, const baton_batch* requests,
                                        baton_outcome* outcome) noexcept {
    T& self = Common::self(instance);
    std::size_t handled = 0;
    try {
      for (const Request request : Batch(*requests)) {
        const Next next = self.T::handle_cast(request);
        ++handled;
        if (next != Next::ok) [[unlikely]] {
          outcome->handled = next == Next::stop ? handled : handled - 1;
          return next == Next::stop ? stop(self, *outcome) : bad_return(*outcome, "handle_cast");
        }
      }
      outcome->handled = handled;
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
      const BatchOutcome result = Common::self(instance).T::handle_casts(Batch(*requests));
      const std::size_t count = requests->count;
      const std::size_t handled = result.kind() == BatchOutcome::Kind::all ? count : result.handled();
      const bool is_stop = result.kind() == BatchOutcome::Kind::stop && handled >= 1 && handled <= count;
      const bool is_failure = result.kind() == BatchOutcome::Kind::failed && handled < count;
      if (result.kind() != BatchOutcome::Kind::all && !is_stop && !is_failure) {
        return bad_return(*outcome, "handle_casts");
      }
      outcome->handled = handled;
      write_reason(*outcome, result.reason());
      return is_stop ? BATON_STOP : is_failure ? BATON_ERROR : BATON_OK;
    });
  }

  static baton_status handle_call(baton_instance* instance, const baton_message* request, std::uint64_t from,
                                  baton_outcome* outcome) noexcept {
    return guard(*outcome, [&]() -> baton_status {
      T& self = Common::self(instance);
      Reply reply(*outcome->reply);
      switch (self.T::handle_call(Request(*request), From{from}, reply)) {
        case Next::ok:
          return BATON_OK;
        case Next::no_reply:
          return BATON_NO_REPLY;
        case Next::stop:
          return stop(self, *outcome);
        case Next::unknown_request:
          return BATON_UNSUPPORTED;
        case Next::remove:
          break;
      }
      return bad_return(*outcome, "handle_call");
    });
  }

  static baton_status handle_info(baton_instance* instance, const baton_message* info,
                                  baton_outcome* outcome) noexcept {
    return guard(*outcome, [&]() -> baton_status {
      T& self = Common::self(instance);
      const Next next = self.T::handle_info(Info(*info));
      if (next == Next::ok) {
        return BATON_OK;
      }
      return next == Next::stop ? stop(self, *outcome) : bad_return(*outcome, "handle_info");
    });
  }

 public:
  static constexpr baton_server table{
      .size = sizeof(baton_server),
      .reserved = 0,
      .name = {T::description.name().data(), T::description.name().size()},
      .create = Common::create,
      .destroy = Common::destroy,
      .handle_call = handle_call,
      .handle_casts = has_handle_casts ? handle_batch : handle_one_by_one,
      .handle_info = Common::has_handle_info ? handle_info : nullptr,
      .terminate = Common::has_terminate ? Common::terminate : nullptr,
      .save = Common::has_save ? Common::save : nullptr,
  };
};

}  // namespace baton::inline v1::detail
