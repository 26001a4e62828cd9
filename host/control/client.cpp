// SPDX-License-Identifier: Apache-2.0
#include "host/control/client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include <utility>

namespace baton {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Local = asio::local::stream_protocol;

struct Client::Connection {
  asio::io_context context{1};
  Local::socket socket{context};
  boost::beast::flat_buffer buffer;
  bool has_answered = false;  // at least once: so a close before the next answer may be an idle one
};

Client::Client(std::filesystem::path socket) : socket_(std::move(socket)) {}

Client::~Client() = default;

Result<void> Client::connect() {
  auto connection = std::make_unique<Connection>();
  boost::system::error_code error;
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

Result<ClientReply> Client::exchange(std::string_view method, std::string_view target, std::string_view body,
                                     std::string_view content_type) {
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
  const auto lost = [this](const boost::system::error_code& error) {
    connection_ = nullptr;
    return fail(Errc::unreachable,
                fmt::format("the host at {} went away ({})", socket_.string(), error.message()));
  };
  boost::system::error_code error;
  http::write(connection_->socket, request, error);
  if (error) {
    return lost(error);
  }
  http::response_parser<http::string_body> parser;
  parser.body_limit(boost::none);
  http::read(connection_->socket, connection_->buffer, parser, error);
  if (error) {
    return lost(error);
  }
  connection_->has_answered = true;
  auto& reply = parser.get();
  ClientReply taken{static_cast<int>(reply.result_int()), std::string(reply[http::field::content_type]),
                    std::move(reply.body())};
  if (!reply.keep_alive()) {
    connection_ = nullptr;
  }
  return taken;
}

Result<ClientReply> Client::request(std::string_view method, std::string_view target, std::string_view body,
                                    std::string_view content_type) {
  const bool may_be_idle = connection_ && connection_->has_answered && method == "GET";
  if (!connection_) {
    if (auto connected = connect(); !connected) {
      return fail(connected.error());
    }
  }
  auto reply = exchange(method, target, body, content_type);
  if (reply || !may_be_idle) {
    return reply;
  }
  if (auto connected = connect(); !connected) {
    return fail(connected.error());
  }
  return exchange(method, target, body, content_type);
}

}  // namespace baton
