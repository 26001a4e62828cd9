// SPDX-License-Identifier: Apache-2.0
// The side that asks; probe_child.cpp is the other one.
#include "host/loader/probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace baton {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// More than anybody reads of what a plugin prints while it dies.
constexpr std::size_t errors_size_max = 4096;

/// Both ends of a pipe, closed with it. Reading does not wait: a child can open the reading end, too, and
/// take what was there a moment ago.
class Pipe {
 public:
  Pipe() {
    is_open_ = ::pipe2(ends_.data(), O_CLOEXEC) == 0;
    if (is_open_) {
      ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    }
  }

  ~Pipe() {
    if (is_open_) {
      ::close(ends_[0]);
      close_writing_end();
    }
  }

  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] bool is_open() const { return is_open_; }

  [[nodiscard]] int reading_end() const { return ends_[0]; }

  [[nodiscard]] int writing_end() const { return ends_[1]; }

  void close_writing_end() {
    if (ends_[1] >= 0) {
      ::close(std::exchange(ends_[1], -1));
    }
  }

 private:
  std::array<int, 2> ends_{-1, -1};
  bool is_open_ = false;
};

/// What one stream of the child has said, as far as there is room for it; `is_over` once nobody can say more.
struct Heard {
  int descriptor;
  std::size_t size_max;
  std::string text = {};
  bool is_cut = false;
  bool is_over = false;

  /// How many bytes; none when it is over, or somebody else has taken them.
  ssize_t read_some() {
    std::array<char, 4096> buffer{};
    const ssize_t size = ::read(descriptor, buffer.data(), buffer.size());
    if (size <= 0) {
      is_over = size == 0 || (errno != EAGAIN && errno != EINTR);
      return 0;
    }
    const auto room = size_max - std::min(size_max, text.size());
    is_cut = is_cut || room < static_cast<std::size_t>(size);
    text.append(buffer.data(), std::min(room, static_cast<std::size_t>(size)));
    return size;
  }

  /// What is there now, which is all that a child has said that has ended. What a process that it has left
  /// behind goes on saying is not waited for: it may never be silent.
  void read_rest() {
    int left = 0;
    if (is_over || ::ioctl(descriptor, FIONREAD, &left) != 0) {
      return;
    }
    for (ssize_t size = 1; left > 0 && size > 0; left -= static_cast<int>(size)) {
      size = read_some();
    }
    pollfd end{descriptor, POLLIN, 0};
    is_over = is_over || (::poll(&end, 1, 0) > 0 && (end.revents & POLLHUP) != 0);
  }
};

/// The child in a process group of its own, so that what it starts ends with it.
class ProbeProcess {
 public:
  /// 0 on success, else an error number. `errors` may be null: then its standard error is ours.
  int start(std::vector<std::string> command, const Pipe& report, const Pipe* errors) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (errors != nullptr) {
      posix_spawn_file_actions_adddup2(&actions, errors->writing_end(), STDERR_FILENO);
    }
    posix_spawn_file_actions_adddup2(&actions, report.writing_end(), probe_report_descriptor);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    std::vector<char*> words;
    words.reserve(command.size() + 1);
    for (std::string& word : command) {
      words.push_back(word.data());
    }
    words.push_back(nullptr);
    const int failed = ::posix_spawn(&pid_, words[0], &actions, &attributes, words.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failed == 0) {
      end_descriptor_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    }
    return failed;
  }

  /// Readable once the child has ended.
  [[nodiscard]] int end_descriptor() const { return end_descriptor_; }

  /// Ends the group, and returns the status of the child as waitpid has it.
  int finish() {
    ::kill(-pid_, SIGKILL);  // harmless when all have ended: the child is not waited for yet
    ::kill(pid_, SIGKILL);   // it may have gone into another group
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    ::close(end_descriptor_);
    return status;
  }

 private:
  pid_t pid_ = 0;
  int end_descriptor_ = -1;
};

/// Listens until the child has ended. False: it had not when the deadline came. What is heard on the way
/// decides nothing: somebody may go on writing for ever.
bool hear_until_end(const ProbeProcess& process, Heard& report, Heard& errors, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::max(std::chrono::ceil<milliseconds>(deadline - Clock::now()), milliseconds(0));
    std::array<pollfd, 3> waits = {{{report.is_over ? -1 : report.descriptor, POLLIN, 0},
                                    {errors.is_over ? -1 : errors.descriptor, POLLIN, 0},
                                    {process.end_descriptor(), POLLIN, 0}}};
    ::poll(waits.data(), waits.size(), static_cast<int>(left.count()));
    if (waits[0].revents != 0) {
      report.read_some();
    }
    if (waits[1].revents != 0) {
      errors.read_some();
    }
    const bool has_ended = waits[2].revents != 0;
    if (has_ended || left == milliseconds(0)) {
      return has_ended;
    }
  }
}

}  // namespace

bool ProbeEnd::has_ended_with(int exit_status) const {
  return !is_late && WIFEXITED(status) && WEXITSTATUS(status) == exit_status;
}

std::string ProbeEnd::text() const {
  if (is_late) {
    return fmt::format("not done after {} ms", time.count());
  }
  if (WIFSIGNALED(status)) {
    return fmt::format("ended by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
  }
  return fmt::format("{}ended the process with status {}", is_cut ? "told more than it may and " : "",
                     WEXITSTATUS(status));
}

int ProbeEnd::signal() const {
  return !is_late && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

std::string ProbeEnd::last_words() const {
  const std::string line = telling_line(errors);
  return line.empty() ? line : "; it said: " + line;
}

ProbeEnd run_probe(std::vector<std::string> command, const ProbeLimits& limits) {
  ProbeEnd end;
  end.time = limits.time;
  Pipe report_pipe;
  Pipe errors_pipe;
  if (!report_pipe.is_open() || !errors_pipe.is_open()) {
    end.start_error = errno;
    return end;
  }
  ProbeProcess process;
  end.start_error =
      process.start(std::move(command), report_pipe, limits.hears_errors ? &errors_pipe : nullptr);
  if (end.start_error != 0) {
    return end;
  }
  report_pipe.close_writing_end();
  errors_pipe.close_writing_end();
  Heard report{report_pipe.reading_end(), limits.report_bytes};
  Heard errors{errors_pipe.reading_end(), errors_size_max};
  end.is_late = !hear_until_end(process, report, errors, Clock::now() + limits.time);
  report.read_rest();
  errors.read_rest();
  end.status = process.finish();
  end.leaves_process = !end.is_late && !report.is_over;  // somebody else still holds the writing end
  end.is_cut = report.is_cut;
  end.report = std::move(report.text);
  end.errors = std::move(errors.text);
  return end;
}

std::string telling_line(std::string_view text) {
  for (const std::string_view mark :
       {"runtime error: ", "ERROR: AddressSanitizer: ", "WARNING: ThreadSanitizer: "}) {
    if (const auto place = text.find(mark); place != std::string_view::npos) {
      return last_line(text.substr(0, text.find('\n', place)));
    }
  }
  return last_line(text);
}

std::string last_line(std::string_view text) {
  while (text.ends_with('\n')) {
    text.remove_suffix(1);
  }
  const auto newline = text.rfind('\n');
  return std::string(newline == std::string_view::npos ? text : text.substr(newline + 1));
}

}  // namespace baton
