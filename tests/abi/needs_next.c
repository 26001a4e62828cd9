/* SPDX-License-Identifier: Apache-2.0
 * A handler of the next minor version, in C. Its manifest and its table have what today's host has never heard of.
 * Calls: `status` and `then` are answered with numbers of the next minor; `outcome`: does the host's end behind
 * what is known today? KIND and OPTION_TYPE: manifests with values that no host of today can act upon. */
#include <baton/abi.h>

#include <stdlib.h>
#include <string.h>

#ifndef KIND
#define KIND "handler"
#endif
#ifndef OPTION_TYPE
#define OPTION_TYPE "text"
#endif

BATON_MANIFEST(
    "{\"name\": \"answers\", \"version\": \"1.0.0\", \"of_next_minor\": [1], \"provides\": [{\"kind\": \"" KIND
    "\", \"name\": \"Answers\", \"help\": \"says what is new\", \"of_next_minor\": {\"a\": 1},"
    " \"capabilities\": [\"of_next_minor\"], \"options\": [{\"name\": \"option\", \"type\": \"" OPTION_TYPE
    "\", \"default\": \"\", \"help\": \"unused\", \"of_next_minor\": true}]}]}");

struct baton_instance {
  int unused;
};

static int is(baton_str text, const char* expected) {
  return text.size == strlen(expected) && memcmp(text.data, expected, text.size) == 0;
}

static baton_status create(const baton_host* host, const baton_init* init, baton_instance** instance,
                           baton_outcome* outcome) {
  (void)host, (void)init, (void)outcome;
  *instance = calloc(1, sizeof **instance);
  return *instance != NULL ? BATON_OK : BATON_NO_MEMORY;
}

static void destroy(baton_instance* instance) {
  free(instance);
}

static baton_status handle_events(baton_instance* instance, const baton_batch* events, baton_outcome* outcome) {
  (void)instance;
  outcome->handled = events->count;
  return BATON_OK;
}

static baton_status handle_call(baton_instance* instance, const baton_message* request, baton_outcome* outcome) {
  (void)instance;
  if (is(request->type, "status")) {
    return BATON_NEXT_STATUS;
  }
  if (is(request->type, "then")) {
    outcome->then = BATON_THEN_NEXT;
    return BATON_OK;
  }
  if (is(request->type, "outcome")) {
    const int is_older = outcome->size <= offsetof(baton_outcome, of_next_minor);
    outcome->reply->write(outcome->reply->context, is_older ? "older" : "newer", 5);
    return BATON_OK;
  }
  return BATON_UNSUPPORTED;
}

static baton_status never(baton_instance* instance) {
  (void)instance;
  abort();
}

static const baton_handler handler = {
    .size = sizeof(baton_handler),
    .name = {"Answers", sizeof "Answers" - 1},
    .create = create,
    .destroy = destroy,
    .handle_events = handle_events,
    .handle_call = handle_call,
    .of_next_minor = never,
};

static const baton_handler* const handlers[] = {&handler};

BATON_EXPORT const baton_plugin baton_plugin_v1 = {
    .size = sizeof(baton_plugin),
    .abi_major = BATON_ABI_MAJOR,
    .abi_minor = BATON_ABI_MINOR,
    .handlers = handlers,
    .handler_count = 1,
};
