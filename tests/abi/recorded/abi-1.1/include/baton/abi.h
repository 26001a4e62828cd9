/* SPDX-License-Identifier: Apache-2.0
 *
 * The boundary between a Baton host and its plugins: pure C, because the two are built by different
 * compilers and rolled out at different times. This header is the specification. C++ authors use
 * <baton/handler.hpp> and <baton/server.hpp>, which are written on top of it; C and Rust authors
 * write against it directly.
 *
 * Rules that hold for everything below, unless a function says otherwise:
 *
 *   Layout     Every struct starts with its own size and only ever grows at its end. A reader touches
 *              no field beyond the smaller of `size` and its own sizeof. Elements of an array are
 *              `stride` bytes apart. Function pointers documented as optional may be NULL.
 *   Borrowing  Views (pointer and length) are valid until the function that received them returns.
 *   Allocation Nothing allocated on one side is freed on the other. What a plugin returns, it writes
 *              into a sink of the host. An instance made by create() is destroyed by destroy() of the
 *              same table.
 *   Failure    No function may throw or longjmp across the boundary, in either direction. A negative
 *              status from a callback is a crash of that instance; its text is in outcome->reason.
 *   Threads    Callbacks of one instance never overlap. They may run on different threads one after
 *              the other (each sees what the previous one wrote). They must not block for long unless
 *              the manager or server is configured with `thread: own`.
 *   Text       UTF-8, not NUL-terminated. Times are microseconds since 1970 (UTC), durations are
 *              milliseconds, sizes are bytes.
 *   Version    A host refuses another BATON_ABI_MAJOR. The minor version only tells what `size`
 *              already says.
 */
