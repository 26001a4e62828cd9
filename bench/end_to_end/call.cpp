// SPDX-License-Identifier: Apache-2.0
// E4: calls over the socket, one after the other. E4p: each is a process of its own.
#include "bench/common/lines.hpp"
#include "bench/common/producers.hpp"
#include "bench/end_to_end/requests.hpp"
#include "bench/end_to_end/wire.hpp"
#include "bench/end_to_end/workloads.hpp"

#include <array>
#include <fcntl.h>
#include <optional>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {
namespace {

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && std::string_view(text).substr(text.size() - end.size()) == end;
}

/// What the program writes to its standard output, once it has ended with 0.
std::string output_of(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) {
    arguments.push_back(const_cast<char*>(word.c_str()));  // posix_spawn's type; it changes nothing
  }
  arguments.push_back(nullptr);
  std::array<int, 2> ends{};
  require(pipe2(ends.data(), O_CLOEXEC) == 0, "a pipe can be made");
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t process = -1;
  require(posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environ) == 0,
          "a process can be started");
  posix_spawn_file_actions_destroy(&actions);
  (void)close(ends[1]);
  std::string output;
  std::array<char, 4096> piece{};
  for (ssize_t got = 0; (got = read(ends[0], piece.data(), piece.size())) > 0;) {
    output.append(piece.data(), static_cast<std::size_t>(got));
  }
  (void)close(ends[0]);
  int status = -1;
  require(waitpid(process, &status, 0) == process && WIFEXITED(status) && WEXITSTATUS(status) == 0,
          "the process ends with 0");
  return output;
}

}  // namespace

void run_own_call(const EndToEndRun& run) {
  std::optional<LeastServer> least;
  if (run.is_wire()) {
    least.emplace();
  }
  Wire wire(least ? least->descriptor() : Wire::connect(run.socket));
  const std::string target =
      std::string(echo_target) + std::string(ends_with(run.peer, "/infinity") ? no_limit : "");
  NumberedLine line;
  std::string request;
  measure_questions(run, run.operations(20'000), {}, [&](std::uint64_t /*seq*/) {
    write_post(target, text_content_type, line.text(), request);
    require(wire.send(request), "the host takes a request");
    require(wire.receive().body == reply_body(line.text()), "a call has its answer");
    line.step();
  });
}

void run_whole_call(const EndToEndRun& run) {
  const bool is_least = run.peer == "echo";
  NumberedLine line;
  measure_questions(run, run.operations(200), {}, [&](std::uint64_t /*seq*/) {
    const std::string text(line.text());
    const std::string output = output_of(
        is_least ? std::vector<std::string>{"/bin/echo", text}
                 : std::vector<std::string>{run.baton, "call", "echo", "say", text, "--socket", run.socket});
    require(output == text + "\n", "a call has its answer");
    line.step();
  });
}

}  // namespace bench
