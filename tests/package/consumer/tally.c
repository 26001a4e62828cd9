/* SPDX-License-Identifier: Apache-2.0 */
#include <baton/abi.h>

#include <stdlib.h>

BATON_MANIFEST(
    "{\"name\": \"tally\", \"version\": \"0.1.0\", \"provides\": [{\"kind\": \"handler\", \"name\": \"Tally\","
    " \"help\": \"counts\", \"options\": [{\"name\": \"start\", \"type\": \"int\", \"default\": 0,"
    " \"help\": \"the first count\"}]}]}");

static baton_status create(const baton_host* host, const baton_init* init, baton_instance** instance,
                           baton_outcome* outcome) {
  int64_t* count = malloc(sizeof *count);
  (void)host, (void)outcome;
  if (count == NULL)
    return BATON_NO_MEMORY;
  *count = init->options[0].integer;
  *instance = (baton_instance*)count;
  return BATON_OK;
}

static void destroy(baton_instance* instance) { free(instance); }

static baton_status handle_events(baton_instance* instance, const baton_batch* events, baton_outcome* outcome) {
  *(int64_t*)instance += (int64_t)events->count;
  outcome->handled = events->count;
  return BATON_OK;
}

static const baton_handler tally = {.size = sizeof(baton_handler),
                                    .name = {"Tally", 5},
                                    .create = create,
                                    .destroy = destroy,
                                    .handle_events = handle_events};
static const baton_handler* const handlers[] = {&tally};

BATON_EXPORT const baton_plugin baton_plugin_v1 = {.size = sizeof(baton_plugin),
                                                   .abi_major = BATON_ABI_MAJOR,
                                                   .abi_minor = BATON_ABI_MINOR,
                                                   .handlers = handlers,
                                                   .handler_count = 1};
