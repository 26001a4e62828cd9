// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace baton {

/// Reads a descriptor in batches of whole lines. One owner, one thread.
class LineReader {
 public:
  static constexpr std::size_t line_bytes_max = 1U << 20U;
  static constexpr std::size_t read_bytes = 256U << 10U;  // at once, unless a line is longer

  struct Batch {
    std::string_view lines;  // each with its newline; the file's last one gets one when it has none
    std::size_t count = 0;
  };

  /// A batch has at most so many lines. A pipe gets room for as much as is read at once, where that is
  /// permitted.
  LineReader(int input, std::size_t lines_max);

  /// Waits until there is a line, and takes the whole lines that are there. Empty at the end of the file.
  /// Valid until the next call. Errors: io_failed; bad_request for a line over line_bytes_max, with its
  /// number.
  Result<Batch> next();

 private:
  /// Takes whole lines out of the buffer.
  Batch take_lines();
  /// False: end of the file.
  Result<bool> read_more();

  const int input_;
  const std::size_t lines_max_;
  std::string buffer_;
  // What was read and not yet taken; of this, so much has no newline.
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t searched_ = 0;
  std::size_t lines_taken_ = 0;
  bool is_at_end_ = false;
};

}  // namespace baton
