// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/control/verbs.hpp"

#include <string>
#include <string_view>

namespace baton {

/// The host's requests and replies as HTTP carries them, without HTTP. Bodies are JSON documents unless
/// said otherwise; parts of a path and of a query are percent-encoded; GET never changes anything.
///
///   GET    /v1/status                        everything there is to know; see api_documents.cpp
///   GET    /v1/plugins                       {"plugins": […]}
///   GET    /v1/libraries                     {"libraries": […]}
///   GET    /v1/names                         {"managers": […], "handlers": ["log/store"], "servers": […],
///                                             "types": [{"kind", "name"}]}
///   GET    /v1/managers/M/handlers           {"handlers": […]}, newest first
///   POST   /v1/managers/M/notify?type=T      the body is the data, with its content type; or, with
///          [&mode=async|sync|ack]             `application/x-baton-lines`, each line is the data of one
///          event.
///          [&timeout_ms=N]                    {"accepted": n, "refused": n, "failures": [{"handler",
///                                             "crashed", "reason"}]}; `sync` answers when all handlers have
///                                             run for all of them
///   POST   /v1/managers/M/handlers           {"type" | "file", "id", "options": {name: text | [text]},
///                                             "directory"} -> {"handler": …}
///   DELETE /v1/handlers/M/ID?argument=A      {"value", "content_type"} of its terminate
///   POST   /v1/handlers/M/ID/call?type=T     the body is the data -> {"reply", "content_type"}
///   POST   /v1/handlers/M/ID/swap            {"type" | "file", "new_id", "mode": "safe" | "destructive",
///   POST   /v1/servers/S/swap                 "argument", "extra", "options", "directory"} -> {"swap": …}
///   POST   /v1/servers/S/call?type=T         as for handlers
///   POST   /v1/servers/S/cast?type=T         {"accepted": n}
///   POST   /v1/processes/NAME/start          {"type" | "file", "options", "directory"} -> {"started":
///   "NAME#2"} POST   /v1/processes/NAME/stop           {"stopped": "NAME"} POST   /v1/stop {"stopping":
///   true}; the host ends afterwards
///
/// A failure is {"error": {"code", "text"}} with an Errc's name as the code, under a fitting status.
/// Data that is not UTF-8 comes back in base64, as "reply_base64" in the place of "reply".
struct ApiRequest {
  std::string method;
  std::string target;  // path and query
  std::string content_type;
  std::string body;
};

struct ApiReply {
  int status = 200;
  std::string body;  // JSON
};

/// Answers requests by way of the verbs. Owned by main(). Threads: any; waits as long as the verb does.
class Api {
 public:
  /// `verbs` outlives it.
  explicit Api(Verbs& verbs) : verbs_(verbs) {}

  [[nodiscard]] ApiReply handle(const ApiRequest& request, const Caller& caller);

 private:
  Verbs& verbs_;
};

/// The reply that says `error`.
[[nodiscard]] ApiReply error_reply(const Error& error);

}  // namespace baton
