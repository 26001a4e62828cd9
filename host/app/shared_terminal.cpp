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

SharedTerminal::SharedTerminal() : are_errors_seen_(isatty(STDERR_FILENO) == 1) {}

SharedTerminal::~SharedTerminal() {
  close();
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
  output_ = FileDescriptor(pipe[0]);
  const FileDescriptor in(pipe[1]);
  std::FILE* const screen = fdopen(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0), "w");
  if (screen == nullptr || fcntl(output_.get(), F_SETFL, O_NONBLOCK) != 0) {
    return failed(last_error_text());
  }
  screen_ = screen;
  if (auto opened = end_.open(); !opened) {
    return opened;
  }
  try {
    carrier_ = std::thread([this] { carry_over(); });
  } catch (const std::system_error& error) {
    return failed(error.what());
  }
  std::fflush(stdout);
  return dup2(in.get(), STDOUT_FILENO) < 0 ? failed(last_error_text()) : Result<void>();
}

void SharedTerminal::carry_over() {
  while (end_.wait(output_.get(), POLLIN, std::chrono::milliseconds(-1)) == EndSignal::Outcome::ready) {
    const std::lock_guard guard(mutex_);
    read_output();
    show_lines();
  }
}

/// What there is, but not what is written meanwhile.
void SharedTerminal::read_output() {
  std::array<char, PIPE_BUF * std::size_t{16}> buffer{};
  const ssize_t got = output_.is_open() ? read(output_.get(), buffer.data(), buffer.size()) : 0;
  if (got > 0) {
    unshown_.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

/// A line whose end has not come would be erased with the prompt behind it.
void SharedTerminal::show_lines() {
  const bool is_all = editor_ == nullptr || unshown_.size() >= unshown_max;
  const std::size_t size = is_all ? unshown_.size() : unshown_.rfind('\n') + 1;
  if (size > 0) {
    const Interruption interruption(editor_);
    std::fwrite(unshown_.data(), 1, size, screen_);
    std::fflush(screen_);
    unshown_.erase(0, size);
  }
}

void SharedTerminal::write_error(std::string_view lines) {
  const std::lock_guard guard(mutex_);
  read_output();
  show_lines();
  const Interruption interruption(are_errors_seen_ ? editor_ : nullptr);
  std::fwrite(lines.data(), 1, lines.size(), stderr);
}

void SharedTerminal::close() {
  {
    const std::lock_guard guard(mutex_);
    if (is_closed_) {
      return;
    }
    is_closed_ = true;
    if (Editor* const editor = std::exchange(editor_, nullptr); editor != nullptr) {
      editor->give_back();
    }
    if (carrier_.joinable()) {
      std::fflush(stdout);
      dup2(fileno(screen_), STDOUT_FILENO);
    }
    read_output();
    show_lines();
  }
  end_.raise();
  if (carrier_.joinable()) {
    carrier_.join();
  }
}

SharedTerminal::Editing::Editing(SharedTerminal& terminal, Editor& editor)
    : terminal_(terminal), lock_(terminal.mutex_, std::defer_lock) {
  hold();
  terminal_.read_output();
  terminal_.show_lines();
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
