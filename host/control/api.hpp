// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/control/verbs.hpp"
#include "host/runtime/patience.hpp"

#include <string>
#include <string_view>

// clang-format off
/// The host's requests and replies as HTTP carries them, without HTTP. A GET changes nothing. Parts of a path
/// and of a query are percent-encoded; a `+` is a `+`. Documents are JSON objects; a key that is not listed
/// here is refused, and an empty body is an empty object. Keys in [ ] may be left out or may be missing.
///
/// Every request may have ?timeout_ms=N: it is answered by then, with timed_out if it has to. Without, those
/// that wait for messages and the others for which a number is given here have that limit; for all else a
/// process has 30 s to begin with a change, and 10 min to be done with it or to answer. The text of timed_out
/// says whether the change had begun, and goes on; if not, it does not happen any more. Once begun, a step of
/// an apply has its 10 min whatever N is, and the time of a watch does not count. A client that hangs up
/// calls off what has not begun.
///
/// Looking:
///   GET    /v1/status                    {"host": {"name", "version", "pid", "uptime_ms", "config",
///                                         "plugin_directories": [text]}, "managers": [MANAGER],
///                                         "servers": [SERVER], "stopped": [name], "libraries": [LIBRARY],
///                                         "refused_files": [FILE]}
///   GET    /v1/managers                  {"managers": [MANAGER]}
///   GET    /v1/managers/M/handlers       {"handlers": [HANDLER]}, newest first; [?timeout_ms=N]
///   GET    /v1/plugins                   {"plugins": [FILE]}, those that are refused too
///   GET    /v1/quarantine                {"quarantined": [ENTRY]}; ?which=HASH, FILE or PLUGIN
///   POST   /v1/quarantine/clear          {"cleared": [ENTRY]}; ?which=, or ?all=true
///   GET    /v1/libraries                 {"libraries": [LIBRARY]}
///   GET    /v1/names                     {"managers": [name], "handlers": ["log/store"], "servers": [name],
///                                         "processes": [name], supervisors too, "plugins": [name],
///                                         "types": [{"kind": "handler" | "server", "name"}]}
///
///   GET    /v1/metrics                   {"metrics": [{"name", "type": "counter" | "gauge", "help", "samples":
///                                         [{"labels": {name: text}, "value"}]}]}; see docs/metrics.md
///   GET    /metrics                      the same as text, in the exposition format of Prometheus
///
/// The last events of a manager, whole; all with [?timeout_ms=N] (5000), answered also while it is suspended:
///   GET    /v1/managers/M/record         {"record": RECORD}
///   POST   /v1/managers/M/record         ?on=true[&events=N][&bytes=N]: from now on the last N (1000), as many
///                                        of them as take up to so much memory (64 MiB); ?on=false -> RECORD
///   GET    /v1/managers/M/record/events  {"record": RECORD, "events": [EVENT], "more": bool}, oldest first;
///                                        [&events=N]: the last N; [&after=SEQ][&until=SEQ]: only those behind
///                                        this one, and up to that. `more`: ask again, after the last of these
///
/// Messages. The query is ?type=T[&timeout_ms=N] (5000 when not given; for what waits: calls, ack, sync), the
/// body is the data, its content type is the message's (text/plain when there is none). With `Content-Type:
/// application/x-baton-lines`, notify and cast take each line of the body as the text of one message: a last
/// line needs no newline, an empty line is a message without data, and a carriage return is data.
///   POST   /v1/managers/M/notify         SENT; [&mode=async], the default: in the mailbox is enough
///                                        [&mode=ack]: one by one, the manager has begun with it
///                                        [&mode=sync]: all handlers have run for all of them
///   POST   /v1/servers/S/cast            SENT
///   POST   /v1/servers/S/call            REPLY as "reply"
///   POST   /v1/handlers/M/ID/call        REPLY as "reply"
///
/// Changes:
///   POST   /v1/managers/M/handlers       RECIPE and ["id"], else the type's name ->
///                                       {"handler": HANDLER, ["note"]}, of a file that a config would not find
///   DELETE /v1/handlers/M/ID             [?argument=A], for its terminate -> REPLY as "value"
///   POST   /v1/handlers/M/ID/swap        RECIPE and ["new_id"], ["mode": "safe" | "destructive"],
///   POST   /v1/servers/S/swap            ["argument"], ["extra"] -> {"swap": SWAP}. A server takes no new_id
///                                        and only mode safe. Options that are not given are kept. Also
///                                        ["canary": number] and ["watch": {"window": "30s",
///                                        ["max_errors"], ["max_error_rate": "0.1%"], ["p99_factor"], ["back"],
///                                        ["redo"]}], as in docs/config.md; then the answer comes when the watch
///                                        is over. A failure has "steps": [STEP] beside its error
///   POST   /v1/upgrade                   ["plugin"], ["file"] (at least one of them), ["extra"], ["canary"] and
///                                        ["watch"] as for a swap ->
///                                        {"upgrade": {"plugin", "version", "swapped": [SWAP and "target",
///                                        "type"], "unchanged": [target], "pause_us", "steps": [STEP]}}
///   POST   /v1/processes/NAME/start      RECIPE of a server; without a type or file: what was stopped under
///                                        that name, else a new event manager -> {"started": "NAME#2"}
///   POST   /v1/processes/NAME/stop       {"stopped": "NAME"}
///   POST   /v1/stop                      {"stopping": true, ["still_running": [ACTIVITY]]}; the host ends
///                                        afterwards, and when these have returned
///
/// The config. A file is an absolute path, read by the host; the host's own when there is none:
///   POST   /v1/config/plan               ["file"] -> {"plan": PLAN}; nothing is changed
///   POST   /v1/config/apply              ["file"] or ["plan": id] -> {"apply": APPLY}
///   POST   /v1/config/reload             {"reloading": true, "generation": n}, before it is done
///   POST   /v1/config/rollback           "generation": n, ["dry_run": bool] -> {"apply": APPLY}; {"plan": PLAN}
///   POST   /v1/config/save               ["dry_run": bool] -> {"save": {"file", "changes": [text], "written"}}
///   GET    /v1/config/drift              {"plan": PLAN}: from what runs to the current generation
///   GET    /v1/config/history            {"generation": n, "history": [{"generation", "time_us", "who", "what",
///                                         "steps": "1 swap, 2 add", "result", "failed": bool}]}, oldest first
///
/// OTP's sys, for each manager, server and supervisor; all with [?timeout_ms=N] (5000). Answered also while the
/// process is suspended:
///   GET    /v1/processes/NAME/sys/status      {"status": {"name", "header", "module", "suspended": bool,
///                                              "parent", "mailbox": MAILBOX, "log": [SYSEVENT],
///                                              "instances": [INSTANCE]}}
///   GET    /v1/processes/NAME/sys/state       {"states": [INSTANCE and what save() gave: ["state_version",
///                                              "state_bytes", "state_base64"], ["error": {"code", "text"}]]}
///   GET    /v1/processes/NAME/sys/log         {"log": [SYSEVENT]}, oldest first; [&events=N]: the last N
///   GET    /v1/processes/NAME/sys/statistics  {"statistics": {"start_time_us", "current_time_us",
///                                              "messages_in", "messages_out"} | null, when they are off}
///   POST   /v1/processes/NAME/sys/suspend     {"suspended": true}
///   POST   /v1/processes/NAME/sys/resume      {"suspended": false}
///   POST   /v1/processes/NAME/sys/log         ?on=true[&events=N], keeps the last N (10), or ?on=false -> {}
///   POST   /v1/processes/NAME/sys/trace       ?on=true | ?on=false -> {}; records `sys_trace` in the log
///   POST   /v1/processes/NAME/sys/statistics  ?on=true | ?on=false -> {}
///   POST   /v1/processes/NAME/sys/no_debug    {}; log, trace, statistics and observers are off
///
/// where
///   RECIPE   ["type"], ["file"] (at least one of them; absolute), ["options": {name: scalar | [scalar]}],
///            ["directory"] (absolute; where relative paths among the options start)
///   HANDLER  {"id", "type", "version", "instance", "handled", "refused", ["watched": true]}, counting events
///   MANAGER  {"name", "instance", "suspended": bool, "mailbox": MAILBOX, "crashes", "handlers": [HANDLER],
///            "ended": [ENDED], the last ones that are gone and had events, oldest first}; one that does not
///            answer within a second has "busy": true and ["activity": ACTIVITY] in the place of the last three
///   ACTIVITY {"in": "log/store" or a process, "callback", "type" and "seq" of its first message, "messages", that
///            it was given, "for_ms", "text": all that for people}
///   ENDED    {"id", "version", "instance", "handled", "refused", "swapped": bool, "ended_us"}
///   SERVER   {"name", "instance", "suspended": bool, "mailbox": MAILBOX, "type", "version", "calls",
///            "casts"}; or "busy": true and ["activity": ACTIVITY]
///   INSTANCE {"id", "type", "version", "instance", ["owner"], ["state": what its format_status shows, JSON or text]};
///            of a handler (newest first), the server, or the supervisor itself
///   SYSEVENT {"time_us", "type", "data_base64", "cut": bool, when the data had more than 256 bytes,
///            "kind": "event" | "call" | "cast" | "info" | "reply" | "new_state", "line": text}
///   RECORD   {"on": bool, "instance": of the manager, "events_max", "bytes_max", "events": that are kept, "bytes",
///            "too_large": events that were left out for that, "first_seq", "last_seq": 0 when there is none}
///   EVENT    {"seq", "time_us", "type", "data", ["content_type"], when it is not text/plain, ["id"], ["source"],
///            ["traceparent"]}; what is no UTF-8 is KEY_base64
///   MAILBOX  {"waiting", "waiting_max", "accepted", "rejected", "dropped_newest", "dropped_oldest"}
///   LIBRARY  {"serial", "file", "plugin", "version", "sha256", "state", ["reason"]}
///   FILE     {"file", "size", "sha256", ["name", "version", "abi", "provides": [{"kind", "name", "help"}]],
///            ["refused": {"reason", "text"}]}. With /v1/plugins, `provides` is OFFER, what is in quarantine has
///            it too, and there are "signature": "unsigned" | "not checked", "used_by": ["log/store"], "state":
///            "available" | "loaded" | "refused" | "quarantined". ?which=FILE, NAME, TYPE or HASH
///   OFFER    {"kind", "name", "help", "state": {"writes", "reads": [n]}, "capabilities": [text],
///            "options": [{"name", "type", "required": bool, "hot": bool, ["default", "min", "max", "values"],
///            "help"}]}
///   ENTRY    {"sha256", "file", "plugin", "version", "time_us", "reason", "step", "signal": 0 when none, "text",
///            "left_out": ["log/store"], what does not run for it}
///   SENT     {"accepted": n, "refused": n, "failures": [{"handler", "crashed": bool, "reason"}],
///            ["error": {"code", "text"}]}; `refused` and `failures` are known for sync only. `error` says
///            why what follows the accepted ones was not taken; when none was, the whole reply is the failure
///   PLAN     {"id": for apply, empty when there is nothing to do, "generation": that it starts from, "file",
///            "steps": [STEP], "unchanged": [process], "later": [text; with the next start of the host],
///            "warnings": text, ["back_to"], of a rollback: the generation that the steps lead to, not the file}
///   STEP     {"action": "stop" | "start" | "restart" | "adjust" | "add" | "swap" | "reconfigure" | "reorder" |
///            "supervise" | "remove", "kind": "handler" | "manager" | "server" | "supervisor", "target", "what",
///            "reason", ["without_swap": bool], of reconfigure: whether the instance goes on,
///            ["loses_state": true], what runs has one, and nobody takes it over}; of an APPLY also
///            "outcome": "ok" | "failed" | "skipped" | "taken back" | "NOT taken back", "text", "took_us"
///   APPLY    {"result": "done" | "taken_back" | "half_taken_back", "generation": now, "previous", "took_ms",
///            "steps": [STEP], those taken back again behind the others, "later", "warnings",
///            "found_by_hand": bool, `previous` is what ran, which was not what had been applied,
///            "not_kept": [target], which a rollback to that does not bring back, ["error"]}
///   REPLY    {NAME: text, "content_type"}; data that is no UTF-8 is {NAME_base64: text, "content_type"}
///   SWAP     {"old_type", "new_type", "old_version", "new_version", "old_instance", "new_instance",
///            "state_moved": bool, "old_state_version", "state_bytes", "at_message", "pause_us", "steps": [STEP],
///            ["left_state_bytes"], of a state that was lost, since another type does not take it over,
///            ["state_parts"], when the state went over in parts, ["memory_bytes"], of the host, that were handed over,
///            ["watch": {"events", "errors", "p99_ns", "p99_before_ns", "lasted_us"}]}
///   STEP     {"step", "ok": bool, "took_us", "text"}, in the order in which they were done; "step" is one of
///            check, copy, trial, load, canary, wait, state, create, cut over, old, unload, watch, back and total
///
/// A failure is {"error": {"code", "text"}}: an Errc's name under a fitting status, see http_status_of. What
/// HTTP itself has to say (404 for no such route, 405, 413, 431) comes in the same document.
// clang-format on
namespace baton {

struct ApiRequest {
  std::string method;
  std::string target;  // path and query
  std::string content_type;
  std::string body;
};

struct ApiReply {
  int status = 200;
  std::string body;  // JSON
  std::string content_type = "application/json";
};

/// Answers requests by way of the verbs. Owned by Host. Threads: any; waits as long as the verb does.
class Api {
 public:
  /// `verbs` outlives it.
  explicit Api(Verbs& verbs) : verbs_(verbs) {}

  /// `call_off` may be null; it outlives the call.
  [[nodiscard]] ApiReply handle(const ApiRequest& request, const Caller& caller, CallOff* call_off = nullptr);

 private:
  Verbs& verbs_;
};

/// The reply that says `error`.
[[nodiscard]] ApiReply error_reply(const Error& error);

/// The same under another status, for what HTTP has its own number for.
[[nodiscard]] ApiReply error_reply(int status, const Error& error);

/// The status of a failure.
[[nodiscard]] int http_status_of(Errc code);

}  // namespace baton
