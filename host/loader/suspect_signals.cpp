// SPDX-License-Identifier: Apache-2.0
// Which code runs on which thread, and what is noted of it when the process ends.
#include "host/loader/suspect_file.hpp"
#include "host/loader/suspects.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <unistd.h>

namespace baton {
namespace {

// Read by a signal handler: of the executable, so that reaching them allocates nothing.
thread_local SuspectRecord* record_here = nullptr;
thread_local const char* step_here = nullptr;

std::atomic<SuspectFile*> noted_in{nullptr};

constexpr std::array fatal_signals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP};
std::array<struct sigaction, fatal_signals.size()> actions_before;

/// The first end counts; what follows from it does not.
void note(SuspectFile& file, SuspectFile::Cause cause, int signal) noexcept {
  std::uint32_t expected = SuspectFile::none;
  if (!file.cause.compare_exchange_strong(expected, cause)) {
    return;
  }
  file.signal = signal;
  if (record_here != nullptr) {
    put_text(file.step, step_here);
    file.culprit = static_cast<std::int32_t>(record_here - file.records.data());
  }
}

void say(const char* text) noexcept {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, std::char_traits<char>::length(text));
}

/// For whoever reads the log of a host that is gone.
void say_who() noexcept {
  if (record_here != nullptr) {
    say("baton: a fatal signal in ");
    say(step_here);
    say(" of the plugin ");
    say(record_here->plugin.data());
    say(" ");
    say(record_here->version.data());
    say(", which was on probation; the next start puts it into quarantine\n");
  }
}

/// Only what a signal handler may do.
void on_fatal_signal(int signal, siginfo_t* info, void* /*context*/) {
  SuspectFile* const file = noted_in;
  const bool is_sent = info->si_code <= 0;
  const bool is_from_outside = is_sent && info->si_pid != ::getpid();
  if (file != nullptr) {
    note(*file, is_from_outside ? SuspectFile::killed : SuspectFile::signalled, signal);
    if (!is_from_outside) {
      say_who();
    }
  }
  // And then whatever would have happened: a fault comes again when its instruction does.
  const auto index = std::find(fatal_signals.begin(), fatal_signals.end(), signal) - fatal_signals.begin();
  ::sigaction(signal, &actions_before[static_cast<std::size_t>(index)], nullptr);
  if (is_sent) {
    ::raise(signal);
  }
}

void on_exit_called() {
  if (SuspectFile* const file = noted_in) {
    note(*file, SuspectFile::exited, 0);
  }
}

/// A stack for signal handlers: when a thread's own has run out, there is no other room to run in.
class SignalStack {
 public:
  SignalStack() {
    stack_t before{};
    if (::sigaltstack(nullptr, &before) != 0 || (before.ss_flags & SS_DISABLE) == 0) {
      return;  // somebody else's is there
    }
    memory_ = std::make_unique<char[]>(size);
    stack_t stack{};
    stack.ss_sp = memory_.get();
    stack.ss_size = size;
    if (::sigaltstack(&stack, nullptr) != 0) {
      memory_.reset();
    }
  }

  ~SignalStack() {
    if (memory_ != nullptr) {
      stack_t none{};
      none.ss_flags = SS_DISABLE;
      ::sigaltstack(&none, nullptr);
    }
  }

  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;

 private:
  static constexpr std::size_t size = std::size_t{64} << 10U;
  std::unique_ptr<char[]> memory_;
};

void take_signals() {
  struct sigaction action {};

  action.sa_sigaction = on_fatal_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  for (std::size_t i = 0; i < fatal_signals.size(); ++i) {
    ::sigaction(fatal_signals[i], &action, &actions_before[i]);
  }
}

void give_signals_back() {
  for (std::size_t i = 0; i < fatal_signals.size(); ++i) {
    ::sigaction(fatal_signals[i], &actions_before[i], nullptr);
  }
}

}  // namespace

void note_ends_in(SuspectFile& file) {
  [[maybe_unused]] static const int once = std::atexit(on_exit_called);
  if (noted_in.exchange(&file) == nullptr) {
    take_signals();
  }
}

void stop_noting_in(SuspectFile& file) {
  SuspectFile* expected = &file;
  if (noted_in.compare_exchange_strong(expected, nullptr)) {
    give_signals_back();
  }
}

void SuspectCall::begin(Suspect& suspect, const char* step) noexcept {
  try {
    static thread_local const SignalStack stack;
  } catch (const std::bad_alloc&) {  // then a stack that runs out ends us without notice
  }
  suspect_ = &suspect;
  outer_record_ = record_here;
  outer_step_ = step_here;
  suspect.record_.running.fetch_add(1);
  step_here = step;
  record_here = &suspect.record_;
}

void SuspectCall::end() noexcept {
  record_here = outer_record_;
  step_here = outer_step_;
  SuspectRecord& record = suspect_->record_;
  record.running.fetch_sub(1);
  // Calls that were under way when the last one of the probation ended count below zero: they must not wrap.
  std::uint32_t left = suspect_->calls_left_.load(std::memory_order_relaxed);
  while (left > 0 && !suspect_->calls_left_.compare_exchange_weak(left, left - 1)) {
  }
  if (left == 1) {
    record.strikes = 0;
    record.state = SuspectRecord::passed;
  }
}

}  // namespace baton
