// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"

#include <cstddef>
#include <string>

namespace baton {

/// Reads a descriptor in batches of whole lines. One owner, one thread.
class LineReader {
 public:
  static constexpr std::size_t lines_max = 512;        // per batch
  static constexpr std::size_t bytes_max = 4U << 20U;  // per batch, as long as one line is not longer
  static constexpr std::size_t line_bytes_max = 1U << 20U;

  struct Batch {
    std::string lines;  // each with its newline; the file's last one gets one when it has none
    std::size_t count = 0;
  };

  explicit LineReader(int input) : input_(input) {}

  /// Waits until there is a line, and takes the whole lines that are there. Empty at the end of the file.
  /// Errors: io_failed; bad_request for a line over line_bytes_max, with its number.
  Result<Batch> next();

 private:
  /// Takes whole lines out of the buffer.
  Batch take_lines();
  /// False: end of the file.
  Result<bool> read_more();

  const int input_;
  std::string buffer_;
  std::size_t lines_taken_ = 0;
  bool is_at_end_ = false;
};

}  // namespace baton
