// SPDX-License-Identifier: Apache-2.0
#include "host/app/child_process.hpp"

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

constexpr std::chrono::milliseconds patience{30'000};

Error system_error(const std::string& what, int number) {
  return {Errc::io_failed, fmt::format("{}: {}", what, std::strerror(number))};
}

}  // namespace

Result<ChildProcess> ChildProcess::start(std::vector<std::string> arguments) {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) {
    return fail(system_error("cannot make a pipe", errno));
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
  std::vector<char*> words;
  words.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) {
    words.push_back(argument.data());
  }
  words.push_back(nullptr);
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(pipe_ends[1]);
  if (failed != 0) {
    close(pipe_ends[0]);
    return fail(system_error("cannot start " + arguments[0], failed));
  }
  return ChildProcess(pid, pipe_ends[0]);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), output_(std::exchange(other.output_, -1)), status_(other.status_) {}

ChildProcess::~ChildProcess() {
  (void)stop();
  if (output_ >= 0) {
    close(output_);
  }
}

bool ChildProcess::is_running() {
  return pid_ != 0 && !wait_for(std::chrono::milliseconds(0));
}

std::string ChildProcess::read_available() {
  int waiting = 0;
  if (ioctl(output_, FIONREAD, &waiting) != 0 || waiting <= 0) {
    return {};
  }
  // So much and no more: reading until nothing is left takes as long as somebody goes on printing.
  std::string text(static_cast<std::size_t>(waiting), '\0');
  const ssize_t got = read(output_, text.data(), text.size());
  text.resize(static_cast<std::size_t>(std::max(got, ssize_t{0})));
  return text;
}

int ChildProcess::stop() {
  if (pid_ != 0) {
    kill(pid_, SIGTERM);
    if (!wait_for(patience)) {
      kill(pid_, SIGKILL);
      (void)wait_for(patience);
    }
  }
  return status_;
}

bool ChildProcess::wait_for(std::chrono::milliseconds time) {
  // A descriptor of the process becomes readable when it ends: no polling, no signal handler.
  const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  pollfd ended{descriptor, POLLIN, 0};
  const bool has_ended = poll(&ended, 1, static_cast<int>(time.count())) > 0;
  close(descriptor);
  int status = 0;
  if (!has_ended || waitpid(pid_, &status, 0) != pid_) {
    return false;
  }
  pid_ = 0;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return true;
}

}  // namespace baton
