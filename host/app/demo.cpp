// SPDX-License-Identifier: Apache-2.0
#include "host/app/demo.hpp"

#include "host/app/child_process.hpp"
#include "host/app/console.hpp"
#include "host/app/session.hpp"
#include "host/app/transcript.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <sstream>
#include <thread>

namespace baton {
namespace {

constexpr std::chrono::seconds start_limit{20};

std::filesystem::path executable() {
  return std::filesystem::read_symlink("/proc/self/exe");
}

/// The first of the places that exists: beside a build, beside an installation, in the source tree.
std::filesystem::path first_existing(const std::vector<std::filesystem::path>& places) {
  for (const auto& place : places) {
    if (std::filesystem::exists(place)) {
      return place;
    }
  }
  return places.front();
}

std::filesystem::path plugin_directory(const Invocation& invocation) {
  if (!invocation.plugin_directory.empty()) {
    return std::filesystem::absolute(invocation.plugin_directory);
  }
  const auto folder = executable().parent_path();
  return first_existing({folder / "../plugins", folder / "../lib/baton/plugins"});
}

std::vector<std::filesystem::path> transcripts_of(const Invocation& invocation) {
  if (!invocation.transcripts.empty()) {
    return invocation.transcripts;
  }
  const auto folder = executable().parent_path();
  const auto lesson =
      first_existing({folder / "../share/baton/lesson", "config/lesson", folder / "../../../config/lesson"});
  return {lesson / "simple_queue.transcript", lesson / "event_manager.transcript"};
}

void replace_all(std::string& text, std::string_view what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

/// A host process for one transcript, in a folder that goes with it.
class DemoHost {
 public:
  static Result<std::unique_ptr<DemoHost>> start(const std::filesystem::path& plugins) {
    std::string folder = (std::filesystem::temp_directory_path() / "baton-demo-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) {
      return fail(Errc::io_failed, "cannot make a temporary folder");
    }
    std::unique_ptr<DemoHost> host(new DemoHost(folder));
    const std::string config = folder + "/baton.yaml";
    std::ofstream(config) << "host: {name: demo, socket: " << folder << "/host.sock, runtime_dir: " << folder
                          << "/runtime, log_level: error}\nplugins: {directories: ['" << plugins.string()
                          << "']}\n";
    auto child = ChildProcess::start({executable().string(), "run", config, "--no-console", "-q"});
    if (!child) {
      return fail(child.error());
    }
    host->child_ = std::make_unique<ChildProcess>(std::move(*child));
    if (auto listening = host->wait_until_it_listens(); !listening) {
      return fail(listening.error());
    }
    return host;
  }

  ~DemoHost() {
    child_ = nullptr;
    std::error_code ignored;  // it is in the temporary directory
    std::filesystem::remove_all(folder_, ignored);
  }

  DemoHost(const DemoHost&) = delete;
  DemoHost& operator=(const DemoHost&) = delete;

  [[nodiscard]] const std::string& folder() const { return folder_; }

  [[nodiscard]] Client& client() { return client_; }

  [[nodiscard]] std::string printed() { return child_->read_available(); }

  /// Waits until every manager is through with what was sent to it before: a question queues behind that.
  void settle() { (void)ask_host(client_, {"GET", "/v1/status", {}, {}}); }

 private:
  explicit DemoHost(std::string folder) : folder_(std::move(folder)), client_(folder_ + "/host.sock") {}

  Result<void> wait_until_it_listens() {
    const auto deadline = std::chrono::steady_clock::now() + start_limit;
    while (child_->is_running() && std::chrono::steady_clock::now() < deadline) {
      if (ask_host(client_, {"GET", "/v1/status", {}, {}})) {
        return {};
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return fail(Errc::unreachable, "the host of the demo did not start; its messages are above");
  }

  const std::string folder_;
  Client client_;
  std::unique_ptr<ChildProcess> child_;
};

class Player {
 public:
  Player(const Transcript& transcript, DemoHost& host, std::ostream& out)
      : transcript_(transcript), host_(host), out_(out), session_(host.client(), replies_, replies_) {}

  /// True when every line is as it should be.
  bool play() {
    for (const TranscriptStep& step : transcript_.steps) {
      play_step(step);
    }
    const std::size_t lines = equal_ + different_;
    out_ << fmt::format("{}: {} of {} lines equal the BEAM's\n\n", transcript_.name, equal_, lines)
         << std::flush;
    return different_ == 0;
  }

 private:
  void play_step(const TranscriptStep& step) {
    if (!step.reference.empty()) {
      out_ << "iex>   " << step.reference << '\n';
    }
    out_ << "baton> " << step.command << '\n';
    std::string command = step.command;
    replace_all(command, "$TMP", host_.folder());
    replies_.str({});
    (void)run_console_line(session_, command, OutputFormat::elixir, replies_, replies_);
    host_.settle();
    // As in the BEAM's shell, what is printed on the way comes before the result.
    compare(step, lines_of(host_.printed() + replies_.str()));
  }

  void compare(const TranscriptStep& step, const std::vector<std::string>& printed) {
    for (std::size_t i = 0; i < std::max(step.expected.size(), printed.size()); ++i) {
      const std::string* expected = i < step.expected.size() ? &step.expected[i] : nullptr;
      const std::string* got = i < printed.size() ? &printed[i] : nullptr;
      if (expected != nullptr && got != nullptr && *expected == *got) {
        out_ << "  = " << *got << '\n';
        ++equal_;
        continue;
      }
      out_ << "  ! line " << step.line << ": expected " << (expected != nullptr ? *expected : "nothing")
           << '\n'
           << "    "
           << "got " << (got != nullptr ? *got : "nothing") << '\n';
      ++different_;
    }
  }

  const Transcript& transcript_;
  DemoHost& host_;
  std::ostream& out_;
  std::ostringstream replies_;
  Session session_;
  std::size_t equal_ = 0;
  std::size_t different_ = 0;
};

}  // namespace

ExitCode run_demo(const Invocation& invocation, std::ostream& out, std::ostream& err) {
  const auto show = [&err](const Error& error) {
    err << "error[" << errc_name(error.code) << "]: " << error.text << std::endl;
    return exit_code_of(error.code);
  };
  bool is_equal = true;
  for (const std::filesystem::path& file : transcripts_of(invocation)) {
    const auto transcript = read_transcript(file);
    if (!transcript) {
      return show(transcript.error());
    }
    const auto host = DemoHost::start(plugin_directory(invocation));
    if (!host) {
      return show(host.error());
    }
    is_equal = Player(*transcript, **host, out).play() && is_equal;
  }
  out << (is_equal ? "every line equals the BEAM's" : "NOT every line equals the BEAM's") << std::endl;
  return is_equal ? ExitCode::done : ExitCode::refused;
}

}  // namespace baton
