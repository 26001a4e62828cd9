/* SPDX-License-Identifier: Apache-2.0
 * A handler in C: keeps the data of the last event. Call: `last`. State 1: a 1, and that data. */
#include <baton/abi.h>

#include <stdlib.h>
#include <string.h>

BATON_MANIFEST(
    "{\"name\": \"last_value\", \"version\": \"1.0.0\", \"provides\": [{\"kind\": \"handler\", \"name\": \"LastValue\","
    " \"help\": \"keeps the data of the last event; call: last\", \"capabilities\": [\"pure_events\"],"
    " \"state\": {\"writes\": 1, \"reads\": [1]}}]}");

struct baton_instance {
  uint8_t* data;
  size_t size;
};

/* Copies what is borrowed. 0: there is no memory. */
static int keep(baton_instance* self, baton_bytes bytes) {
  uint8_t* const data = realloc(self->data, bytes.size + 1);
  if (data == NULL)
    return 0;
  if (bytes.size > 0)
    memcpy(data, bytes.data, bytes.size);
  self->data = data;
  self->size = bytes.size;
  return 1;
}

static void destroy(baton_instance* self) {
  free(self->data);
  free(self);
}

static baton_status create(const baton_host* host, const baton_init* init, baton_instance** instance,
                           baton_outcome* outcome) {
  (void)host, (void)outcome;
  baton_instance* const self = calloc(1, sizeof *self);
  if (self == NULL) return BATON_NO_MEMORY;
  if (init->state != NULL) {
    const baton_bytes state = init->state->data;
    const int is_good = state.size > 0 && state.data[0] == 1;
    if (!is_good || !keep(self, (baton_bytes){state.data + 1, state.size - 1})) {
      destroy(self);
      return is_good ? BATON_NO_MEMORY : BATON_BAD_STATE;
    }
  }
  *instance = self;
  return BATON_OK;
}

/* Of a batch, only the last one counts: a handler that gets batches may make use of that. */
static baton_status handle_events(baton_instance* self, const baton_batch* events, baton_outcome* outcome) {
  const char* const last = (const char*)events->first + (events->count - 1) * events->stride;
  const int is_kept = keep(self, ((const baton_message*)(const void*)last)->data);
  outcome->handled = events->count - !is_kept;
  return is_kept ? BATON_OK : BATON_NO_MEMORY;
}

static baton_status handle_call(baton_instance* self, const baton_message* request, baton_outcome* outcome) {
  if (request->type.size != 4 || memcmp(request->type.data, "last", 4) != 0)
    return BATON_UNSUPPORTED;
  return outcome->reply->write(outcome->reply->context, self->data, self->size);
}

static baton_status save(baton_instance* self, uint32_t* version, baton_outcome* outcome) {
  *version = 1;
  const baton_status status = outcome->reply->write(outcome->reply->context, "\1", 1);
  return status == BATON_OK ? outcome->reply->write(outcome->reply->context, self->data, self->size) : status;
}

static const baton_handler handler = {.size = sizeof(baton_handler), .name = {"LastValue", 9}, .create = create,
                                      .destroy = destroy, .handle_events = handle_events, .handle_call = handle_call,
                                      .save = save};
static const baton_handler* const handlers[] = {&handler};

BATON_EXPORT const baton_plugin baton_plugin_v1 = {
    .size = sizeof(baton_plugin), .abi_major = BATON_ABI_MAJOR, .abi_minor = BATON_ABI_MINOR, .handlers = handlers,
    .handler_count = 1};
