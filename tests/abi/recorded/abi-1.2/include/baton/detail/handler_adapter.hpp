// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/detail/adapter.hpp>
#include <baton/handler.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace baton::inline v1::detail {

struct HandlerAccess {
  static Following& following(Handler& handler) noexcept { return handler.following_; }
};

/// The C table of handler class T. Calls are qualified (T::handle_event), so none of them is virtual.
template <class T>
class HandlerAdapter {
  using Common = Adapter<T, Handler, HandlerAccess>;

  static_assert(
      requires {
        &T::handle_event;
        &T::handle_events;
      },
      "callbacks must be public");
  static constexpr bool has_handle_event =
      !std::is_same_v<decltype(&T::handle_event), decltype(&Handler::handle_event)>;
  static constexpr bool has_handle_events =
      !std::is_same_v<decltype(&T::handle_events), decltype(&Handler::handle_events)>;
  static constexpr bool has_handle_call =
      !std::is_same_v<decltype(&T::handle_call), decltype(&Handler::handle_call)>;
  static_assert(has_handle_event || has_handle_events, "a handler overrides handle_event or handle_events");
  static_assert(
      requires {
        &T::begin_parts;
        &T::save_part;
        &T::end_parts;
        &T::load_part;
      },
      "callbacks must be public");
  static constexpr bool has_save_part =
      !std::is_same_v<decltype(&T::save_part), decltype(&Handler::save_part)>;
  static constexpr bool has_load_part =
      !std::is_same_v<decltype(&T::load_part), decltype(&Handler::load_part)>;
  static_assert(!std::is_same_v<decltype(&T::begin_parts), decltype(&Handler::begin_parts)> ==
                        has_save_part &&
                    !std::is_same_v<decltype(&T::end_parts), decltype(&Handler::end_parts)> == has_save_part,
                "begin_parts(), save_part() and end_parts() belong together: one is missing");
  static_assert(!has_save_part || Common::has_save,
                "who writes its state in parts writes it whole, too: save() is missing");
  static_assert(!has_load_part || T::description.state_reads_count() > 0,
                "load_part() without description.state(): which versions does it read?");

  /// What is not Next::ok: remove, a swap, or what handlers must not return.
  static baton_status leaving(Next next, const Following& following, baton_outcome& outcome,
                              std::string_view callback) {
    if (next == Next::swap && !following.what.empty()) {
      write(*outcome.then_what, following.what);
      write_reason(outcome, following.argument);
      return BATON_SWAP;
    }
    return next == Next::remove ? BATON_REMOVE : bad_return(outcome, callback);
  }

  static baton_status handle_one_by_one(baton_instance* instance, const baton_batch* events,
                                        baton_outcome* outcome) noexcept {
    T& self = Common::self(instance);
    Following& following = HandlerAccess::following(self);
    std::size_t handled = 0;
    try {
      for (const Event event : Batch(*events)) {
        following.reset();
        const Next next = self.T::handle_event(event);
        ++handled;
        if (next != Next::ok) [[unlikely]] {
          const baton_status status = leaving(next, following, *outcome, "handle_event");
          outcome->handled = status > 0 ? handled : handled - 1;
          return status;
        }
      }
      outcome->handled = handled;
      following.hand_over(*outcome);
      return BATON_OK;
    } catch (const Refused& refused) {
      outcome->handled = handled;
      outcome->refused = 1;
      write_reason(*outcome, refused.what());
      return BATON_REFUSED;
    } catch (...) {
      outcome->handled = handled;
      return translate_exception(*outcome);
    }
  }

  static baton_status handle_batch(baton_instance* instance, const baton_batch* events,
                                   baton_outcome* outcome) noexcept {
    try {
      T& self = Common::self(instance);
      HandlerAccess::following(self).reset();
      const BatchOutcome result = self.T::handle_events(Batch(*events));
      if (result.kind() == BatchOutcome::Kind::all) {
        HandlerAccess::following(self).hand_over(*outcome);
      }
      return finish_batch(result, events->count, *outcome);
    } catch (const Refused& refused) {
      outcome->handled = 0;
      outcome->refused = events->count;
      write_reason(*outcome, refused.what());
      return BATON_REFUSED;
    } catch (...) {
      outcome->handled = 0;
      return translate_exception(*outcome);
    }
  }

