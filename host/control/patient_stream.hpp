// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/control/end_signal.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <poll.h>
#include <utility>

namespace baton {

/// A connected socket, as Beast's synchronous functions take it, that does not wait for ever: neither for a
/// peer that sends or takes nothing, nor when the server ends. (Asio's own synchronous calls wait without
/// limit, whatever SO_RCVTIMEO says.) For http_server.cpp only. One thread. Its end ends the connection.
class PatientStream {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;
  using ErrorCode = boost::system::error_code;

  /// `end` outlives it.
  PatientStream(Socket socket, const EndSignal& end, std::chrono::milliseconds patience)
      : socket_(std::move(socket)), end_(end), patience_(patience) {
    ErrorCode ignored;  // what was just accepted can be made non-blocking
    socket_.non_blocking(true, ignored);
  }

  ~PatientStream() {
    ErrorCode ignored;  // the other side may be gone already
    socket_.shutdown(Socket::shutdown_both, ignored);
  }

  PatientStream(const PatientStream&) = delete;
  PatientStream& operator=(const PatientStream&) = delete;

  /// Errors besides the socket's: timed_out; operation_aborted once the server ends.
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers, ErrorCode& error) {
    for (;;) {
      error = error_of(end_.wait(socket_.native_handle(), POLLIN, patience_));
      if (error) {
        return 0;
      }
      const std::size_t size = socket_.read_some(buffers, error);
      if (error != boost::asio::error::would_block) {
        return size;
      }
    }
  }

  /// Errors besides the socket's: timed_out. A reply that is on its way when the server ends has a second
  /// more.
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers, ErrorCode& error) {
    for (;;) {
      const std::size_t size = socket_.write_some(buffers, error);
      if (error != boost::asio::error::would_block) {
        return size;
      }
      error = error_of(wait_for_room());
      if (error) {
        return 0;
      }
    }
  }

  // Beast asks for these too.

  template <class Buffers>
  std::size_t read_some(const Buffers& buffers) {
    ErrorCode error;
    const std::size_t size = read_some(buffers, error);
    return error ? throw boost::system::system_error(error) : size;
  }

  template <class Buffers>
  std::size_t write_some(const Buffers& buffers) {
    ErrorCode error;
    const std::size_t size = write_some(buffers, error);
    return error ? throw boost::system::system_error(error) : size;
  }

 private:
  static constexpr std::chrono::milliseconds patience_at_end{1000};

  static ErrorCode error_of(EndSignal::Outcome outcome) {
    if (outcome == EndSignal::Outcome::ready) {
      return {};
    }
    return outcome == EndSignal::Outcome::ended ? boost::asio::error::operation_aborted
                                                : boost::asio::error::timed_out;
  }

  EndSignal::Outcome wait_for_room() {
    const auto outcome = end_.wait(socket_.native_handle(), POLLOUT, patience_);
    if (outcome != EndSignal::Outcome::ended) {
      return outcome;
    }
    const EndSignal none;
    return none.wait(socket_.native_handle(), POLLOUT, std::min(patience_, patience_at_end));
  }

  Socket socket_;
  const EndSignal& end_;
  const std::chrono::milliseconds patience_;
};

}  // namespace baton
