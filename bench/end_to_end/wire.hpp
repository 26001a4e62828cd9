// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>

/// Unix sockets with nothing in between: the client of one's own, and the measuring stick that it talks to in
/// place of a host.
namespace bench {

/// A connected socket, and what was read from it and not yet taken. One thread.
class Wire {
 public:
  /// Takes a descriptor over.
  explicit Wire(int descriptor);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  /// Ends the program when nobody listens there.
  static int connect(const std::string& path);

  /// All of it; false: the other side is gone.
  bool send(std::string_view bytes);

  /// The next message of HTTP, read to its end, in as few reads as can be: header, and a body of
  /// Content-Length. Valid until the next one. An empty header: the other side is gone.
  struct HttpMessage {
    std::string_view header;
    std::string_view body;
  };

  HttpMessage receive();

 private:
  bool read_more();

  const int descriptor_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/// What the kernel alone costs: a process that reads the same requests as a host, counts the newlines in
/// their bodies, and answers with as many bytes as a host. Ends with this.
class LeastServer {
 public:
  LeastServer();
  ~LeastServer();
  LeastServer(const LeastServer&) = delete;
  LeastServer& operator=(const LeastServer&) = delete;

  /// The client's end of the connection, to be taken over.
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
  pid_t process_ = -1;
};

}  // namespace bench
