/* SPDX-License-Identifier: Apache-2.0
 *
 * Appends the number of each event to a list, which is emptied each 1,024 entries. */
#include "handler_table.h"

#include <stdlib.h>
#include <string.h>

enum { entries_max = 1024 };

typedef struct state {
  uint64_t entries, flushed;
  uint64_t seqs[entries_max];
} state;

static void *create(void) { return calloc(1, sizeof(state)); }

static void append(state *self, uint64_t seq) {
  self->seqs[self->entries++] = seq;
  if (self->entries == entries_max) {
    self->flushed += entries_max;
    self->entries = 0;
  }
}

static void handle_event(void *of, const bench_event *event) { append(of, event->seq); }

static void handle_events(void *of, const bench_event *const *events, size_t count) {
  for (size_t i = 0; i < count; i++) {
    append(of, events[i]->seq);
  }
}

static void get(const void *of, uint64_t *count, uint64_t *sum) {
  const state *self = of;
  *count = self->flushed + self->entries;
  *sum = 0;
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
