// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// What a client of one's own says to a host over its Unix socket: HTTP, written by hand.
namespace bench {

constexpr std::string_view notify_target = "/v1/managers/events/notify?type=line";
constexpr std::string_view lines_content_type = "application/x-baton-lines";
constexpr std::string_view echo_target = "/v1/servers/echo/call?type=say";
constexpr std::string_view count_target = "/v1/handlers/events/LineHandler/call?type=count";
constexpr std::string_view text_content_type = "text/plain";

/// How long a call waits at most; the host takes so much for no limit.
constexpr std::string_view no_limit = "&timeout_ms=999999999999";

/// Makes `request` a POST of `body`.
inline void write_post(std::string_view target, std::string_view content_type, std::string_view body,
                       std::string& request) {
  request.assign("POST ").append(target).append(" HTTP/1.1\r\nHost: baton\r\nContent-Type: ");
  request.append(content_type).append("\r\nContent-Length: ").append(std::to_string(body.size()));
  request.append("\r\n\r\n").append(body);
}

/// The body of the host's answer to so many lines.
[[nodiscard]] inline std::string accepted_body(std::uint64_t lines) {
  return "{\"accepted\":" + std::to_string(lines) + ",\"refused\":0,\"failures\":[]}\n";
}

/// The body of the host's answer to a call that replies with `text`, which needs no escaping.
[[nodiscard]] inline std::string reply_body(std::string_view text) {
  return "{\"reply\":\"" + std::string(text) + "\",\"content_type\":\"text/plain; charset=utf-8\"}\n";
}

}  // namespace bench