#ifndef BATON_ABI_H
#define BATON_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define BATON_NOEXCEPT noexcept
extern "C" {
#else
#define BATON_NOEXCEPT
#endif

#define BATON_ABI_MAJOR 1u
#define BATON_ABI_MINOR 1u /* 1: large state, as memory of the host and in parts */
#define BATON_EXPORT __attribute__((visibility("default")))

/* ---- Plain data ------------------------------------------------------------------------------ */

typedef struct baton_str {
  const char *data;
  size_t size;
} baton_str;

typedef struct baton_bytes {
  const uint8_t *data;
  size_t size;
} baton_bytes;

/* A short text that the host has given a number, so that hot paths compare numbers. Numbers are valid
 * for the life of the host process, are the same for all plugins, and are never written to disk. */
typedef uint32_t baton_atom;

enum {
  BATON_ATOM_NONE = 0, /* no text; compares unequal to every interned text */
  /* Content types that every host knows under these numbers. */
  BATON_TEXT_PLAIN = 1,               /* text/plain; charset=utf-8 */
  BATON_APPLICATION_JSON = 2,         /* application/json */
  BATON_APPLICATION_OCTET_STREAM = 3, /* application/octet-stream */
};

/* Rarely present parts of a message, with the names of CloudEvents 1.0. Absent ones are empty. */
typedef struct baton_attributes {
  uint32_t size;
  baton_str id;
  baton_str source;
  baton_str traceparent; /* W3C Trace Context */
} baton_attributes;

/* The one shape of events, calls, casts and infos. `type` is OTP's first tuple element:
 * {:msg, "Hello World"} has type "msg" and data "Hello World"; :messages has type "messages", no data.
 * 64 bytes on the platforms of today: a batch is read line by line. */
typedef struct baton_message {
  baton_str type;
  baton_bytes data;
  baton_atom type_atom;
  baton_atom content_type; /* of data */
  uint64_t seq;            /* events: number given by the manager on acceptance, from 1; else 0 */
  int64_t time_us;         /* events: time of acceptance; else 0 */
  const baton_attributes *attributes; /* NULL when there are none */
} baton_message;

/* `count` messages, `stride` bytes apart, in the order of their acceptance. Never empty. */
typedef struct baton_batch {
  uint32_t size;
  uint32_t stride;
  const baton_message *first;
  size_t count;
} baton_batch;

/* ---- Results --------------------------------------------------------------------------------- */

typedef int32_t baton_status;
enum {
  BATON_OK = 0,
  BATON_REMOVE = 1,   /* handlers: take me out (gen_event remove_handler) */
  BATON_NO_REPLY = 2, /* server handle_call: I reply later, through host->reply */
  BATON_STOP = 3,     /* servers: stop me; the exit reason is outcome->reason. Nothing or "normal", "shutdown"
                         and "shutdown: <text>" (OTP's {shutdown, Term}) are the quiet ones; every other one
                         is reported like a crash */
  BATON_REFUSED = 4,  /* handle_events: outcome->refused events were not taken; handle_call: this request
                         cannot be done; the reason is in outcome->reason, I stay */
  BATON_IGNORE = 5,   /* create of a server: I decided not to start. No instance is left, nothing is reported,
                         the starter gets `ignored`. OTP: init's `ignore` */
  BATON_SWAP = 6,     /* handlers, from handle_events, handle_call and handle_info: put another handler of this
                         library into my place; the name of its type is in outcome->then_what. It gets my id,
                         my options, my place in the order and, when both can, my state; then I am terminated
                         (swapped, with outcome->reason). When it cannot be made I stay, and that is logged.
                         handle_events: the last of `handled` asked for it, the others go to the new one.
                         handle_call: outcome->reply goes to the caller. OTP: {swap_handler, …} */

  BATON_ERROR = -1,       /* failed; outcome->reason says why */
  BATON_EXCEPTION = -2,   /* an exception reached the border; outcome->reason is its text */
  BATON_NO_MEMORY = -3,
  BATON_UNSUPPORTED = -4, /* no such request, extension or state; not a crash in handle_call */
  BATON_BAD_STATE = -5,   /* create: this state (or its version) cannot be taken over */
  BATON_BAD_OPTIONS = -6, /* create: an option's value cannot be used */
  /* Answers of host functions. */
  BATON_NOT_FOUND = -7,
  BATON_TIMED_OUT = -8,
  BATON_FULL = -9,          /* the mailbox is full and its policy refuses */
  BATON_CALLING_SELF = -10, /* a call to the process that is running the caller */
  BATON_ENDED = -11,        /* the process ended before it answered */
  BATON_INVALID = -12,      /* an argument is malformed */
  /* Of callbacks again. */
  BATON_BAD_RETURN = -13 /* a layer over this table found that the author's code returned what this callback
                            must not; outcome->reason says what. OTP: bad_return_value */
};

/* A growing buffer of the host. Threads: the callback's own. */
typedef struct baton_sink {
  uint32_t size;
  void *context;
  /* Appends `size` bytes. BATON_OK, or BATON_NO_MEMORY past the host's limit (64 MiB); what was
   * written before stays. Does not block. */
  baton_status (*write)(void *context, const void *data, size_t size) BATON_NOEXCEPT;
  /* States the content type of what is written; text/plain when never called. Does not block. */
  void (*set_content_type)(void *context, baton_atom content_type) BATON_NOEXCEPT;
} baton_sink;

/* What is to happen after a callback, as outcome->then. OTP: the last element of its return value. It counts
 * when the instance goes on after the callback, whatever the status says of the reply; with BATON_STOP,
 * BATON_REMOVE, BATON_SWAP and failures it is ignored. A value that the callback must not give is a bad
 * return, which is a crash. */
enum {
  BATON_THEN_NOTHING = 0,
  BATON_THEN_TIMEOUT = 1,   /* servers: when no message of any kind comes within outcome->then_ms, handle_info
                               gets a message of type "timeout". Any message ends the wait, for good; a system
                               message (a status, a swap) starts it anew. 0: only if nothing waits now.
                               More than ten years are ten years */
  BATON_THEN_HIBERNATE = 2, /* handlers and servers: the process gives back the memory of its buffers, once
                               nothing waits, until the next message */
  BATON_THEN_CONTINUE = 3   /* servers: handle_continue gets a message of the type in outcome->then_what, before
                               anything that waits; after the reply, if there is one */
};

/* What a callback hands back beside its status. Owned and zeroed by the host for each callback. */
typedef struct baton_outcome {
  uint32_t size;
  baton_sink *reply;  /* handle_call: the reply. terminate: its value. save: the state. Never NULL. */
  baton_sink *reason; /* text of a failure, or of BATON_STOP. Never NULL. */
  size_t handled;     /* handle_events, handle_casts: how many messages of the batch were handled */
  size_t refused;     /* handle_events with BATON_REFUSED: how many after those were not taken */
  uint32_t then;      /* BATON_THEN_…; also of create. Of a batch, that of the last message handled counts */
  uint32_t reserved;  /* 0 */
  uint64_t then_ms;   /* BATON_THEN_TIMEOUT */
  baton_sink *then_what; /* BATON_THEN_CONTINUE, BATON_SWAP: a name, at most 64 KiB. Never NULL. */
} baton_outcome;

/* ---- What an instance is born with ------------------------------------------------------------ */

enum {
  BATON_OPTION_BOOL = 1,     /* integer: 0 or 1 */
  BATON_OPTION_INT = 2,      /* integer */
  BATON_OPTION_NUMBER = 3,   /* number */
  BATON_OPTION_TEXT = 4,     /* text */
  BATON_OPTION_LIST = 5,     /* items: the scalars of a list, as text */
  BATON_OPTION_DURATION = 6, /* integer: milliseconds */
  BATON_OPTION_SIZE = 7,     /* integer: bytes */
  BATON_OPTION_PATH = 8      /* text: absolute path, resolved against the config file's folder */
};

typedef struct baton_option {
  baton_str name;
  uint32_t type; /* BATON_OPTION_… */
  uint32_t item_count;
  int64_t integer;
  double number;
  baton_str text;
  const baton_str *items;
} baton_option;

/* State on its way from an old instance to a new one: OTP's code_change(OldVsn, State, Extra). */
typedef struct baton_state {
  uint32_t size;
  uint32_t version; /* as the old one's save() said */
  baton_bytes data;
  baton_bytes extra; /* what the operator passed to the swap; often empty */
} baton_state;

typedef struct baton_init {
  uint32_t size;
  uint32_t option_stride;
  const baton_option *options; /* every option of the manifest, checked, defaults filled in */
  size_t option_count;
  baton_str id;             /* the handler's id in its manager; the server's name */
  baton_str process;        /* name of the manager or server */
  uint64_t instance;        /* number of this instance; never used again in this host */
  const baton_state *state; /* NULL: start afresh. Else take this state over, or fail */
  /* ABI 1.1 */
  uint32_t parts_follow; /* 1: state->data is empty, the state comes through load_part, after create */
  uint32_t reserved;     /* 0 */
} baton_init;

/* A piece of a state that comes in pieces. ABI 1.1. */
typedef struct baton_part {
  uint32_t size;
  uint32_t version; /* as the old one's begin_parts() said */
  baton_bytes data;
  uint32_t is_last;  /* 1: data is empty, everything has come */
  uint32_t reserved; /* 0 */
} baton_part;

/* ---- What the host offers --------------------------------------------------------------------- */

enum { BATON_LOG_DEBUG = 0, BATON_LOG_INFO = 1, BATON_LOG_WARNING = 2, BATON_LOG_ERROR = 3 };

typedef struct baton_host_context baton_host_context; /* the host's; opaque */

/* Bytes of the host that outlive the instance which had them made: see baton_host.memory. ABI 1.1. */
typedef struct baton_memory {
  uint32_t size;
  uint32_t is_inherited; /* 1: an older instance had it made; it is as that one left it */
  void *data;            /* on a page boundary */
  size_t capacity;       /* bytes, as when it was made */
} baton_memory;

/* Services of the host for one instance. Valid from create() until destroy() returns; a thread that an
 * instance started must be joined in destroy().
 * Threads: any, concurrently, unless a function says otherwise. */
typedef struct baton_host {
  uint32_t size;
  uint32_t abi_minor;
  baton_host_context *context;

  /* Writes a line to the host's log, named after the instance. Control characters are escaped.
   * Does not fail. May wait for the log's file. */
  void (*log)(baton_host_context *, int32_t level, baton_str text) BATON_NOEXCEPT;

  /* The atom of `text` (at most 255 bytes), the same number each time; BATON_ATOM_NONE when it is
   * empty, too long, or the host's table (65,536 entries) is full. Takes a lock: intern in create(),
   * not per event. */
  baton_atom (*intern)(baton_host_context *, baton_str text) BATON_NOEXCEPT;

  /* The text of an atom; empty for BATON_ATOM_NONE and unknown numbers. Valid until the host ends. */
  baton_str (*atom_text)(baton_host_context *, baton_atom) BATON_NOEXCEPT;

  /* Time of day in microseconds. In tests it is a manual clock: do not read another one. */
  int64_t (*now_us)(baton_host_context *) BATON_NOEXCEPT;

  /* After `delay_ms`, `info` (copied) reaches handle_info of this instance and of no other. *timer is
   * its number. Dropped when the instance ends first. BATON_OK, or BATON_FULL at 1,024 pending timers
   * of the instance. Does not block. OTP: erlang:send_after/3. */
  baton_status (*start_timer)(baton_host_context *, uint64_t delay_ms, const baton_message *info,
                              uint64_t *timer) BATON_NOEXCEPT;

  /* Cancels a timer: its info does not arrive afterwards. BATON_OK, or BATON_NOT_FOUND when it has
   * fired or never was. When called from a callback of the instance this is exact. */
  baton_status (*cancel_timer)(baton_host_context *, uint64_t timer) BATON_NOEXCEPT;

  /* Sends an event to manager `to` (copied). BATON_OK when accepted; BATON_NOT_FOUND; BATON_FULL by the
   * manager's overflow policy, which acts as `reject` towards a handler's own manager. May wait up to
   * the manager's block_timeout when its policy is `block`. An event to one's own manager is queued
   * behind. OTP: gen_event:notify/2. */
  baton_status (*notify)(baton_host_context *, baton_str to, const baton_message *event) BATON_NOEXCEPT;

  /* Sends a cast to server `to` (copied). As notify. OTP: gen_server:cast/2. */
  baton_status (*cast)(baton_host_context *, baton_str to, const baton_message *request) BATON_NOEXCEPT;

  /* Calls server `to`, or handler "manager/id". On BATON_OK the reply is in `reply`. Else one of the
   * negative answers, with a text in `reply`. Waits at most `timeout_ms`; a late reply is dropped.
   * BATON_CALLING_SELF at once when the callee is the process that runs the caller.
   * OTP: gen_server:call/3. */
  baton_status (*call)(baton_host_context *, baton_str to, const baton_message *request,
                       uint64_t timeout_ms, baton_sink *reply) BATON_NOEXCEPT;

  /* Servers: answers the call that handle_call left with BATON_NO_REPLY. `from` is the number that
   * handle_call received. BATON_OK, or BATON_NOT_FOUND when it was answered before or nobody waits any
   * more. Does not block. OTP: gen_server:reply/2. */
  baton_status (*reply)(baton_host_context *, uint64_t from, const baton_message *reply) BATON_NOEXCEPT;

  /* A table of an extension, e.g. "baton.blob/1"; NULL when this host does not have it. */
  const void *(*extension)(baton_host_context *, const char *id) BATON_NOEXCEPT;

  /* ---- ABI 1.1: memory of the host, for state that is too large to be copied in a swap. */

  /* The instance's memory of that name (1 to 255 bytes), made on first use: `capacity` bytes, zero, at an
   * address that stays as long as it lives. It takes real memory where it is written to, so a capacity may be
   * generous. Who is created from the state of an older instance (init->state, not in parts) finds that
   * one's memory under its names, at its addresses: nothing is copied. The older one goes on when create
   * fails, so create only reads what it inherits. What lies in a library (functions, vtables, literals)
   * must not be pointed to from it. `capacity` 0: only what is there already.
   * BATON_OK; BATON_NOT_FOUND; BATON_INVALID (a name that is none, or more than what is there has);
   * BATON_NO_MEMORY (the operating system's, or 64 memories or 1 TiB of the instance). Takes a lock: once. */
  baton_status (*memory)(baton_host_context *, baton_str name, size_t capacity,
                         baton_memory *memory) BATON_NOEXCEPT;

  /* Gives a memory back; it goes when no other instance has it. BATON_OK or BATON_NOT_FOUND. */
  baton_status (*free_memory)(baton_host_context *, baton_str name) BATON_NOEXCEPT;
} baton_host;

typedef struct baton_instance baton_instance; /* the plugin's; opaque */

/* Why terminate is called. `kind` is OTP's first argument of gen_event's Mod:terminate/2. */
enum {
  BATON_TERMINATE_STOP = 1,    /* the manager or server ends in order (handlers: `stop`) */
  BATON_TERMINATE_DELETED = 2, /* delete_handler; text is its argument */
  BATON_TERMINATE_REMOVE = 3,  /* a callback returned BATON_REMOVE */
  BATON_TERMINATE_SWAPPED = 4, /* a new instance has taken over; text is the operator's argument */
  BATON_TERMINATE_ERROR = 5,   /* a callback of this instance failed; text is the reason */
  BATON_TERMINATE_OWNER = 6    /* the owner of the handler ended; text is its exit reason */
};

typedef struct baton_terminate {
  uint32_t size;
  uint32_t kind;
  baton_str text;
} baton_terminate;

/* What a status or a crash report is going to show of an instance, for format_status. */
enum {
  BATON_STATUS_NORMAL = 1,   /* somebody asks for the status of the running instance */
  BATON_STATUS_TERMINATE = 2 /* a crash report, or that of a stop for a reason that is not quiet */
};

typedef struct baton_report {
  uint32_t size;
  uint32_t purpose;       /* BATON_STATUS_… */
  baton_str last_message; /* as it is going to be shown: type and data, for people. Often empty */
  baton_str last_reason;  /* BATON_STATUS_TERMINATE: why it ends */
  baton_sink *state;      /* for people: JSON where it can be. Not written: no state is shown */
  baton_sink *message;    /* written, be it with nothing: shown instead of last_message */
  baton_sink *reason;     /* written: shown instead of last_reason; it does not change the exit reason */
} baton_report;

/* ---- Handlers (gen_event) --------------------------------------------------------------------- */

typedef struct baton_handler {
  uint32_t size;
  uint32_t reserved; /* 0 */
  baton_str name;    /* as in the manifest */

  /* Mod:init/1. Makes an instance from checked options, afresh or from the state of an older instance
   * (init->state), which goes on living until this one has succeeded. BATON_OK and *instance, or a
   * negative status and outcome->reason; then nothing may be left behind. Runs in the manager's
   * process: `host` may be kept, `init` may not. outcome->then counts for servers. */
  baton_status (*create)(const baton_host *host, const baton_init *init, baton_instance **instance,
                         baton_outcome *outcome) BATON_NOEXCEPT;

  /* Ends an instance; nothing of it may be running or registered when this returns. Called exactly
   * once per successful create, last. */
  void (*destroy)(baton_instance *) BATON_NOEXCEPT;

  /* Mod:handle_event/2 for a batch, in order. Sets outcome->handled.
   *   BATON_OK       all were handled: handled == count, anything else is a bad return.
   *   BATON_REMOVE   `handled` were; the last of these asked for removal. The rest is not redelivered.
   *   BATON_SWAP     `handled` were; the last of these asked for a handler of another type in its place.
   *   BATON_REFUSED  `handled` were, the next `refused` (1 or more) could not be taken, for the reason in
   *                  outcome->reason. The senders of these by sync_notify are told; the host calls again
   *                  with what is left behind them.
   *   negative       `handled` were; the next one made the instance fail. terminate(error) follows. */
  baton_status (*handle_events)(baton_instance *, const baton_batch *events,
                                baton_outcome *outcome) BATON_NOEXCEPT;

  /* Mod:handle_call/2. BATON_OK: outcome->reply goes to the caller. BATON_REMOVE: the same, then
   * terminate(remove). BATON_UNSUPPORTED: the caller gets `unknown_request`, the handler stays.
   * BATON_REFUSED: the caller gets `refused` with the reason, the handler stays.
   * Other negative: the caller gets the reason, terminate(error) follows. NULL: every call is unknown. */
  baton_status (*handle_call)(baton_instance *, const baton_message *request,
                              baton_outcome *outcome) BATON_NOEXCEPT;

  /* Mod:handle_info/2: timers of this instance. BATON_OK, BATON_REMOVE, BATON_SWAP or negative.
   * NULL: dropped. */
  baton_status (*handle_info)(baton_instance *, const baton_message *info,
                              baton_outcome *outcome) BATON_NOEXCEPT;

  /* Mod:terminate/2. Called once, before destroy, except when the host itself is killed, or create or
   * load_part failed. Its reply is the value of delete_handler. A negative status is logged; the handler is gone
   * all the same. NULL: the value is `ok`. */
  baton_status (*terminate)(baton_instance *, const baton_terminate *why,
                            baton_outcome *outcome) BATON_NOEXCEPT;

  /* Writes the whole state to outcome->reply and its version to *version. The instance goes on
   * unchanged: the swap may still fail. BATON_UNSUPPORTED or NULL: it has no state to hand over. */
  baton_status (*save)(baton_instance *, uint32_t *version, baton_outcome *outcome) BATON_NOEXCEPT;

  /* Mod:format_status/1: shows the state of the instance to people, and hides what must not be seen, by
   * writing into the sinks of `report`. Runs in the instance's process, between callbacks or after one that
   * failed: it must only read. BATON_OK, or negative; then a fixed text is shown instead of the state and of
   * the message, and nothing else happens. NULL: no state is shown, message and reason are as they are. */
  baton_status (*format_status)(const baton_instance *, const baton_report *report,
                                baton_outcome *outcome) BATON_NOEXCEPT;

  /* ---- ABI 1.1: state in parts, for state that takes long to save or to convert. The old instance writes
   * one part after the other between its events, and goes on handling them; the new one takes them over
   * meanwhile, on another thread. What a later part says replaces what an earlier one said of the same
   * thing. When nothing is left to write, between two events, the new one takes the place. The host does
   * this when the one has save_part, the other load_part, and the state cannot be handed over as it is in
   * memory of the host. All of these are optional; save is needed all the same, for who takes it whole. */

  /* From now on remember what changes, for save_part: everything is to be written, then what has changed
   * since it was. Writes the version. Negative: the swap fails, the instance goes on. */
  baton_status (*begin_parts)(baton_instance *, uint32_t *version, baton_outcome *outcome) BATON_NOEXCEPT;

  /* Writes the next part to outcome->reply: a small one, some 64 KiB or a tenth of a millisecond, because
   * events wait meanwhile and the host can only stop between two. *left: about how many bytes are still to
   * be written, 0 only when none are. Negative: the swap fails, end_parts is called, the instance goes on. */
  baton_status (*save_part)(baton_instance *, uint64_t *left, baton_outcome *outcome) BATON_NOEXCEPT;

  /* Whatever came of it, the parts are over: nothing needs to be remembered any more. Once per begin_parts
   * that succeeded, before terminate; not when the instance ended meanwhile. */
  void (*end_parts)(baton_instance *) BATON_NOEXCEPT;

  /* Takes a part over, after a create with init->parts_follow and before every other callback. After the
   * last one (is_last) the state is whole, which is the place to look whether it is. Negative: the swap
   * fails; this instance is destroyed without terminate, because it never was anything. */
  baton_status (*load_part)(baton_instance *, const baton_part *part, baton_outcome *outcome) BATON_NOEXCEPT;
} baton_handler;

/* ---- Servers (gen_server) --------------------------------------------------------------------- */

typedef struct baton_server {
  uint32_t size;
  uint32_t reserved; /* 0 */
  baton_str name;    /* as in the manifest */

  /* As baton_handler.create, in the server's process; also BATON_IGNORE. outcome->then is what follows:
   * OTP's {ok, State, Timeout | hibernate | {continue, C}}. */
  baton_status (*create)(const baton_host *host, const baton_init *init, baton_instance **instance,
                         baton_outcome *outcome) BATON_NOEXCEPT;
  /* As baton_handler.destroy. */
  void (*destroy)(baton_instance *) BATON_NOEXCEPT;

  /* Mod:handle_call/3. BATON_OK: outcome->reply goes to the caller. BATON_NO_REPLY: host->reply(from)
   * answers later, once, from any thread. BATON_STOP: terminate runs, then the reply is sent when one
   * was written, and the server ends with outcome->reason. BATON_UNSUPPORTED: the caller gets
   * `unknown_request`; BATON_REFUSED: `refused` with the reason; the server goes on. Other negative: the
   * server crashes, the caller gets the reason. */
  baton_status (*handle_call)(baton_instance *, const baton_message *request, uint64_t from,
                              baton_outcome *outcome) BATON_NOEXCEPT;

  /* Mod:handle_cast/2 for a batch, in order. Sets outcome->handled. BATON_OK: all were handled; or, with
   * BATON_THEN_CONTINUE, the first `handled` (1 or more): the rest is given again after handle_continue.
   * BATON_STOP: the last of `handled` asked to stop. Negative: `handled` were, the next one crashed. */
  baton_status (*handle_casts)(baton_instance *, const baton_batch *requests,
                               baton_outcome *outcome) BATON_NOEXCEPT;

  /* Mod:handle_info/2: timers of this instance, and "timeout". BATON_OK, BATON_STOP or negative. NULL: a
   * warning is logged for each. */
  baton_status (*handle_info)(baton_instance *, const baton_message *info,
                              baton_outcome *outcome) BATON_NOEXCEPT;

  /* Mod:terminate/2, as baton_handler.terminate. kind is STOP, SWAPPED or ERROR; text is the reason. */
  baton_status (*terminate)(baton_instance *, const baton_terminate *why,
                            baton_outcome *outcome) BATON_NOEXCEPT;

  /* As baton_handler.save. */
  baton_status (*save)(baton_instance *, uint32_t *version, baton_outcome *outcome) BATON_NOEXCEPT;

  /* Mod:handle_continue/2: what create or a callback put off with BATON_THEN_CONTINUE. `what` has the type
   * it said, and nothing else. BATON_OK, BATON_STOP or negative. NULL: a continue crashes the server. */
  baton_status (*handle_continue)(baton_instance *, const baton_message *what,
                                  baton_outcome *outcome) BATON_NOEXCEPT;

  /* As baton_handler.format_status. */
  baton_status (*format_status)(const baton_instance *, const baton_report *report,
                                baton_outcome *outcome) BATON_NOEXCEPT;
} baton_server;

/* ---- The library ------------------------------------------------------------------------------ */

/* The one exported symbol, constant data: looking it up runs no code of the plugin. What it offers must
 * agree with the manifest. */
typedef struct baton_plugin {
  uint32_t size;
  uint16_t abi_major; /* BATON_ABI_MAJOR of the header it was compiled with */
  uint16_t abi_minor;
  const baton_handler *const *handlers;
  size_t handler_count;
  const baton_server *const *servers;
  size_t server_count;
  /* Optional: a table of an extension of the plugin; NULL when it has none of that id. */
  const void *(*extension)(const char *id) BATON_NOEXCEPT;
} baton_plugin;

#define BATON_ENTRY_SYMBOL "baton_plugin_v1"

/* ---- The manifest ----------------------------------------------------------------------------- */

/* An ELF note (section .note.baton, owner "Baton", type 1) whose descriptor is: u16 ABI major, u16 ABI
 * minor, JSON text padded with NUL to a multiple of 4. It lies in a PT_NOTE segment, so it survives
 * strip, and is read without loading the file. The JSON:
 *
 *   {"name": "logger", "version": "1.0.0",
 *    "provides": [
 *      {"kind": "handler" | "server", "name": "LoggerHandler", "help": "one line",
 *       "state": {"writes": 1, "reads": [1]},               absent: no state to hand over
 *       "capabilities": ["pure_events", …],
 *       "options": [{"name": "max_messages", "type": "int", "default": 1000, "min": 0, "max": 1000000,
 *                    "values": ["a", "b"], "required": false, "help": "one line"}]}]}
 *
 * Capabilities. pure_events: an instance that is created, given events (a server: calls and casts) and ended
 * has no effect outside of itself: no file, no output, no connection. Before a swap the host may give the last
 * of them to a throw-away copy of the new version; what that one sends through the host reaches nobody.
 *
 * Types of options: bool, int, number, text, list, duration, size, path. C++ authors never write it: the
 * C++ layer generates it from the class at compile time. C and Rust authors use BATON_MANIFEST below or
 * its equivalent; `descsz` must be the padded size, or every note behind it is misread. */
#define BATON_NOTE_OWNER "Baton"
#define BATON_NOTE_TYPE 1u
#define BATON_NOTE_PAD(n) (((n) + 3u) & ~(size_t)3u)

#if defined(__clang__) /* AddressSanitizer of clang would put a red zone into the note */
#define BATON_NOTE_ATTRIBUTES __attribute__((section(".note.baton"), used, aligned(4), no_sanitize("address")))
#else
#define BATON_NOTE_ATTRIBUTES __attribute__((section(".note.baton"), used, aligned(4)))
#endif

#define BATON_MANIFEST(JSON)                                                                        \
  BATON_NOTE_ATTRIBUTES static const struct {                                                       \
    uint32_t name_size, desc_size, type;                                                            \
    char name[8];                                                                                   \
    uint16_t abi_major, abi_minor;                                                                  \
    char json[BATON_NOTE_PAD(sizeof(JSON))];                                                        \
  } baton_manifest_note = {sizeof(BATON_NOTE_OWNER), 4 + BATON_NOTE_PAD(sizeof(JSON)),              \
                           BATON_NOTE_TYPE,          BATON_NOTE_OWNER,                              \
                           BATON_ABI_MAJOR,          BATON_ABI_MINOR,                               \
                           JSON}

#ifdef __cplusplus
}
#endif
#endif
