// SPDX-License-Identifier: Apache-2.0
#include "host/control/client.hpp"

#include "host/control/control_socket.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace baton {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Local = asio::local::stream_protocol;
using ErrorCode = boost::system::error_code;

namespace {

Error lost(const std::filesystem::path& socket, const ErrorCode& error) {
  const bool is_http = error.category() == make_error_code(http::error::end_of_stream).category();
  if (is_http && error != http::error::end_of_stream && error != http::error::partial_message) {
    return {Errc::unreachable, fmt::format("what listens at {} is no baton host: its reply is no HTTP ({})",
                                           socket.string(), error.message())};
  }
  return {Errc::unreachable,
          fmt::format("the host at {} went away before it answered ({}); whether it did what was asked is "
                      "not known",
                      socket.string(), error.message())};
}

}  // namespace

struct Client::Connection {
  // Beast reads at most so much at once, and no more than its buffer has room for, which begins with 512
  // bytes.
  static constexpr std::size_t read_bytes = 64U << 10U;

  Connection() { buffer.reserve(read_bytes); }

  asio::io_context context{1};
  Local::socket socket{context};
  boost::beast::flat_buffer buffer;

  /// False once the host has closed it, as it does with idle ones.
  [[nodiscard]] bool is_open() {
    char byte = 0;
    const ssize_t size = recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }
};

Client::Client(std::filesystem::path socket) : socket_(std::move(socket)) {}

Client::~Client() = default;

Result<void> Client::connect() {
  connection_ = nullptr;
  if (socket_.native().size() > socket_path_max) {
    return fail(Errc::unreachable,
                fmt::format("no host can listen at {}: the path has {} bytes, the system allows {}",
                            socket_.string(), socket_.native().size(), socket_path_max));
  }
  auto connection = std::make_unique<Connection>();
  ErrorCode error;
  connection->socket.connect(Local::endpoint(socket_.string()), error);
  if (error == boost::system::errc::permission_denied) {
    return fail(Errc::permission_denied,
                fmt::format("the socket {} belongs to another user", socket_.string()));
  }
  if (error) {
    return fail(
        Errc::unreachable,
        fmt::format(
            "no host answers at {} ({}); start one with `baton run`, or name its socket with --socket",
            socket_.string(), error.message()));
  }
  connection_ = std::move(connection);
  return {};
}

Result<ClientReply> Client::send_and_receive(std::string_view method, std::string_view target,
                                             std::string_view body, std::string_view content_type) {
  // Kept again only when all went well.
  std::unique_ptr<Connection> connection = std::move(connection_);
  http::request<http::span_body<const char>> request;
  request.version(11);
  request.method_string({method.data(), method.size()});
  request.target({target.data(), target.size()});
  request.set(http::field::host, "baton");
  if (!content_type.empty()) {
    request.set(http::field::content_type, {content_type.data(), content_type.size()});
  }
  request.body() = {body.data(), body.size()};
  request.prepare_payload();
  ErrorCode write_error;
  http::write(connection->socket, request, write_error);
  const bool may_be_refused =
      write_error == asio::error::broken_pipe || write_error == asio::error::connection_reset;
  if (write_error && !may_be_refused) {
    return fail(lost(socket_, write_error));
  }
  // Who is refused is told before he has sent everything: the reply may be there although writing failed.
  http::response_parser<http::string_body> parser;
  parser.body_limit(boost::none);
  ErrorCode error;
  http::read(connection->socket, connection->buffer, parser, error);
  if (error) {
    return fail(lost(socket_, write_error ? write_error : error));
  }
  auto& reply = parser.get();
  ClientReply taken{static_cast<int>(reply.result_int()), std::string(reply[http::field::content_type]),
                    std::move(reply.body())};
  if (reply.keep_alive() && !write_error) {
    connection_ = std::move(connection);
  }
  return taken;
}

Result<ClientReply> Client::request(std::string_view method, std::string_view target, std::string_view body,
                                    std::string_view content_type) {
  const bool was_kept = connection_ && connection_->is_open();
  if (!was_kept) {
    if (auto connected = connect(); !connected) {
      return fail(connected.error());
    }
  }
  auto reply = send_and_receive(method, target, body, content_type);
  if (reply || !was_kept || method != "GET") {
    return reply;
  }
  // It may have been closed while the request was on its way.
  if (auto connected = connect(); !connected) {
    return fail(connected.error());
  }
  return send_and_receive(method, target, body, content_type);
}

}  // namespace baton
