// SPDX-License-Identifier: Apache-2.0
#include "host/app/shared_terminal.hpp"

#include <array>
#include <climits>
#include <fcntl.h>
#include <poll.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace baton {

/// What is edited is out of the way for as long as this lives.
class SharedTerminal::Interruption {
 public:
  explicit Interruption(Editor* editor) : editor_(editor) {
    if (editor_ != nullptr) {
      editor_->erase();
    }
  }

  ~Interruption() {
    if (editor_ != nullptr) {
      editor_->redraw();
    }
  }

  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

 private:
  Editor* const editor_;
};

SharedTerminal::SharedTerminal()
    : are_errors_seen_(isatty(STDOUT_FILENO) == 1 && isatty(STDERR_FILENO) == 1) {}

SharedTerminal::~SharedTerminal() {
  finish();
  if (screen_ != stdout) {
    std::fclose(screen_);
  }
}

Result<void> SharedTerminal::take_output() {
  const auto failed = [](const std::string& what) {
    return fail(Errc::io_failed, "the standard output cannot be taken: " + what);
  };
  std::array<int, 2> pipe{};
  if (pipe2(pipe.data(), O_CLOEXEC) != 0) {
    return failed(last_error_text());
  }
  FileDescriptor out(pipe[0]);
  const FileDescriptor in(pipe[1]);
  std::FILE* const screen = fdopen(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0), "w");
  if (screen == nullptr || fcntl(out.get(), F_SETFL, O_NONBLOCK) != 0) {
    return failed(last_error_text());
  }
  const std::lock_guard guard(mutex_);  // the others may write to the standard error already
  screen_ = screen;
  output_ = std::move(out);
  if (auto opened = end_.open(); !opened) {
    return opened;
  }
  try {
    carrier_ = std::thread([this] { carry_over(); });
  } catch (const std::system_error& error) {
    return failed(error.what());
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // as it is with a terminal
  return dup2(in.get(), STDOUT_FILENO) < 0 ? failed(last_error_text()) : Result<void>();
}

void SharedTerminal::carry_over() {
  bool goes_on = true;
  while (goes_on &&
         end_.wait(output_.get(), POLLIN, std::chrono::milliseconds(-1)) == EndSignal::Outcome::ready) {
    const std::lock_guard guard(mutex_);
    goes_on = read_output();
    show_lines();
  }
}

/// What there is, but not what is written meanwhile. False: nobody can write any more.
bool SharedTerminal::read_output() {
  std::array<char, PIPE_BUF * std::size_t{16}> buffer{};
  const ssize_t got = output_.is_open() ? read(output_.get(), buffer.data(), buffer.size()) : 0;
  if (got > 0) {
    unshown_.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return got != 0;
}

/// A line whose end has not come would be erased with the prompt behind it.
void SharedTerminal::show_lines() {
  const bool is_all = editor_ == nullptr || unshown_.size() >= unshown_max;
  const std::size_t size = is_all ? unshown_.size() : unshown_.rfind('\n') + 1;
  if (size > 0) {
    const Interruption interruption(editor_);
    is_in_row_ = unshown_[size - 1] != '\n';
    std::fwrite(unshown_.data(), 1, size, screen_);
    std::fflush(screen_);
    unshown_.erase(0, size);
  }
}

void SharedTerminal::write_error(std::string_view lines) {
  if (!are_errors_seen_) {  // a terminal that is stopped must not keep a log from its file
    std::fwrite(lines.data(), 1, lines.size(), stderr);
    return;
  }
  const std::lock_guard guard(mutex_);
  (void)read_output();
  show_lines();
  const Interruption interruption(editor_);
  std::fwrite(lines.data(), 1, lines.size(), stderr);
}

void SharedTerminal::close() {
  std::fflush(stdout);  // unlocked: who holds the stream may wait for the carrier
  const std::lock_guard guard(mutex_);
  if (std::exchange(is_closed_, true)) {
    return;
  }
  if (Editor* const editor = std::exchange(editor_, nullptr); editor != nullptr) {
    editor->give_back();
  }
  if (carrier_.joinable()) {
    dup2(fileno(screen_), STDOUT_FILENO);
  }
}

void SharedTerminal::finish() {
  close();
  if (!carrier_.joinable()) {
    return;
  }
  end_.raise();
  carrier_.join();
  const std::lock_guard guard(mutex_);
  std::size_t before = 0;
  do {
    before = unshown_.size();
    (void)read_output();
  } while (unshown_.size() > before);
  show_lines();
}

SharedTerminal::Editing::Editing(SharedTerminal& terminal, Editor& editor)
    : terminal_(terminal), lock_(terminal.mutex_, std::defer_lock) {
  hold();
  (void)terminal_.read_output();
  terminal_.show_lines();
  if (std::exchange(terminal_.is_in_row_, false)) {
    std::fputc('\n', terminal_.screen_);  // else the first line that comes would erase it
  }
  terminal_.editor_ = &editor;
}

SharedTerminal::Editing::~Editing() {
  terminal_.editor_ = nullptr;
}

void SharedTerminal::Editing::hold() {
  lock_.lock();
  if (terminal_.is_closed_) {
    lock_.unlock();
    for (;;) {
      pause();  // the end of the process ends it, too
    }
  }
}

}  // namespace baton
