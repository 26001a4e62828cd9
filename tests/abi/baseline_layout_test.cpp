// SPDX-License-Identifier: Apache-2.0
// Every struct and every number of the boundary as it was, against what it is: what an old plugin reads and
// writes is still where it was. Nothing is removed from these lists; what is new since is in
// tests/plugin_api/abi_layout_test.cpp.
#include <catch2/catch.hpp>

#include <cstddef>
#include <cstdint>

namespace baseline {
#include "tests/abi/baseline/include/baton/abi.h"
constexpr unsigned abi_major = BATON_ABI_MAJOR;
constexpr unsigned abi_minor = BATON_ABI_MINOR;
constexpr char entry_symbol[] = BATON_ENTRY_SYMBOL;
constexpr char note_owner[] = BATON_NOTE_OWNER;
constexpr unsigned note_type = BATON_NOTE_TYPE;
}  // namespace baseline

#undef BATON_ABI_H
#undef BATON_NOEXCEPT
#undef BATON_ABI_MAJOR
#undef BATON_ABI_MINOR
#undef BATON_EXPORT
#undef BATON_ENTRY_SYMBOL
#undef BATON_NOTE_OWNER
#undef BATON_NOTE_TYPE
#undef BATON_NOTE_PAD
#undef BATON_NOTE_ATTRIBUTES
#undef BATON_MANIFEST
#include "plugin_api/include/baton/abi.h"

#include <string_view>

