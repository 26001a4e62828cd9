/* SPDX-License-Identifier: Apache-2.0
 *
 * The least that a handler in a library of its own can be behind: what the peers without handlers of their own
 * and the probes load, and what their cost per handler is measured on.
 */
#ifndef BENCH_HANDLER_TABLE_H
#define BENCH_HANDLER_TABLE_H

#include <stddef.h>
#include <stdint.h>

typedef struct bench_event {
  uint64_t seq, mixed, next, constant;
} bench_event;

typedef struct bench_handler_table {
  void *(*create)(void);
  void (*handle_event)(void *state, const bench_event *event);
  void (*handle_events)(void *state, const bench_event *const *events, size_t count);
  void (*get)(const void *state, uint64_t *count, uint64_t *sum);
  size_t (*save)(const void *state, void *buffer, size_t capacity); /* 0: it does not fit */
  void *(*load)(const void *buffer, size_t size);
  void (*destroy)(void *state);
} bench_handler_table;

/* The one symbol of such a library. */
#define BENCH_HANDLER_SYMBOL "bench_handler"
extern const bench_handler_table bench_handler;

#endif
