// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace baton {

struct ClientReply {
  int status = 0;
  std::string content_type;
  std::string body;
};

/// Talks to a running host over its socket. One connection, kept between requests: what is sent through one
/// client arrives in that order. One owner, one thread at a time.
class Client {
 public:
  /// Connects at the first request.
  explicit Client(std::filesystem::path socket);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Sends a request and waits for its reply, however long that takes: requests carry their own time-outs.
  /// A kept connection that the host has closed meanwhile is replaced before anything is sent. A GET that was
  /// not answered on a kept connection is repeated once on a new one; nothing else is ever sent twice.
  /// Errors: unreachable (nobody listens, or the host went away: whether the request was carried out is then
  /// unknown), permission_denied by the socket's mode.
  Result<ClientReply> request(std::string_view method, std::string_view target, std::string_view body,
                              std::string_view content_type);

  [[nodiscard]] const std::filesystem::path& socket() const { return socket_; }

 private:
  struct Connection;

  Result<void> connect();
  Result<ClientReply> send_and_receive(std::string_view method, std::string_view target,
                                       std::string_view body, std::string_view content_type);

  const std::filesystem::path socket_;
  std::unique_ptr<Connection> connection_;  // null: not connected
};

}  // namespace baton
