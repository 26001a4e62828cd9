// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/log.hpp"
#include "host/base/result.hpp"
#include "host/control/api.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <sys/types.h>

namespace baton {

struct HttpServerOptions {
  std::size_t connections_max = 64;  // the next one is told to come later
  std::size_t header_max = 16U << 10U;
  std::size_t body_max = 8U << 20U;
  std::chrono::milliseconds idle_max{60'000};  // who sends or takes nothing for so long is cut off
  /// Who may talk to the host: root and the user it runs as, unless a test says otherwise.
  std::function<bool(uid_t)> is_permitted;
};

/// Serves the Api over HTTP on a Unix socket (mode 0600). One thread per connection: a connection is a
/// sender, its requests are carried out in their order, and one that has to wait holds up nobody else.
/// Owned by Host. The destructor stops listening, removes the socket, and ends the connections; it waits
/// for the requests that are being carried out, which are still answered (one that calls without a time-out
/// may take for ever), and not for clients that send or take nothing. Log records: listening, accept_failed.
class HttpServer {
 public:
  /// Listens from when this returns. `api` and `log` outlive it. Errors: prepare_socket's, and io_failed.
  static Result<std::unique_ptr<HttpServer>> listen(const std::filesystem::path& socket, Api& api, Log& log,
                                                    HttpServerOptions options = {});

  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

 private:
  class Implementation;  // where Beast is

  explicit HttpServer(std::unique_ptr<Implementation> implementation);

  const std::unique_ptr<Implementation> implementation_;
};

}  // namespace baton
