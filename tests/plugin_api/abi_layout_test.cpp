// SPDX-License-Identifier: Apache-2.0
// The layout of ABI 1.2 on 64-bit platforms. Structs only grow at their end: an offset here never changes,
// and what is added gets a line of its own.
#include <baton/abi.h>

#include <catch2/catch.hpp>

#include <cstddef>

#define OFFSET(STRUCT, MEMBER, BYTES) \
  static_assert(offsetof(STRUCT, MEMBER) == (BYTES), #STRUCT "." #MEMBER " has moved")

static_assert(sizeof(void*) == 8, "the offsets below are those of 64-bit platforms");

static_assert(sizeof(baton_str) == 16);
static_assert(sizeof(baton_bytes) == 16);
static_assert(sizeof(baton_message) == 64, "a batch is read line by line");

OFFSET(baton_message, type, 0);
OFFSET(baton_message, data, 16);
OFFSET(baton_message, type_atom, 32);
OFFSET(baton_message, content_type, 36);
OFFSET(baton_message, seq, 40);
OFFSET(baton_message, time_us, 48);
OFFSET(baton_message, attributes, 56);

OFFSET(baton_batch, stride, 4);
OFFSET(baton_batch, first, 8);
OFFSET(baton_batch, count, 16);

OFFSET(baton_sink, context, 8);
OFFSET(baton_sink, write, 16);
OFFSET(baton_sink, set_content_type, 24);

OFFSET(baton_outcome, reply, 8);
OFFSET(baton_outcome, reason, 16);
OFFSET(baton_outcome, handled, 24);
OFFSET(baton_outcome, refused, 32);
OFFSET(baton_outcome, then, 40);
OFFSET(baton_outcome, reserved, 44);
OFFSET(baton_outcome, then_ms, 48);
OFFSET(baton_outcome, then_what, 56);

OFFSET(baton_report, purpose, 4);
OFFSET(baton_report, last_message, 8);
OFFSET(baton_report, last_reason, 24);
OFFSET(baton_report, state, 40);
OFFSET(baton_report, message, 48);
OFFSET(baton_report, reason, 56);

OFFSET(baton_init, options, 8);
OFFSET(baton_init, option_count, 16);
OFFSET(baton_init, id, 24);
OFFSET(baton_init, process, 40);
OFFSET(baton_init, instance, 56);
OFFSET(baton_init, state, 64);
OFFSET(baton_init, parts_follow, 72);  // from here on ABI 1.1

OFFSET(baton_host, context, 8);
OFFSET(baton_host, log, 16);
OFFSET(baton_host, reply, 88);
OFFSET(baton_host, extension, 96);
OFFSET(baton_host, memory, 104);  // from here on ABI 1.1
OFFSET(baton_host, free_memory, 112);

OFFSET(baton_options, stride, 4);
OFFSET(baton_options, options, 8);
OFFSET(baton_options, count, 16);

OFFSET(baton_memory, is_inherited, 4);
OFFSET(baton_memory, data, 8);
OFFSET(baton_memory, capacity, 16);

OFFSET(baton_part, version, 4);
OFFSET(baton_part, data, 8);
OFFSET(baton_part, is_last, 24);

OFFSET(baton_handler, name, 8);
OFFSET(baton_handler, create, 24);
OFFSET(baton_handler, destroy, 32);
OFFSET(baton_handler, handle_events, 40);
OFFSET(baton_handler, handle_call, 48);
OFFSET(baton_handler, handle_info, 56);
OFFSET(baton_handler, terminate, 64);
OFFSET(baton_handler, save, 72);
OFFSET(baton_handler, format_status, 80);
OFFSET(baton_handler, begin_parts, 88);  // from here on ABI 1.1
OFFSET(baton_handler, save_part, 96);
OFFSET(baton_handler, end_parts, 104);
OFFSET(baton_handler, load_part, 112);
OFFSET(baton_handler, change_options, 120);  // from here on ABI 1.2

OFFSET(baton_server, name, 8);
OFFSET(baton_server, create, 24);
OFFSET(baton_server, destroy, 32);
OFFSET(baton_server, handle_call, 40);
OFFSET(baton_server, handle_casts, 48);
OFFSET(baton_server, handle_info, 56);
OFFSET(baton_server, terminate, 64);
OFFSET(baton_server, save, 72);
OFFSET(baton_server, handle_continue, 80);
OFFSET(baton_server, format_status, 88);
OFFSET(baton_server, change_options, 96);  // from here on ABI 1.2

OFFSET(baton_plugin, handlers, 8);
OFFSET(baton_plugin, servers, 24);
OFFSET(baton_plugin, extension, 40);

TEST_CASE("the numbers of the boundary are never used again for something else") {
  CHECK(BATON_OK == 0);
  CHECK(BATON_REMOVE == 1);
  CHECK(BATON_NO_REPLY == 2);
  CHECK(BATON_STOP == 3);
  CHECK(BATON_REFUSED == 4);
  CHECK(BATON_IGNORE == 5);
  CHECK(BATON_SWAP == 6);
  CHECK(BATON_THEN_NOTHING == 0);
  CHECK(BATON_THEN_TIMEOUT == 1);
  CHECK(BATON_THEN_HIBERNATE == 2);
  CHECK(BATON_THEN_CONTINUE == 3);
  CHECK(BATON_STATUS_NORMAL == 1);
  CHECK(BATON_STATUS_TERMINATE == 2);
}
