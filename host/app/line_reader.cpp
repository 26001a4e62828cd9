// SPDX-License-Identifier: Apache-2.0
#include "host/app/line_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace baton {

LineReader::LineReader(int input, std::size_t lines_max) : input_(input), lines_max_(lines_max) {
  // It is for speed only: what is no pipe, or may not grow, is read as it is.
  (void)fcntl(input_, F_SETPIPE_SZ, static_cast<int>(read_bytes));
}

Result<LineReader::Batch> LineReader::next() {
  for (;;) {
    const Batch batch = take_lines();
    if (batch.count > 0 || is_at_end_) {
      lines_taken_ += batch.count;
      return batch;
    }
    if (end_ - begin_ > line_bytes_max) {
      return fail(Errc::bad_request,
                  fmt::format("line {} is longer than {} bytes", lines_taken_ + 1, line_bytes_max));
    }
    const auto more = read_more();
    if (!more) {
      return fail(more.error());
    }
    if (!*more) {
      is_at_end_ = true;
      if (begin_ < end_) {
        buffer_[end_++] = '\n';  // there is room: it was to be read into
      }
    }
  }
}

LineReader::Batch LineReader::take_lines() {
  const std::string_view there(buffer_.data() + begin_, end_ - begin_);
  Batch batch;
  std::size_t taken = 0;
  while (batch.count < lines_max_) {
    const auto newline = there.find('\n', std::max(taken, searched_));
    if (newline == std::string_view::npos) {
      break;
    }
    taken = newline + 1;
    ++batch.count;
  }
  batch.lines = there.substr(0, taken);
  begin_ += taken;
  searched_ = batch.count < lines_max_ ? there.size() - taken : 0;
  return batch;
}

/// Requires: what is in the buffer has no newline.
Result<bool> LineReader::read_more() {
  const std::size_t rest = end_ - begin_;
  std::memmove(buffer_.data(), buffer_.data() + begin_, rest);
  begin_ = 0;
  end_ = rest;
  if (buffer_.size() < rest + read_bytes) {
    buffer_.resize(std::max(2 * buffer_.size(), rest + read_bytes));
  }
  ssize_t got = 0;
  do {
    got = read(input_, buffer_.data() + end_, buffer_.size() - end_);
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    return fail(Errc::io_failed, fmt::format("cannot read the lines: {}", std::strerror(errno)));
  }
  end_ += static_cast<std::size_t>(got);
  return got > 0;
}

}  // namespace baton