#define GROWS(STRUCT) static_assert(sizeof(::STRUCT) >= sizeof(baseline::STRUCT), #STRUCT " has shrunk")
// Has no size of its own and lies in others: it must not even grow.
#define STAYS(STRUCT) static_assert(sizeof(::STRUCT) == sizeof(baseline::STRUCT), #STRUCT " has changed")
#define KEEPS(STRUCT, MEMBER)                                                       \
  static_assert(offsetof(::STRUCT, MEMBER) == offsetof(baseline::STRUCT, MEMBER) && \
                    sizeof(::STRUCT::MEMBER) == sizeof(baseline::STRUCT::MEMBER),   \
                #STRUCT "." #MEMBER " is not what it was")
#define SAME(NAME) \
  static_assert(static_cast<int>(::NAME) == static_cast<int>(baseline::NAME), #NAME " is another number")

STAYS(baton_str);
KEEPS(baton_str, data);
KEEPS(baton_str, size);

STAYS(baton_bytes);
KEEPS(baton_bytes, data);
KEEPS(baton_bytes, size);

GROWS(baton_attributes);
KEEPS(baton_attributes, size);
KEEPS(baton_attributes, id);
KEEPS(baton_attributes, source);
KEEPS(baton_attributes, traceparent);

GROWS(baton_message);
KEEPS(baton_message, type);
KEEPS(baton_message, data);
KEEPS(baton_message, type_atom);
KEEPS(baton_message, content_type);
KEEPS(baton_message, seq);
KEEPS(baton_message, time_us);
KEEPS(baton_message, attributes);

GROWS(baton_batch);
KEEPS(baton_batch, size);
KEEPS(baton_batch, stride);
KEEPS(baton_batch, first);
KEEPS(baton_batch, count);

GROWS(baton_sink);
KEEPS(baton_sink, size);
KEEPS(baton_sink, context);
KEEPS(baton_sink, write);
KEEPS(baton_sink, set_content_type);

GROWS(baton_outcome);
KEEPS(baton_outcome, size);
KEEPS(baton_outcome, reply);
KEEPS(baton_outcome, reason);
KEEPS(baton_outcome, handled);
KEEPS(baton_outcome, refused);
KEEPS(baton_outcome, then);
KEEPS(baton_outcome, reserved);
KEEPS(baton_outcome, then_ms);
KEEPS(baton_outcome, then_what);

GROWS(baton_option);
KEEPS(baton_option, name);
KEEPS(baton_option, type);
KEEPS(baton_option, item_count);
KEEPS(baton_option, integer);
KEEPS(baton_option, number);
KEEPS(baton_option, text);
KEEPS(baton_option, items);

GROWS(baton_state);
KEEPS(baton_state, size);
KEEPS(baton_state, version);
KEEPS(baton_state, data);
KEEPS(baton_state, extra);

GROWS(baton_init);
KEEPS(baton_init, size);
KEEPS(baton_init, option_stride);
KEEPS(baton_init, options);
KEEPS(baton_init, option_count);
KEEPS(baton_init, id);
KEEPS(baton_init, process);
KEEPS(baton_init, instance);
KEEPS(baton_init, state);

GROWS(baton_host);
KEEPS(baton_host, size);
KEEPS(baton_host, abi_minor);
KEEPS(baton_host, context);
KEEPS(baton_host, log);
KEEPS(baton_host, intern);
KEEPS(baton_host, atom_text);
KEEPS(baton_host, now_us);
KEEPS(baton_host, start_timer);
KEEPS(baton_host, cancel_timer);
KEEPS(baton_host, notify);
KEEPS(baton_host, cast);
KEEPS(baton_host, call);
KEEPS(baton_host, reply);
KEEPS(baton_host, extension);

GROWS(baton_terminate);
KEEPS(baton_terminate, size);
KEEPS(baton_terminate, kind);
KEEPS(baton_terminate, text);

GROWS(baton_report);
KEEPS(baton_report, size);
KEEPS(baton_report, purpose);
KEEPS(baton_report, last_message);
KEEPS(baton_report, last_reason);
KEEPS(baton_report, state);
KEEPS(baton_report, message);
KEEPS(baton_report, reason);

GROWS(baton_handler);
KEEPS(baton_handler, size);
KEEPS(baton_handler, reserved);
KEEPS(baton_handler, name);
KEEPS(baton_handler, create);
KEEPS(baton_handler, destroy);
KEEPS(baton_handler, handle_events);
KEEPS(baton_handler, handle_call);
KEEPS(baton_handler, handle_info);
KEEPS(baton_handler, terminate);
KEEPS(baton_handler, save);
KEEPS(baton_handler, format_status);

GROWS(baton_server);
KEEPS(baton_server, size);
KEEPS(baton_server, reserved);
KEEPS(baton_server, name);
KEEPS(baton_server, create);
KEEPS(baton_server, destroy);
KEEPS(baton_server, handle_call);
KEEPS(baton_server, handle_casts);
KEEPS(baton_server, handle_info);
KEEPS(baton_server, terminate);
KEEPS(baton_server, save);
KEEPS(baton_server, handle_continue);
KEEPS(baton_server, format_status);

GROWS(baton_plugin);
KEEPS(baton_plugin, size);
KEEPS(baton_plugin, abi_major);
KEEPS(baton_plugin, abi_minor);
KEEPS(baton_plugin, handlers);
KEEPS(baton_plugin, handler_count);
KEEPS(baton_plugin, servers);
KEEPS(baton_plugin, server_count);
KEEPS(baton_plugin, extension);

SAME(BATON_ATOM_NONE);
SAME(BATON_TEXT_PLAIN);
SAME(BATON_APPLICATION_JSON);
SAME(BATON_APPLICATION_OCTET_STREAM);
SAME(BATON_OK);
SAME(BATON_REMOVE);
SAME(BATON_NO_REPLY);
SAME(BATON_STOP);
SAME(BATON_REFUSED);
SAME(BATON_IGNORE);
SAME(BATON_SWAP);
SAME(BATON_ERROR);
SAME(BATON_EXCEPTION);
SAME(BATON_NO_MEMORY);
SAME(BATON_UNSUPPORTED);
SAME(BATON_BAD_STATE);
SAME(BATON_BAD_OPTIONS);
SAME(BATON_NOT_FOUND);
SAME(BATON_TIMED_OUT);
SAME(BATON_FULL);
SAME(BATON_CALLING_SELF);
SAME(BATON_ENDED);
SAME(BATON_INVALID);
SAME(BATON_BAD_RETURN);
SAME(BATON_THEN_NOTHING);
SAME(BATON_THEN_TIMEOUT);
SAME(BATON_THEN_HIBERNATE);
SAME(BATON_THEN_CONTINUE);
SAME(BATON_OPTION_BOOL);
SAME(BATON_OPTION_INT);
SAME(BATON_OPTION_NUMBER);
SAME(BATON_OPTION_TEXT);
SAME(BATON_OPTION_LIST);
SAME(BATON_OPTION_DURATION);
SAME(BATON_OPTION_SIZE);
SAME(BATON_OPTION_PATH);
SAME(BATON_LOG_DEBUG);
SAME(BATON_LOG_INFO);
SAME(BATON_LOG_WARNING);
SAME(BATON_LOG_ERROR);
SAME(BATON_TERMINATE_STOP);
SAME(BATON_TERMINATE_DELETED);
SAME(BATON_TERMINATE_REMOVE);
SAME(BATON_TERMINATE_SWAPPED);
SAME(BATON_TERMINATE_ERROR);
SAME(BATON_TERMINATE_OWNER);
SAME(BATON_STATUS_NORMAL);
SAME(BATON_STATUS_TERMINATE);

TEST_CASE("an old plugin is found by what it was found by, and is not of another ABI") {
  CHECK(BATON_ABI_MAJOR == baseline::abi_major);
  CHECK(BATON_ABI_MINOR >= baseline::abi_minor);
  CHECK(std::string_view(BATON_ENTRY_SYMBOL) == baseline::entry_symbol);
  CHECK(std::string_view(BATON_NOTE_OWNER) == baseline::note_owner);
  CHECK(BATON_NOTE_TYPE == baseline::note_type);
}
