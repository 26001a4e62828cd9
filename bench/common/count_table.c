/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts events. BENCH_STATE_BYTES: how much more its state is. */
#include "handler_table.h"

#include <stdlib.h>
#include <string.h>

#ifndef BENCH_STATE_BYTES
#define BENCH_STATE_BYTES 8
#endif

typedef struct state {
  uint64_t count, sum;
  unsigned char more[BENCH_STATE_BYTES];
} state;

static void *create(void) { return calloc(1, sizeof(state)); }

static void handle_event(void *of, const bench_event *event) {
  state *self = of;
  self->count++;
  self->sum += event->seq;
}

static void handle_events(void *of, const bench_event *const *events, size_t count) {
  state *self = of;
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++) {
    sum += events[i]->seq;
  }
  self->count += count;
  self->sum += sum;
}

static void get(const void *of, uint64_t *count, uint64_t *sum) {
  const state *self = of;
  *count = self->count;
  *sum = self->sum;
}

static size_t save(const void *of, void *buffer, size_t capacity) {
  if (capacity < sizeof(state)) {
    return 0;
  }
  memcpy(buffer, of, sizeof(state));
  return sizeof(state);
}

static void *load(const void *buffer, size_t size) {
  void *self = create();
  if (self != NULL && size == sizeof(state)) {
    memcpy(self, buffer, size);
  }
  return self;
}

const bench_handler_table bench_handler = {create, handle_event, handle_events, get, save, load, free};
