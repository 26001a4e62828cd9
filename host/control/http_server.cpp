// SPDX-License-Identifier: Apache-2.0
// The only file with a server of Beast: it takes long to compile.
#include "host/control/http_server.hpp"

#include "host/base/mutex.hpp"
#include "host/control/control_socket.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <list>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace baton {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Local = asio::local::stream_protocol;

namespace {

Caller peer_of(Local::socket& socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return {static_cast<uid_t>(-1), 0};  // nobody: not permitted
  }
  return {credentials.uid, credentials.pid};
}

void set_idle_limit(Local::socket& socket, std::chrono::seconds limit) {
  const timeval time{limit.count(), 0};
  (void)setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
}

Error system_error(const std::string& what) {
  return {Errc::io_failed, what + ": " + std::strerror(errno)};
}

}  // namespace

class HttpServer::Implementation {
 public:
  Implementation(std::filesystem::path path, Api& api, Log& log, HttpServerOptions options)
      : path_(std::move(path)), api_(api), log_(log), options_(std::move(options)) {
    if (!options_.is_permitted) {
      options_.is_permitted = [](uid_t uid) {
        return uid == 0 || uid == geteuid();
      };
    }
  }

  ~Implementation() {
    {
      const Lock lock(mutex_);
      is_ending_ = true;
      // Wakes the accept. (close() would not, and would free the number for somebody else.)
      ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
      for (const auto& connection : connections_) {
        // No more requests; the one that is being answered still is.
        ::shutdown(connection->socket.native_handle(), SHUT_RD);
      }
    }
    if (listener_.joinable()) {
      listener_.join();
      ::unlink(path_.c_str());
    }
    for (const auto& connection : connections_) {
      connection->thread.join();
    }
  }

