// SPDX-License-Identifier: Apache-2.0
#include "host/app/replay_process.hpp"

#include "host/app/replay_child.hpp"
#include "host/app/temporary_folder.hpp"
#include "host/loader/file_descriptor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;
using SteadyClock = std::chrono::steady_clock;

struct Ended {
  std::string output;
  int status = 0;  // as waitpid has it
  bool is_late = false;
};

/// Reads until the process closes its output or the time is up, which ends it.
Ended hear_out(pid_t child, const FileDescriptor& output, Duration limit) {
  Ended ended;
  const auto deadline = SteadyClock::now() + limit;
  std::array<char, 65536> buffer{};
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyClock::now());
    pollfd wait{output.get(), POLLIN, 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(std::clamp<long>(left.count(), 0, 60'000)));
    if (ready == 0 && left.count() <= 0) {
      ended.is_late = true;
      break;
    }
    const ssize_t got = ready > 0 ? ::read(output.get(), buffer.data(), buffer.size()) : 1;
    if (got <= 0) {
      break;
    }
    if (ready > 0) {
      ended.output.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }
  if (ended.is_late) {
    ::kill(child, SIGKILL);
  }
  ::waitpid(child, &ended.status, 0);
  return ended;
}

std::string end_text(const Ended& ended, Duration limit) {
  if (ended.is_late) {
    return fmt::format("not done after {} ms", limit.count());
  }
  return WIFSIGNALED(ended.status)
             ? fmt::format("ended by signal {} ({})", WTERMSIG(ended.status),
                           ::strsignal(WTERMSIG(ended.status)))
             : fmt::format("ended the process with status {}", WEXITSTATUS(ended.status));
}

/// Takes the documents of the process in; returns whether it was through.
bool take_in(const std::string& output, Replay& replay) {
  bool is_done = false;
  std::size_t begin = 0;
  for (std::size_t end = output.find('\n'); end != std::string::npos; end = output.find('\n', begin)) {
    const Json line = Json::parse(output.substr(begin, end - begin), nullptr, false);
    begin = end + 1;
    if (line.contains("made")) {
      replay.type = line["made"].value("type", "");
      replay.version = line["made"].value("version", "");
    } else if (line.contains("error")) {
      replay.error = line.value("error", "");
      is_done = true;
    } else if (line.contains("event")) {
      replay.events.push_back({"", "", 0, {}});
    } else if (line.contains("verdict") && !replay.events.empty()) {
      replay.events.back() = {line.value("verdict", ""), line.value("reason", ""), line.value("us", 0.0),
                              line.value("effects", std::vector<std::string>())};
    } else if (line.contains("state_version")) {
      replay.has_state = true;
      replay.state_bytes = line.value("state_bytes", std::size_t{0});
    }
    is_done = is_done || line.contains("done");
  }
  return is_done;
}

}  // namespace

std::size_t Replay::count(std::string_view verdict) const {
  return static_cast<std::size_t>(std::count_if(
      events.begin(), events.end(), [verdict](const auto& event) { return event.verdict == verdict; }));
}

Replay replay_in_process(const std::filesystem::path& library, const Json& input, Duration limit) {
  Replay replay;
  const TemporaryFolder folder;
  const std::string input_file = folder.path() + "/input.json";
  std::ofstream(input_file) << input.dump();
  std::array<int, 2> ends{};
  if (!folder.is_made() || ::pipe2(ends.data(), O_CLOEXEC) != 0) {
    replay.error = "cannot make a temporary folder and a pipe";
    return replay;
  }
  const FileDescriptor output(ends[0]);
  std::vector<std::string> command = {"/proc/self/exe", replay_verb, library.string(), input_file,
                                      folder.path() + "/libraries"};
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (std::string& word : command) {
    words.push_back(word.data());
  }
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failed != 0) {
    replay.error = fmt::format("no process can be started: {}", std::strerror(failed));
    return replay;
  }
  const Ended ended = hear_out(child, output, limit);
  if (!take_in(ended.output, replay)) {
    replay.error = end_text(ended, limit);
    if (!replay.events.empty() && replay.events.back().verdict.empty()) {
      replay.events.back().verdict = "ended the process";
      replay.events.back().reason = replay.error;
    }
  }
  return replay;
}

}  // namespace baton