  static baton_status finish_batch(const BatchOutcome& result, std::size_t count, baton_outcome& outcome) {
    outcome.handled = result.kind() == BatchOutcome::Kind::all ? count : result.handled();
    switch (result.kind()) {
      case BatchOutcome::Kind::all:
        return BATON_OK;
      case BatchOutcome::Kind::remove:
        if (result.handled() >= 1 && result.handled() <= count) {
          return BATON_REMOVE;
        }
        break;
      case BatchOutcome::Kind::swap:
        if (result.handled() >= 1 && result.handled() <= count && !result.reason().empty()) {
          write(*outcome.then_what, result.reason());
          write_reason(outcome, result.argument());
          return BATON_SWAP;
        }
        break;
      case BatchOutcome::Kind::refused:
        if (result.refused() >= 1 && result.handled() <= count &&
            result.refused() <= count - result.handled()) {
          outcome.refused = result.refused();
          write_reason(outcome, result.reason());
          return BATON_REFUSED;
        }
        break;
      case BatchOutcome::Kind::failed:
        if (result.handled() < count) {
          write_reason(outcome, result.reason());
          return BATON_ERROR;
        }
        break;
      case BatchOutcome::Kind::stop:
      case BatchOutcome::Kind::handle_continue:
        break;
    }
    outcome.handled = 0;
    return bad_return(outcome, "handle_events");
  }

  static baton_status handle_call(baton_instance* instance, const baton_message* request,
                                  baton_outcome* outcome) noexcept {
    return guard(*outcome, [&]() -> baton_status {
      T& self = Common::self(instance);
      Following& following = HandlerAccess::following(self);
      following.reset();
      Reply reply(*outcome->reply);
      const Next next = self.T::handle_call(Request(*request), reply);
      if (next == Next::ok || next == Next::unknown_request) {
        following.hand_over(*outcome);
        return next == Next::ok ? BATON_OK : BATON_UNSUPPORTED;
      }
      return leaving(next, following, *outcome, "handle_call");
    });
  }

  static baton_status handle_info(baton_instance* instance, const baton_message* info,
                                  baton_outcome* outcome) noexcept {
    return guard(*outcome, [&]() -> baton_status {
      T& self = Common::self(instance);
      Following& following = HandlerAccess::following(self);
      following.reset();
      const Next next = self.T::handle_info(Info(*info));
      if (next == Next::ok) {
        following.hand_over(*outcome);
        return BATON_OK;
      }
      return leaving(next, following, *outcome, "handle_info");
    });
  }

  static baton_status begin_parts(baton_instance* instance, std::uint32_t* version,
                                  baton_outcome* outcome) noexcept {
    return guard(*outcome, [&]() -> baton_status {
      Common::self(instance).T::begin_parts();
      *version = T::description.state_writes();
      return BATON_OK;
    });
  }

  static baton_status save_part(baton_instance* instance, std::uint64_t* left,
                                baton_outcome* outcome) noexcept {
    return guard(*outcome, [&]() -> baton_status {
      StateWriter out(*outcome->reply);
      *left = Common::self(instance).T::save_part(out);
      out.flush();
      return BATON_OK;
    });
  }

  static void end_parts(baton_instance* instance) noexcept { Common::self(instance).T::end_parts(); }

  static baton_status load_part(baton_instance* instance, const baton_part* part,
                                baton_outcome* outcome) noexcept {
    return guard(*outcome, [&]() -> baton_status {
      Common::self(instance).T::load_part({part->version, view(part->data), part->is_last != 0});
      return BATON_OK;
    });
  }

 public:
  static constexpr baton_handler table{
      .size = sizeof(baton_handler),
      .reserved = 0,
      .name = {T::description.name().data(), T::description.name().size()},
      .create = Common::create,
      .destroy = Common::destroy,
      .handle_events = has_handle_events ? handle_batch : handle_one_by_one,
      .handle_call = has_handle_call ? handle_call : nullptr,
      .handle_info = Common::has_handle_info ? handle_info : nullptr,
      .terminate = Common::has_terminate ? Common::terminate : nullptr,
      .save = Common::has_save ? Common::save : nullptr,
      .format_status = Common::has_format_status ? Common::format_status : nullptr,
      .begin_parts = has_save_part ? begin_parts : nullptr,
      .save_part = has_save_part ? save_part : nullptr,
      .end_parts = has_save_part ? end_parts : nullptr,
      .load_part = has_load_part ? load_part : nullptr,
      .change_options = Common::has_change_options ? Common::change_options : nullptr,
  };
};

}  // namespace baton::inline v1::detail
