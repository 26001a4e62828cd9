// SPDX-License-Identifier: Apache-2.0
// The console as a person has it: on a terminal.
#include "tests/system/running_host.hpp"

#include <poll.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

using namespace baton::test;

namespace {

/// A program on a terminal of its own, with us at the keys.
class Terminal {
 public:
  explicit Terminal(const std::string& command) {
    pid_ = forkpty(&keys_, nullptr, nullptr, nullptr);
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      setenv("TERM", "xterm", 1);
      setenv("XDG_STATE_HOME", "/nonexistent", 1);
      execl("/bin/sh", "sh", "-c", ("exec " + command).c_str(), nullptr);
      _exit(127);
    }
  }

  ~Terminal() {
    if (!has_ended_) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(keys_);
  }

  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// Once the program edits its line itself: before, the kernel would take the keys, and Ctrl-C for a signal.
  void type(const std::string& keys) {
    CHECK(eventually([this] {
      termios mode{};
      return tcgetattr(keys_, &mode) == 0 && (mode.c_lflag & ICANON) == 0;
    }));
    CHECK(write(keys_, keys.data(), keys.size()) >= 0);
  }

  /// Whether keys are taken as lines again, and echoed, as shells and most programs want it.
  bool has_its_own_manners() {
    return eventually([this] {
      termios mode{};
      constexpr tcflag_t wanted = ICANON | ECHO;
      return tcgetattr(keys_, &mode) == 0 && (mode.c_lflag & wanted) == wanted;
    });
  }

  /// Whether that is shown behind what was seen before.
  bool shows(const std::string& text) {
    return eventually([&] {
      read_available();
      const auto at = screen_.find(text, seen_);
      if (at == std::string::npos) {
        return false;
      }
      seen_ = at + text.size();
      return true;
    });
  }

  /// The exit code, once it has ended.
  int ended() {
    int status = 0;
    CHECK(eventually([&] {
      read_available();
      return waitpid(pid_, &status, WNOHANG) == pid_;
    }));
    has_ended_ = true;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  void read_available() {
    pollfd readable{keys_, POLLIN, 0};
    std::array<char, 4096> buffer{};
    while (poll(&readable, 1, 0) > 0) {
      const ssize_t got = read(keys_, buffer.data(), buffer.size());
      if (got <= 0) {
        return;
      }
      screen_.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }

  int keys_ = -1;
  pid_t pid_ = -1;
  std::string screen_;
  std::size_t seen_ = 0;
  bool has_ended_ = false;
};

constexpr const char* ctrl_c = "\x03";

}  // namespace

TEST_CASE("Ctrl-C at the console forgets the line, and leaves when there is none a second time",
          "[console]") {
  Place place;
  place.start(place.config("servers: {queue: {type: SimpleQueue, options: {items: [7]}}}\n"));
  Terminal terminal(std::string(BATON_BINARY) + " --socket " + place.path("host.sock").string() + " console");
  REQUIRE(terminal.shows("baton> "));

  terminal.type("call queue deq");
  REQUIRE(terminal.shows("deq"));
  terminal.type(ctrl_c);
  REQUIRE(terminal.shows("baton> "));
  terminal.type("call queue dequeue\r");
  CHECK(terminal.shows("\n7"));
  REQUIRE(terminal.shows("baton> "));

  terminal.type(ctrl_c);
  REQUIRE(terminal.shows("once more"));
  REQUIRE(terminal.shows("baton> "));
  terminal.type(ctrl_c);
  CHECK(terminal.ended() == 0);
  CHECK(place.verb("status -q").code == 0);  // the host goes on
}

TEST_CASE("Ctrl-C at the prompt of run forgets the line, and the host goes on", "[console]") {
  const Place place;
  const std::string config =
      place.config("servers: {queue: {type: SimpleQueue, options: {items: [7]}}}\n").string();
  Terminal terminal(std::string(BATON_BINARY) + " run " + config);
  REQUIRE(terminal.shows("baton> "));

  terminal.type("nonsense");
  REQUIRE(terminal.shows("nonsense"));
  terminal.type(ctrl_c);
  REQUIRE(terminal.shows("baton> "));
  terminal.type("call queue dequeue\r");
  CHECK(terminal.shows("\n7"));
  REQUIRE(terminal.shows("baton> "));
  terminal.type("quit\r");
  CHECK(terminal.ended() == 0);
}

TEST_CASE("what is logged and printed comes above the line that is typed", "[console]") {
  const Place place;
  const std::string config =
      place.config("managers: {log: {handlers: [{type: LoggerHandler, id: console}]}}\n").string();
  Terminal terminal(std::string(BATON_BINARY) + " run " + config);
  REQUIRE(terminal.shows("baton> "));
  terminal.type("status -q né");
  REQUIRE(terminal.shows("né"));

  CHECK(place.verb("sync-notify log msg news").code == 0);
  CHECK(terminal.shows("\r\x1b[JLogging new message: news"));
  CHECK(terminal.shows("baton> status -q né"));

  CHECK(place.verb("remove log/console").code == 0);
  CHECK(terminal.shows("\r\x1b[J"));
  CHECK(terminal.shows("verb=remove "));
  CHECK(terminal.shows("baton> status -q né"));
}

TEST_CASE("a host that ends while somebody types gives the terminal back as it was", "[console]") {
  const Place place;
  Terminal terminal(std::string(BATON_BINARY) + " run " + place.config("managers: {log: {}}\n").string());
  REQUIRE(terminal.shows("baton> "));
  terminal.type("sta");
  REQUIRE(terminal.shows("sta"));

  CHECK(place.verb("stop").code == 0);

  CHECK(terminal.ended() == 0);
  CHECK(terminal.has_its_own_manners());
}

TEST_CASE("a host that ends while it prints a lot shows all of it", "[console]") {
  const Place place;
  const std::string config =
      place.config("managers: {log: {handlers: [{type: LoggerHandler, id: console}]}}\n").string();
  Terminal terminal(std::string(BATON_BINARY) + " run " + config);
  REQUIRE(terminal.shows("baton> "));
  std::string lines;
  for (int i = 0; i < 20'000; ++i) {
    lines += std::string(200, '.') + std::to_string(i) + "\n";
  }
  const std::string file = place.write("lines", lines).string();

  std::thread others([&] {  // nobody can write to a terminal at which nobody looks
    (void)place.verb("notify log msg - < " + file);
    (void)place.verb("stop");
  });

  CHECK(terminal.shows(".19999\r\n"));
  CHECK(terminal.ended() == 0);
  others.join();
}
