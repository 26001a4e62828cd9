// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/control/end_signal.hpp"
#include "host/loader/file_descriptor.hpp"

#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace baton {

/// A terminal on which a line is edited while others write to it: what they write comes above that line,
/// which is drawn again. Threads: any.
class SharedTerminal {
 public:
  /// Who edits. These are called on any thread, while the editing thread is in Editing::released().
  class Editor {
   public:
    Editor() = default;
    virtual ~Editor() = default;
    Editor(const Editor&) = delete;
    Editor& operator=(const Editor&) = delete;

    virtual void erase() = 0;      // prompt and line are no longer seen
    virtual void redraw() = 0;     // where the cursor is now, at the beginning of a row
    virtual void give_back() = 0;  // the terminal is as it was before; nothing is edited any more
  };

  /// The calling thread edits, and holds the terminal. One at a time.
  class Editing {
   public:
    Editing(SharedTerminal& terminal, Editor& editor);
    ~Editing();
    Editing(const Editing&) = delete;
    Editing& operator=(const Editing&) = delete;

    /// Lets the others write while `wait` waits: for a key, or for an answer of somebody who may have to
    /// write first. Does not come back once the terminal is closed.
    template <class Wait>
    auto released(Wait wait) {
      lock_.unlock();
      auto got = wait();
      hold();
      return got;
    }

   private:
    void hold();

    SharedTerminal& terminal_;
    std::unique_lock<std::mutex> lock_;
  };

  SharedTerminal();
  ~SharedTerminal();
  SharedTerminal(const SharedTerminal&) = delete;
  SharedTerminal& operator=(const SharedTerminal&) = delete;

  /// From now on what anybody in this process writes to the standard output, line by line, goes through
  /// here, on its way to the terminal. Call once at most, and before anybody edits. Errors: io_failed; what
  /// is written goes straight to the terminal then.
  Result<void> take_output();

  /// Where the one who edits draws. Valid for as long as this lives.
  [[nodiscard]] std::FILE* screen() { return screen_; }

  /// Writes whole lines to the standard error, behind what was written to the standard output before.
  void write_error(std::string_view lines);

  /// Nobody edits any more, because the program is about to end; the standard output is the terminal again.
  /// Who was writing there already may go on. May wait for the terminal.
  void close();

  /// Once nobody writes any more: shows the last of what was written before close(), which it calls.
  void finish();

 private:
  class Interruption;

  static constexpr std::size_t unshown_max = 64U << 10U;

  void carry_over();
  [[nodiscard]] bool read_output();
  void show_lines();

  const bool are_errors_seen_;  // the standard error is a terminal, which must be this one

  // Not a Mutex: who edits has it across calls of a C library, which the annotations cannot follow.
  std::mutex mutex_;
  Editor* editor_ = nullptr;
  bool is_closed_ = false;
  std::string unshown_;     // what was read of the output
  bool is_in_row_ = false;  // what was shown last did not end its row

  // Others than these once the output was taken.
  std::FILE* screen_ = stdout;
  FileDescriptor output_;  // what is written to the standard output comes out of it
  EndSignal end_;
  std::thread carrier_;
};

}  // namespace baton
