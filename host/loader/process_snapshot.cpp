// SPDX-License-Identifier: Apache-2.0
#include "host/loader/process_snapshot.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <iterator>
#include <string_view>
#include <sys/stat.h>
#include <sys/wait.h>
#include <system_error>
#include <vector>

namespace baton {
namespace {

namespace fs = std::filesystem;

std::set<int> list_open_files() {
  std::set<int> files;
  std::error_code error;
  for (fs::directory_iterator entry("/proc/self/fd", error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    // The iterator's own descriptor is in the list too; it is the last one and closed by then.
    files.insert(std::stoi(entry->path().filename().string()));
  }
  return files;
}

std::size_t count_threads() {
  std::error_code error;
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator("/proc/self/task", error), fs::directory_iterator()));
}

bool has_children() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

mode_t read_file_mode_mask() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return mask;
}

}  // namespace

ProcessSnapshot ProcessSnapshot::take() {
  ProcessSnapshot snapshot;
  sigset_t blocked;
  sigemptyset(&blocked);
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  for (int number = 1; number < static_cast<int>(signals); ++number) {
    struct sigaction action {};

    if (::sigaction(number, nullptr, &action) == 0) {
      snapshot.signal_handlers_.at(static_cast<std::size_t>(number)) = action.sa_handler;
    }
    if (sigismember(&blocked, number) == 1) {
      snapshot.blocked_signals_.insert(number);
    }
  }
  snapshot.open_files_ = list_open_files();
  snapshot.threads_ = count_threads();
  snapshot.has_children_ = has_children();
  std::error_code ignored;  // a folder that has been removed has no path: the same before and after
  snapshot.working_directory_ = fs::current_path(ignored);
  snapshot.file_mode_mask_ = read_file_mode_mask();
  snapshot.locale_ = std::setlocale(LC_ALL, nullptr);
  snapshot.on_terminate_ = std::get_terminate();
  return snapshot;
}

std::string ProcessSnapshot::difference(const ProcessSnapshot& later) const {
  std::vector<std::string> changes;
  const auto note = [&changes](bool is_changed, std::string_view what) {
    if (is_changed) {
      changes.emplace_back(what);
    }
  };
  note(signal_handlers_ != later.signal_handlers_, "a signal handler is another one");
  note(blocked_signals_ != later.blocked_signals_, "other signals are blocked");
  note(std::ranges::includes(later.open_files_, open_files_) && open_files_ != later.open_files_,
       "a file is left open");
  note(!std::ranges::includes(later.open_files_, open_files_), "a file of the host is closed");
  note(threads_ != later.threads_, "a thread is left running");
  note(has_children_ != later.has_children_, "a process is left running");
  note(working_directory_ != later.working_directory_, "the working directory is another one");
  note(file_mode_mask_ != later.file_mode_mask_, "the file mode mask (umask) is another one");
  note(locale_ != later.locale_, "the locale is another one");
  note(on_terminate_ != later.on_terminate_, "the terminate handler is another one");
  return fmt::format("{}", fmt::join(changes, "; "));
}

}  // namespace baton
