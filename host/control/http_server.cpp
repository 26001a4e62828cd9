// SPDX-License-Identifier: Apache-2.0
// The only file with a server of Beast: it takes long to compile.
#include "host/control/http_server.hpp"

#include "host/control/control_socket.hpp"
#include "host/control/end_signal.hpp"
#include "host/control/patient_stream.hpp"
#include "host/loader/file_descriptor.hpp"
#include "host/runtime/patience.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <deque>
#include <list>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace baton {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Local = asio::local::stream_protocol;
using ErrorCode = boost::system::error_code;

namespace {

Caller peer_of(Local::socket& socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return {static_cast<uid_t>(-1), 0};  // nobody: not permitted
  }
  return {credentials.uid, credentials.pid};
}

Error system_error(const std::string& what) {
  return {Errc::io_failed, what + ": " + std::strerror(errno)};
}

/// Writes a reply; false when it did not get through: then nobody waits for it.
template <class Stream>
bool write_reply(Stream& stream, const ApiReply& reply, bool keep_alive) {
  http::response<http::string_body> response;
  response.version(11);
  response.result(static_cast<unsigned>(reply.status));
  response.set(http::field::content_type, reply.content_type);
  response.set(http::field::cache_control, "no-store");
  response.keep_alive(keep_alive);
  response.body() = reply.body + "\n";
  response.prepare_payload();
  ErrorCode error;
  http::write(stream, response, error);
  return !error;
}

