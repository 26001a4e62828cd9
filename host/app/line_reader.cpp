// SPDX-License-Identifier: Apache-2.0
#include "host/app/line_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace baton {

Result<LineReader::Batch> LineReader::next() {
  for (;;) {
    Batch batch = take_lines();
    if (batch.count > 0 || is_at_end_) {
      lines_taken_ += batch.count;
      return batch;
    }
    if (buffer_.size() > line_bytes_max) {
      return fail(Errc::bad_request,
                  fmt::format("line {} is longer than {} bytes", lines_taken_ + 1, line_bytes_max));
    }
    const auto more = read_more();
    if (!more) {
      return fail(more.error());
    }
    if (!*more) {
      is_at_end_ = true;
      if (!buffer_.empty() && buffer_.back() != '\n') {
        buffer_ += '\n';
      }
    }
  }
}

LineReader::Batch LineReader::take_lines() {
  Batch batch;
  std::size_t end = 0;
  while (batch.count < lines_max && end < bytes_max) {
    const auto newline = buffer_.find('\n', end);
    if (newline == std::string::npos) {
      break;
    }
    end = newline + 1;
    ++batch.count;
  }
  batch.lines = buffer_.substr(0, end);
  buffer_.erase(0, end);
  return batch;
}

Result<bool> LineReader::read_more() {
  std::array<char, 65536> chunk{};
  ssize_t got = 0;
  do {
    got = read(input_, chunk.data(), chunk.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    return fail(Errc::io_failed, fmt::format("cannot read the lines: {}", std::strerror(errno)));
  }
  buffer_.append(chunk.data(), static_cast<std::size_t>(got));
  return got > 0;
}

}  // namespace baton
