// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/child_process.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <vector>

namespace baton::test {

/// What a command did, as its caller sees it.
struct Ran {
  int code = -1;
  std::string output;  // standard output and error
};

/// Runs a shell command. Threads: any, so that it asserts nothing.
inline Ran shell(const std::string& command) {
  Ran ran;
  FILE* pipe = popen(("{ " + command + "; } 2>&1").c_str(), "r");
  if (pipe == nullptr) {
    throw std::runtime_error("no process for: " + command);
  }
  std::array<char, 4096> buffer{};
  while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) {
    ran.output.append(buffer.data(), got);
  }
  const int status = pclose(pipe);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

/// Whether the condition comes true within a minute: for what another process does in its own time, on a
/// machine that may be busy.
inline bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    std::this_thread::yield();
  }
  return true;
}

/// A folder for one test, and hosts and verbs in it.
class Place {
 public:
  Place() {
    std::string folder = "/tmp/baton-test-XXXXXX";
    REQUIRE(mkdtemp(folder.data()) != nullptr);
    folder_ = folder;
    std::filesystem::create_directory(folder_ / "plugins");
  }

  ~Place() {
    host_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  [[nodiscard]] std::filesystem::path path(const std::string& name) const { return folder_ / name; }

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

  /// A config with our plugins and this place's socket; `body` has the managers and servers.
  std::filesystem::path config(const std::string& body, const std::string& plugins = BATON_PLUGINS) const {
    return write("baton.yaml", "host: {name: test, socket: " + path("host.sock").string() +
                                   ", runtime_dir: " + path("runtime").string() +
                                   "}\nplugins: {directories: [" + plugins + "]}\n" + body);
  }

  /// Starts a host, whose log goes to the file `log`, and waits until it answers.
  void start(const std::filesystem::path& config) {
    host_.reset();
    auto child = ChildProcess::start({"/bin/sh", "-c",
                                      "exec " + std::string(BATON_BINARY) + " run " + config.string() +
                                          " --no-console 2>" + path("log").string()});
    REQUIRE(child);
    host_.emplace(std::move(*child));
    REQUIRE(eventually([this] { return !host_->is_running() || verb("status -q").code == 0; }));
    REQUIRE(host_->is_running());
  }

  [[nodiscard]] ChildProcess& host() { return *host_; }

  /// What the host has logged so far.
  [[nodiscard]] std::string log() const { return shell("cat " + path("log").string()).output; }

  /// `baton WORDS` with this place's socket.
  Ran verb(const std::string& words) const {
    return shell("BATON_SOCKET=" + path("host.sock").string() + " " + BATON_BINARY + " " + words);
  }

 private:
  std::filesystem::path folder_;
  std::optional<ChildProcess> host_;
};

inline const std::string log_with_logger =
    "managers: {log: {handlers: [{type: LoggerHandler, options: {types: []}}]}}\n";

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace baton::test
