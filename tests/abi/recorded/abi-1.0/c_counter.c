/* SPDX-License-Identifier: Apache-2.0
 *
 * A handler in C, written against the boundary alone: what an author who does not write C++ can start from.
 * Counts events from option `start` on. Call: `count`. State 1: the count, 8 bytes, little-endian. */
#include <baton/abi.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

BATON_MANIFEST(
    "{\"name\": \"c_counter\", \"version\": \"1.0.0\", \"provides\": [{\"kind\": \"handler\","
    " \"name\": \"CCounter\", \"help\": \"counts events\", \"state\": {\"writes\": 1, \"reads\": [1]},"
    " \"options\": [{\"name\": \"start\", \"type\": \"int\", \"default\": 0, \"help\": \"the first count\"}]}]}");

#define STATE_SIZE 8

struct baton_instance {
  uint64_t count;
};

static int is(baton_str text, const char* expected) {
  return text.size == strlen(expected) && memcmp(text.data, expected, text.size) == 0;
}

static void write_text(baton_sink* sink, const char* text) { sink->write(sink->context, text, strlen(text)); }

/* Options are option_stride bytes apart: a newer host may know more of each than this header. */
static int64_t integer_option(const baton_init* init, const char* name) {
  const char* at = (const char*)init->options;
  for (size_t i = 0; i < init->option_count; ++i, at += init->option_stride) {
    const baton_option* option = (const baton_option*)(const void*)at;
    if (is(option->name, name))
      return option->integer;
  }
  return 0;
}

static uint64_t read_count(const uint8_t* bytes) {
  uint64_t count = 0;
  for (int i = STATE_SIZE - 1; i >= 0; --i)
    count = count << 8 | bytes[i];
  return count;
}

static baton_status create(const baton_host* host, const baton_init* init, baton_instance** instance,
                           baton_outcome* outcome) {
  (void)host;
  const baton_state* state = init->state;
  if (state != NULL && (state->version != 1 || state->data.size != STATE_SIZE)) {
    write_text(outcome->reason, "expected state of version 1, 8 bytes");
    return BATON_BAD_STATE;
  }
  *instance = malloc(sizeof **instance);
  if (*instance == NULL)
    return BATON_NO_MEMORY;
  (*instance)->count = state != NULL ? read_count(state->data.data) : (uint64_t)integer_option(init, "start");
  return BATON_OK;
}

static void destroy(baton_instance* instance) { free(instance); }

static baton_status handle_events(baton_instance* instance, const baton_batch* events, baton_outcome* outcome) {
  instance->count += events->count;
  outcome->handled = events->count;
  return BATON_OK;
}

static baton_status handle_call(baton_instance* instance, const baton_message* request, baton_outcome* outcome) {
  char text[24];
  if (!is(request->type, "count"))
    return BATON_UNSUPPORTED;
  snprintf(text, sizeof text, "%" PRIu64, instance->count);
  write_text(outcome->reply, text);
  return BATON_OK;
}

static baton_status save(baton_instance* instance, uint32_t* version, baton_outcome* outcome) {
  uint8_t bytes[STATE_SIZE];
  for (int i = 0; i < STATE_SIZE; ++i)
    bytes[i] = (uint8_t)(instance->count >> (8 * i));
  *version = 1;
  return outcome->reply->write(outcome->reply->context, bytes, sizeof bytes);
}

static const baton_handler counter = {
    .size = sizeof(baton_handler),
    .name = {"CCounter", sizeof "CCounter" - 1},
    .create = create,
    .destroy = destroy,
    .handle_events = handle_events,
    .handle_call = handle_call,
    .save = save,
};

static const baton_handler* const handlers[] = {&counter};

BATON_EXPORT const baton_plugin baton_plugin_v1 = {
    .size = sizeof(baton_plugin),
    .abi_major = BATON_ABI_MAJOR,
    .abi_minor = BATON_ABI_MINOR,
    .handlers = handlers,
    .handler_count = 1,
};