std::string text_of(boost::beast::string_view view) {
  return {view.data(), view.size()};
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
    end_.raise();
    if (listener_.joinable()) {
      listener_.join();
    }
    remove_socket();
    ErrorCode ignored;  // who is still in its queue is told by this
    acceptor_.close(ignored);
    for (const auto& connection : connections_) {
      connection->call_off.call_off(CallOff::Why::host_ends);
    }
    for (const auto& connection : connections_) {
      connection->thread.join();
    }
  }

  Result<void> listen() {
    if (auto prepared = prepare_socket(path_); !prepared) {
      return prepared;
    }
    if (auto opened = end_.open(); !opened) {
      return opened;
    }
    ErrorCode error;
    acceptor_.open(Local(), error);
    // The mode must be right from the first moment; umask is the process's, so bind first and listen last.
    if (!error) {
      acceptor_.bind(Local::endpoint(path_.string()), error);
    }
    if (error) {
      return fail(Errc::io_failed,
                  fmt::format("cannot bind the socket {}: {}", path_.string(), error.message()));
    }
    if (::chmod(path_.c_str(), 0600) != 0 || ::stat(path_.c_str(), &file_) != 0) {
      ::unlink(path_.c_str());
      return fail(system_error("cannot set the mode of the socket " + path_.string()));
    }
    acceptor_.non_blocking(true, error);
    if (!error) {
      acceptor_.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
      return fail(Errc::io_failed, fmt::format("cannot listen on {}: {}", path_.string(), error.message()));
    }
    if (!watch(acceptor_.native_handle(), EPOLLIN, nullptr)) {
      return fail(system_error("cannot wait for connections"));
    }
    listener_ = std::thread([this] { accept_loop(); });
    log_.info("listening", {{"socket", path_.string()}});
    return {};
  }

 private:
  struct Connection {
    std::thread thread;
    CallOff call_off;                     // of what its client waits for
    std::atomic<bool> has_ended = false;  // the last thing that its thread does
  };

  /// The listener hears of it: null is the acceptor, else that connection's client has gone, which is told
  /// once, and asked for by no event. Until the socket is closed.
  bool watch(int socket, std::uint32_t events, Connection* connection) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = connection;
    return epoll_ctl(watched_.get(), EPOLL_CTL_ADD, socket, &event) == 0;
  }

  /// Whether somebody wants to be let in. One event at a time: a connection may go before the next one.
  bool is_anybody_there() {
    epoll_event event{};
    if (epoll_wait(watched_.get(), &event, 1, 0) != 1) {
      return false;
    }
    if (event.data.ptr != nullptr) {
      static_cast<Connection*>(event.data.ptr)->call_off.call_off(CallOff::Why::asker_left);
      return false;
    }
    return true;
  }

  void accept_loop() {
    for (;;) {
      if (end_.wait(watched_.get(), POLLIN, forever) == EndSignal::Outcome::ended) {
        return;
      }
      if (!is_anybody_there()) {
        continue;
      }
      ErrorCode error;
      Local::socket socket(context_);
      acceptor_.accept(socket, error);
      if (!error) {
        welcome(std::move(socket));
      } else if (error != asio::error::would_block && error != asio::error::connection_aborted) {
        // As a rule too many open files. It is still there at once: trying again must wait.
        log_.warning("accept_failed", {{"socket", path_.string()}, {"reason", error.message()}});
        if (end_.wait(-1, 0, pause_after_failure) == EndSignal::Outcome::ended) {
          return;
        }
      }
    }
  }

  void welcome(Local::socket socket) {
    connections_.remove_if([](const auto& connection) {
      if (connection->has_ended) {
        connection->thread.join();
        return true;
      }
      return false;
    });
    const Caller caller = peer_of(socket);
    if (!options_.is_permitted(caller.uid)) {
      return refuse(std::move(socket),
                    {Errc::permission_denied, fmt::format("user {} may not talk to this host", caller.uid)});
    }
    if (connections_.size() >= options_.connections_max) {
      return refuse(std::move(socket),
                    {Errc::overloaded, fmt::format("{} connections are open, which is the limit; come later",
                                                   options_.connections_max)});
    }
    connections_.push_back(std::make_unique<Connection>());
    // Not watched, a client that hangs up is noticed when it is answered.
    (void)watch(socket.native_handle(), EPOLLET, connections_.back().get());
    start(*connections_.back(), std::move(socket), caller);
  }

  void start(Connection& connection, Local::socket socket, const Caller& caller) {
    const auto shared = std::make_shared<Local::socket>(std::move(socket));
    try {
      connection.thread = std::thread([this, &connection, shared, caller] {
        serve(std::move(*shared), caller, connection.call_off);
        connection.has_ended = true;
      });
    } catch (const std::system_error& error) {  // how std::thread says that the system has no more
      connections_.pop_back();
      refuse(std::move(*shared), {Errc::overloaded, fmt::format("no more threads: {}", error.what())});
    }
  }

  /// Answers before anything is asked, and without waiting. The socket stays open for a while: closed at
  /// once, a client that is still writing its request would get an error instead of the reply.
  void refuse(Local::socket socket, const Error& error) {
    ErrorCode ignored;  // it may have gone
    socket.non_blocking(true, ignored);
    write_reply(socket, error_reply(error), false);
    socket.shutdown(Local::socket::shutdown_send, ignored);
    refused_.push_back(std::move(socket));
    if (refused_.size() > refused_max) {
      refused_.pop_front();
    }
  }

  void serve(Local::socket socket, const Caller& caller, CallOff& call_off) {
    PatientStream stream(std::move(socket), end_, options_.idle_max);
    boost::beast::flat_buffer buffer;
    buffer.reserve(read_bytes);
    while (serve_one(stream, buffer, caller, call_off)) {
    }
  }

  /// Reads a request and answers it. False: the connection is over.
  bool serve_one(PatientStream& stream, boost::beast::flat_buffer& buffer, const Caller& caller,
                 CallOff& call_off) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(options_.header_max));
    parser.body_limit(options_.body_max);
    ErrorCode error;
    http::read_header(stream, buffer, parser, error);
    if (!error && boost::beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      // curl asks before it sends a large body, and would wait a second for this.
      http::response<http::empty_body> go_on(http::status::continue_, 11);
      http::write(stream, go_on, error);
    }
    if (!error) {
      http::read(stream, buffer, parser, error);
    }
    if (error) {
      refuse_unreadable(stream, error);
      return false;
    }
    auto& request = parser.get();
    const bool keep_alive = request.keep_alive();
    const ApiReply reply =
        api_.handle({text_of(request.method_string()), text_of(request.target()),
                     text_of(request[http::field::content_type]), std::move(request.body())},
                    caller, &call_off);
    return write_reply(stream, reply, keep_alive) && keep_alive;
  }

  void refuse_unreadable(PatientStream& stream, const ErrorCode& error) {
    if (error == http::error::body_limit) {
      write_reply(stream,
                  error_reply(413, {Errc::bad_request,
                                    fmt::format("the body is larger than {} bytes", options_.body_max)}),
                  false);
    } else if (error == http::error::header_limit) {
      write_reply(stream,
                  error_reply(431, {Errc::bad_request,
                                    fmt::format("the header is larger than {} bytes", options_.header_max)}),
                  false);
    } else if (error.category() == make_error_code(http::error::end_of_stream).category() &&
               error != http::error::end_of_stream && error != http::error::partial_message) {
      write_reply(stream, error_reply({Errc::bad_request, "that is no HTTP: " + error.message()}), false);
    }
    // Else the other side is gone, or has been idle too long: nobody to tell.
  }

  /// Not when it is another's by now: somebody may have removed ours by hand.
  void remove_socket() {
    struct stat now {};

    if (file_.st_ino != 0 && ::stat(path_.c_str(), &now) == 0 && now.st_dev == file_.st_dev &&
        now.st_ino == file_.st_ino) {
      ::unlink(path_.c_str());
    }
  }

  // Beast reads at most so much at once, and no more than its buffer has room for, which begins with 512
  // bytes.
  static constexpr std::size_t read_bytes = 64U << 10U;
  static constexpr std::chrono::milliseconds forever{-1};
  static constexpr std::chrono::milliseconds pause_after_failure{100};
  static constexpr std::size_t refused_max = 16;

  const std::filesystem::path path_;
  Api& api_;
  Log& log_;
  HttpServerOptions options_;
  asio::io_context context_{1};  // for synchronous calls only: never run
  Local::acceptor acceptor_{context_};
  EndSignal end_;
  const FileDescriptor watched_{epoll_create1(EPOLL_CLOEXEC)};  // for the listener

  struct stat file_ {};  // of our socket, once it is bound

  // The listener's, and the destructor's once that has ended.
  std::list<std::unique_ptr<Connection>> connections_;
  std::deque<Local::socket> refused_;
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