  Result<void> listen() {
    if (auto prepared = prepare_socket(path_); !prepared) {
      return prepared;
    }
    boost::system::error_code error;
    acceptor_.open(Local(), error);
    // The mode must be right from the first moment; umask is the process's, so bind first and listen last.
    if (!error) {
      acceptor_.bind(Local::endpoint(path_.string()), error);
    }
    if (error) {
      return fail(Errc::io_failed,
                  fmt::format("cannot bind the socket {}: {}", path_.string(), error.message()));
    }
    if (::chmod(path_.c_str(), 0600) != 0) {
      return fail(system_error("cannot set the mode of the socket " + path_.string()));
    }
    acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return fail(Errc::io_failed, fmt::format("cannot listen on {}: {}", path_.string(), error.message()));
    }
    listener_ = std::thread([this] { accept_loop(); });
    log_.info("listening", {{"socket", path_.string()}});
    return {};
  }

 private:
  struct Connection {
    explicit Connection(Local::socket accepted) : socket(std::move(accepted)) {}

    Local::socket socket;
    std::thread thread;
    bool has_ended = false;  // guarded by the server's mutex
  };

  void accept_loop() {
    for (;;) {
      boost::system::error_code error;
      Local::socket socket(context_);
      acceptor_.accept(socket, error);
      const Lock lock(mutex_);
      if (is_ending_) {
        return;
      }
      join_ended();
      if (error) {
        log_.warning("accept_failed", {{"socket", path_.string()}, {"reason", error.message()}});
        continue;
      }
      const bool has_room = connections_.size() < options_.connections_max;
      connections_.push_back(std::make_unique<Connection>(std::move(socket)));
      Connection& connection = *connections_.back();
      connection.thread = std::thread([this, &connection, has_room] {
        serve(connection.socket, has_room);
        const Lock end(mutex_);
        connection.has_ended = true;
      });
    }
  }

  void join_ended() BATON_REQUIRES(mutex_) {
    connections_.remove_if([](const auto& connection) {
      if (connection->has_ended) {
        connection->thread.join();  // it has left its last lock: this does not wait
      }
      return connection->has_ended;
    });
  }

  void serve(Local::socket& socket, bool has_room) {
    set_idle_limit(socket, options_.idle_max);
    const Caller caller = peer_of(socket);
    boost::beast::flat_buffer buffer;
    bool goes_on = true;
    while (goes_on) {
      http::request_parser<http::string_body> parser;
      parser.header_limit(static_cast<std::uint32_t>(options_.header_max));
      parser.body_limit(options_.body_max);
      boost::system::error_code error;
      http::read(socket, buffer, parser, error);
      if (error) {
        refuse_unreadable(socket, error);
        break;
      }
      const auto& request = parser.get();
      goes_on = request.keep_alive() && has_room;
      write(socket, answer(request, caller, has_room), goes_on);
    }
    boost::system::error_code ignored;  // the other side may be gone already
    socket.shutdown(Local::socket::shutdown_both, ignored);
  }

  ApiReply answer(const http::request<http::string_body>& request, const Caller& caller, bool has_room) {
    if (!options_.is_permitted(caller.uid)) {
      return error_reply(
          {Errc::permission_denied, fmt::format("user {} may not talk to this host", caller.uid)});
    }
    if (!has_room) {
      return error_reply(
          {Errc::overloaded,
           fmt::format("{} connections are open, which is the limit; come later", options_.connections_max)});
    }
    const auto text = [](boost::beast::string_view view) {
      return std::string(view.data(), view.size());
    };
    return api_.handle({text(request.method_string()), text(request.target()),
                        text(request[http::field::content_type]), request.body()},
                       caller);
  }

  void refuse_unreadable(Local::socket& socket, const boost::system::error_code& error) {
    if (error == http::error::body_limit) {
      ApiReply reply = error_reply(
          {Errc::bad_request, fmt::format("the body is larger than {} bytes", options_.body_max)});
      reply.status = 413;
      write(socket, reply, false);
    } else if (error == http::error::header_limit) {
      ApiReply reply = error_reply(
          {Errc::bad_request, fmt::format("the header is larger than {} bytes", options_.header_max)});
      reply.status = 431;
      write(socket, reply, false);
    } else if (error.category() == make_error_code(http::error::end_of_stream).category() &&
               error != http::error::end_of_stream && error != http::error::partial_message) {
      write(socket, error_reply({Errc::bad_request, "that is no HTTP: " + error.message()}), false);
    }
    // Else the other side is gone, or has been idle too long: nobody to tell.
  }

  static void write(Local::socket& socket, const ApiReply& reply, bool keep_alive) {
    http::response<http::string_body> response;
    response.version(11);
    response.result(static_cast<unsigned>(reply.status));
    response.set(http::field::content_type, "application/json");
    response.set(http::field::cache_control, "no-store");
    response.keep_alive(keep_alive);
    response.body() = reply.body + "\n";
    response.prepare_payload();
    boost::system::error_code ignored;  // who does not wait for the reply does not get it
    http::write(socket, response, ignored);
  }

  const std::filesystem::path path_;
  Api& api_;
  Log& log_;
  HttpServerOptions options_;
  asio::io_context context_{1};  // for synchronous calls only: never run
  Local::acceptor acceptor_{context_};
  Mutex mutex_;
  std::list<std::unique_ptr<Connection>> connections_ BATON_GUARDED_BY(mutex_);
  bool is_ending_ BATON_GUARDED_BY(mutex_) = false;
  std::thread listener_;
};

Result<std::unique_ptr<HttpServer>> HttpServer::listen(const std::filesystem::path& socket, Api& api,
                                                       Log& log, HttpServerOptions options) {
  auto implementation = std::make_unique<Implementation>(socket, api, log, std::move(options));
  if (auto listening = implementation->listen(); !listening) {
    return fail(listening.error());
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(implementation)));
}

HttpServer::HttpServer(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}

HttpServer::~HttpServer() = default;

}  // namespace baton
