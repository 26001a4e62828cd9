// SPDX-License-Identifier: Apache-2.0
#include "host/app/run_host.hpp"

#include "host/app/command_line.hpp"
#include "host/app/config_check.hpp"
#include "host/app/console.hpp"
#include "host/app/document_text.hpp"
#include "host/app/host.hpp"
#include "host/app/shared_terminal.hpp"
#include "host/app/version.hpp"

#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <optional>
#include <ostream>
#include <system_error>
#include <thread>
#include <unistd.h>

#include <systemd/sd-daemon.h>

namespace baton {
namespace {

// Reasons to end, as signals to ourselves: one place to wait for all of them, and a second one of the
// person's still gets through while the host is being stopped.
constexpr int stop_signal = SIGTERM;
constexpr int gave_up_signal = SIGUSR2;

sigset_t reasons_to_end() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, gave_up_signal}) {
    sigaddset(&signals, signal);
  }
  return signals;
}

/// What is waited for: a reason to end, or SIGHUP, which asks for the config to be read again.
sigset_t awaited_signals() {
  sigset_t signals = reasons_to_end();
  sigaddset(&signals, SIGHUP);
  return signals;
}

/// A second signal, while the host is being stopped, ends the process at once.
void let_signals_through() {
  signal(gave_up_signal, SIG_IGN);  // it is on its way out already
  const sigset_t signals = reasons_to_end();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

bool is_on_terminal() {
  return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
}

/// The console of `run`, beside the host: its end is the host's.
class OwnConsole {
 public:
  OwnConsole(const std::filesystem::path& socket, std::shared_ptr<SharedTerminal> terminal,
             OutputFormat format, std::ostream& out, std::ostream& err)
      : thread_([has_ended = has_ended_, socket, terminal = std::move(terminal), format, &out, &err] {
          {
            Client client(socket);
            (void)run_console(client, *terminal, format, out, err);
          }
          *has_ended = true;
          kill(getpid(), stop_signal);
        }) {}

  /// Does not wait for a console that waits for a line: the end of the process ends it.
  ~OwnConsole() {
    if (*has_ended_) {
      thread_.join();
    } else {
      thread_.detach();
    }
  }

  OwnConsole(const OwnConsole&) = delete;
  OwnConsole& operator=(const OwnConsole&) = delete;

 private:
  const std::shared_ptr<std::atomic<bool>> has_ended_ = std::make_shared<std::atomic<bool>>(false);
  std::thread thread_;
};

/// None, which is told, when there is no thread for it.
void begin_console(std::optional<OwnConsole>& console, const std::filesystem::path& socket,
                   const std::shared_ptr<SharedTerminal>& terminal, OutputFormat format, std::ostream& out,
                   std::ostream& err) {
  if (const auto taken = is_on_terminal() ? terminal->take_output() : Result<void>(); !taken) {
    err << "what is printed will get in the way of what is typed: " << taken.error().text << std::endl;
  }
  try {
    console.emplace(socket, terminal, format, out, err);
  } catch (const std::system_error& error) {
    err << "no console: no more threads: " << error.what() << std::endl;
  }
}

void announce(const HostConfig& config, const Host& host, std::ostream& err) {
  err << fmt::format("baton {}  {}  {}, {}  {}\n", version, config.file.string(),
                     counted(config.managers.size(), "manager"), counted(config.servers.size(), "server"),
                     host.socket().string())
      << std::flush;
}

}  // namespace

ExitCode run_check(const Invocation& invocation, std::ostream& out, std::ostream& err) {
  const auto file = find_config(invocation.file);
  const auto checked = file ? check_config(*file) : Result<CheckedConfig>(fail(file.error()));
  if (!checked) {
    return print_error(checked.error(), invocation.format, out, err);
  }
  if (invocation.format == OutputFormat::json) {
    out << check_document(*file, checked->diagnostics) << std::endl;
    return checked->errors > 0 ? ExitCode::bad_config : ExitCode::done;
  }
  err << checked->report;
  if (checked->errors > 0) {
    err << fmt::format("{}: {}\n", file->string(), counted(checked->errors, "error")) << std::flush;
    return ExitCode::bad_config;
  }
  if (!invocation.is_quiet) {
    out << fmt::format("{}: valid; {}, {}", file->string(),
                       counted(checked->config.managers.size(), "manager"),
                       counted(checked->config.servers.size(), "server"))
        << std::endl;
  }
  return ExitCode::done;
}

ExitCode run_host(const Invocation& invocation, std::ostream& out, std::ostream& err) {
  const auto file = find_config(invocation.file);
  const auto checked = file ? check_config(*file) : Result<CheckedConfig>(fail(file.error()));
  if (!checked) {
    err << "error[" << errc_name(checked.error().code) << "]: " << checked.error().text << std::endl;
    return exit_code_of(checked.error().code);
  }
  err << checked->report;
  if (checked->errors > 0) {
    err << fmt::format("{}: {} error{}; nothing was started\n", file->string(), checked->errors,
                       checked->errors == 1 ? "" : "s")
        << std::flush;
    return ExitCode::bad_config;
  }
  HostConfig config = checked->config;
  if (!invocation.socket.empty()) {
    config.host.socket = invocation.socket;
  }
  const sigset_t signals = awaited_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before there are threads: they inherit it
  signal(SIGPIPE, SIG_IGN);
  std::atomic<bool> gave_up{false};
  std::atomic<bool> is_stopping{false};
  const auto terminal = std::make_shared<SharedTerminal>();
  auto log = make_line_log(config.host.log_level,
                           [terminal](std::string_view line) { terminal->write_error(line); });
  auto host = Host::start(config, std::move(log),
                          {[] { kill(getpid(), stop_signal); },
                           [&] {
                             if (!is_stopping.exchange(true)) {
                               gave_up = true;
                               kill(getpid(), gave_up_signal);
                             }
                           }});
  if (!host) {
    err << "error[" << errc_name(host.error().code) << "]: " << host.error().text << std::endl;
    return exit_code_of(host.error().code);
  }
  announce(config, **host, err);
  sd_notify(0, "READY=1");
  std::optional<OwnConsole> console;
  if (invocation.console.value_or(is_on_terminal())) {
    begin_console(console, (*host)->socket(), terminal, invocation.format, out, err);
  }
  int reason = 0;
  while (sigwait(&signals, &reason) == 0 && reason == SIGHUP) {
    (*host)->reload("SIGHUP");
  }
  is_stopping = true;
  let_signals_through();
  terminal->close();
  sd_notify(0, "STOPPING=1");
  *host = nullptr;
  terminal->finish();
  if (gave_up) {
    err << "error[too_many_restarts]: the root supervisor gave up; the log says which child and why\n"
        << std::flush;
    return ExitCode::refused;
  }
  return ExitCode::done;
}

}  // namespace baton
