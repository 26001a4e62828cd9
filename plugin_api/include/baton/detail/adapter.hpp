// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/description.hpp>
#include <baton/detail/views.hpp>
#include <baton/errors.hpp>
#include <baton/init.hpp>
#include <baton/options.hpp>
#include <baton/outcome.hpp>
#include <baton/reply.hpp>
#include <baton/state.hpp>
#include <baton/status_report.hpp>
#include <baton/terminate.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>

/// What handlers and servers have in common between the C table and the author's class. Authors do not
/// need to read it.
namespace baton::inline v1::detail {

/// To be called from a catch block: copies what the exception says into the reason, and forgets it.
inline baton_status translate_exception(baton_outcome& outcome) noexcept {
  try {
    throw;
  } catch (const BadState& error) {
    write_reason(outcome, error.what());
    return BATON_BAD_STATE;
  } catch (const Refused& error) {
    write_reason(outcome, error.what());
    return BATON_REFUSED;  // of handle_call; from any other callback the host takes it as a bad return
  } catch (const Ignore&) {
    return BATON_IGNORE;  // of create; from any other callback the host takes it as a bad return
  } catch (const BadOption& error) {
    write_reason(outcome, error.what());
    return BATON_BAD_OPTIONS;
  } catch (const SinkFull& error) {
    write_reason(outcome, error.what());
    return BATON_NO_MEMORY;
  } catch (const std::bad_alloc&) {
    write_reason(outcome, "out of memory");
    return BATON_NO_MEMORY;
  } catch (const std::exception& error) {
    write_reason(outcome, error.what());
    return BATON_EXCEPTION;
  } catch (...) {
    write_reason(outcome, "an exception that is not a std::exception");
    return BATON_EXCEPTION;
  }
}

template <class Function>
baton_status guard(baton_outcome& outcome, Function&& callback) noexcept {
  try {
    return callback();
  } catch (...) {
    return translate_exception(outcome);
  }
}

/// OTP's bad_return_value.
inline baton_status bad_return(baton_outcome& outcome, std::string_view callback) noexcept {
  write_reason(outcome, "bad return value of ");
  write_reason(outcome, callback);
  return BATON_BAD_RETURN;
}

/// The state of another version would be misread: refused before the author's code sees it.
template <class T>
void check_state_version(const baton_init& init) {
  if (init.state == nullptr) {
    return;
  }
  static constexpr std::size_t count = T::description.state_reads_count();
  std::string readable;
  if constexpr (count > 0) {
    static constexpr auto versions = [] {
      std::array<std::uint32_t, count> reads{};
      for (std::size_t i = 0; i < count; ++i) {
        reads[i] = T::description.state_reads_at(i);
      }
      return reads;
    }();
    for (const std::uint32_t version : versions) {
      if (version == init.state->version) {
        return;
      }
      readable += (readable.empty() ? "" : ", ") + std::to_string(version);
    }
  }
  throw BadState("cannot take over state of version " + std::to_string(init.state->version) + "; " +
                 (readable.empty() ? std::string("it takes over no state") : "it reads " + readable));
}

/// The part of a table that is the same for handlers and servers. `Base` is Handler or Server, `Access` the
/// struct that its private parts are open to.
template <class T, class Base, class Access>
class Adapter {
 public:
  static_assert(std::is_same_v<std::remove_cv_t<decltype(T::description)>, Description>,
                "T needs: static constexpr auto description = baton::describe(\"T\")");
  static_assert(std::is_constructible_v<T, const Init&> || std::is_default_constructible_v<T>,
                "T needs a public constructor from const baton::Init&");
  static_assert(
      requires {
        &T::handle_call;
        &T::handle_info;
        &T::terminate;
        &T::save;
        &T::format_status;
        &T::change_options;
      },
      "callbacks must be public");

  static constexpr bool has_handle_info =
      !std::is_same_v<decltype(&T::handle_info), decltype(&Base::handle_info)>;
  static constexpr bool has_terminate = !std::is_same_v<decltype(&T::terminate), decltype(&Base::terminate)>;
  static constexpr bool has_format_status =
      !std::is_same_v<decltype(&T::format_status), decltype(&Base::format_status)>;
  static constexpr bool has_save = !std::is_same_v<decltype(&T::save), decltype(&Base::save)>;
  static_assert(has_save == (T::description.state_writes() != 0),
                "save() and description.state() belong together: one is missing");

  static constexpr bool has_change_options =
      !std::is_same_v<decltype(&T::change_options), decltype(&Base::change_options)>;
  static_assert(
      has_change_options || !T::description.has_hot_options(),
      "the description has a hot() option, but the class no change_options() that takes new values");
  static_assert(!has_change_options || T::description.has_hot_options(),
                "change_options() is never called: the description has no hot() option");

  static T& self(baton_instance* instance) noexcept { return *reinterpret_cast<T*>(instance); }

  static baton_status create(const baton_host* host, const baton_init* init, baton_instance** instance,
                             baton_outcome* outcome) noexcept {
    return guard(*outcome, [&]() -> baton_status {
      if (host->size < minimum_host || init->size < minimum_init || outcome->size < minimum_outcome) {
        write_reason(*outcome, "the host is older than ABI 1.0");
        return BATON_UNSUPPORTED;
      }
      check_state_version<T>(*init);
      std::unique_ptr<T> made;
      if constexpr (std::is_constructible_v<T, const Init&>) {
        made = std::make_unique<T>(Init(*host, *init, T::description.state_writes()));
      } else {
        made = std::make_unique<T>();
      }
      Access::following(*made).hand_over(*outcome);
      *instance = reinterpret_cast<baton_instance*>(made.release());
      return BATON_OK;
    });
  }

  static void destroy(baton_instance* instance) noexcept { delete &self(instance); }

  static baton_status terminate(baton_instance* instance, const baton_terminate* why,
                                baton_outcome* outcome) noexcept {
    return guard(*outcome, [&]() -> baton_status {
      Reply value(*outcome->reply);
      self(instance).T::terminate(TerminateReason(*why), value);
      return BATON_OK;
    });
  }

  static baton_status save(baton_instance* instance, std::uint32_t* version,
                           baton_outcome* outcome) noexcept {
    return guard(*outcome, [&]() -> baton_status {
      StateWriter out(*outcome->reply);
      const T& saved = self(instance);
      saved.T::save(out);
      out.flush();
      *version = T::description.state_writes();
      return BATON_OK;
    });
  }

  static baton_status change_options(baton_instance* instance, const baton_options* options,
                                     baton_outcome* outcome) noexcept {
    return guard(*outcome, [&]() -> baton_status {
      Access::following(self(instance)).reset();
      self(instance).T::change_options(Options(*options));
      Access::following(self(instance)).hand_over(*outcome);
      return BATON_OK;
    });
  }

  static baton_status format_status(const baton_instance* instance, const baton_report* report,
                                    baton_outcome* outcome) noexcept {
    return guard(*outcome, [&]() -> baton_status {
      StatusReport shown(*report);
      reinterpret_cast<const T*>(instance)->T::format_status(shown);
      return BATON_OK;
    });
  }

 private:
  // Of ABI 1.0, whatever is added later.
  static constexpr std::size_t minimum_host = offsetof(baton_host, extension) + sizeof(void*);
  static constexpr std::size_t minimum_init = offsetof(baton_init, state) + sizeof(void*);
  static constexpr std::size_t minimum_outcome = offsetof(baton_outcome, then_what) + sizeof(void*);
};

}  // namespace baton::inline v1::detail
