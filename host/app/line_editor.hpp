// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/shared_terminal.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace baton {

/// Reads lines from a terminal, with editing, history and completion (libedit), while other threads may write
/// to it. One per process at a time, one thread.
class LineEditor {
 public:
  /// Given the words up to the cursor (the last one may be empty), what may stand at its place.
  using Complete = std::function<std::vector<std::string>(const std::vector<std::string>& words)>;

  /// Completing may wait for others that write to the terminal, which must outlive this.
  LineEditor(SharedTerminal& terminal, std::string prompt, Complete complete);
  /// Writes the history.
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  /// Waits for a line. Ctrl-C forgets what is typed. False: the end (Ctrl-D, or Ctrl-C twice on an empty
  /// line).
  [[nodiscard]] bool read_line(std::string& line);

 private:
  struct Parts;
  const std::unique_ptr<Parts> parts_;
};

}  // namespace baton
