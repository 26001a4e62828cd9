// SPDX-License-Identifier: Apache-2.0
#include "bench/end_to_end/wire.hpp"

#include "bench/common/measure.hpp"
#include "bench/end_to_end/requests.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {
namespace {

constexpr std::size_t read_size = 256U << 10U;
constexpr std::string_view end_of_header = "\r\n\r\n";
constexpr std::string_view length_field = "Content-Length: ";

std::size_t content_length(std::string_view header) {
  const auto field = header.find(length_field);
  require(field != std::string_view::npos, "a message says how long it is");
  return std::strtoull(header.data() + field + length_field.size(), nullptr, 10);
}

/// A header as long as a host's.
std::string answer_with(std::string_view body) {
  std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nContent-Length: ";
  answer.append(std::to_string(body.size())).append(end_of_header).append(body);
  return answer;
}

/// Bodies of lines are counted; others come back.
[[noreturn]] void serve(int descriptor) {
  Wire wire(descriptor);
  std::uint64_t all = 0;
  for (;;) {
    const Wire::HttpMessage request = wire.receive();
    if (request.header.empty()) {
      _exit(0);
    }
    std::string body;
    if (request.header.find(count_target) != std::string_view::npos) {
      body = reply_body(std::to_string(all));
    } else if (request.header.find(lines_content_type) != std::string_view::npos) {
      const auto lines = std::count(request.body.begin(), request.body.end(), '\n');
      all += static_cast<std::uint64_t>(lines);
      body = accepted_body(static_cast<std::uint64_t>(lines));
    } else {
      body = reply_body(request.body);
    }
    (void)wire.send(answer_with(body));
  }
}

}  // namespace

Wire::Wire(int descriptor) : descriptor_(descriptor), buffer_(read_size, '\0') {}

Wire::~Wire() {
  (void)close(descriptor_);
}

int Wire::connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  require(path.size() < sizeof address.sun_path, "the path of a socket is short");
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  require(descriptor >= 0 &&
              ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
          "the host answers");
  return descriptor;
}

bool Wire::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Wire::read_more() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
  }
  if (end_ == buffer_.size()) {
    buffer_.resize(2 * buffer_.size());
  }
  const ssize_t got = recv(descriptor_, buffer_.data() + end_, buffer_.size() - end_, 0);
  if (got <= 0) {
    return false;
  }
  end_ += static_cast<std::size_t>(got);
  return true;
}

Wire::HttpMessage Wire::receive() {
  std::size_t header_size = 0;
  std::size_t size = 0;
  while (size == 0 || end_ - begin_ < size) {
    const std::string_view there{buffer_.data() + begin_, end_ - begin_};
    if (const auto found = size == 0 ? there.find(end_of_header) : std::string_view::npos;
        found != std::string_view::npos) {
      header_size = found + end_of_header.size();
      size = header_size + content_length(there.substr(0, header_size));
    } else if (!read_more()) {
      return {};
    }
  }
  const std::string_view message{buffer_.data() + begin_, size};
  begin_ += size;
  return {message.substr(0, header_size), message.substr(header_size)};
}

LeastServer::LeastServer() {
  std::array<int, 2> ends{};
  require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0, "sockets can be made");
  process_ = fork();
  require(process_ >= 0, "a process can be made");
  if (process_ == 0) {
    (void)close(ends[0]);
    serve(ends[1]);
  }
  (void)close(ends[1]);
  descriptor_ = ends[0];
}

LeastServer::~LeastServer() {
  (void)kill(process_, SIGKILL);
  (void)waitpid(process_, nullptr, 0);
}

}  // namespace bench
