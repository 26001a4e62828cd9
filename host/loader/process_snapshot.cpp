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
#include <unistd.h>
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

struct ChangeRow {
  std::string_view name;
  std::string_view sentence;
};

// In the order of the enumeration, which is made from the same list.
constexpr std::array change_rows = {
#define BATON_PROCESS_CHANGE(name, sentence) ChangeRow{#name, sentence},
#include "host/loader/process_change.def"
#undef BATON_PROCESS_CHANGE
};

}  // namespace

std::string_view process_change_name(ProcessChange change) {
  return change_rows.at(static_cast<std::size_t>(change)).name;
}

std::string_view process_change_sentence(ProcessChange change) {
  return change_rows.at(static_cast<std::size_t>(change)).sentence;
}

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
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    snapshot.environment_.emplace(*variable);
  }
  for (std::size_t resource = 0; resource < snapshot.resource_limits_.size(); ++resource) {
    rlimit limits{};
    ::getrlimit(static_cast<__rlimit_resource>(resource), &limits);
    snapshot.resource_limits_.at(resource) = {limits.rlim_cur, limits.rlim_max};
  }
  return snapshot;
}

std::vector<ProcessChange> ProcessSnapshot::changes(const ProcessSnapshot& later) const {
  std::vector<ProcessChange> changes;
  const auto note = [&changes](bool is_changed, ProcessChange what) {
    if (is_changed) {
      changes.push_back(what);
    }
  };
  note(signal_handlers_ != later.signal_handlers_, ProcessChange::signal_handler_changed);
  note(blocked_signals_ != later.blocked_signals_, ProcessChange::signals_blocked);
  note(std::ranges::includes(later.open_files_, open_files_) && open_files_ != later.open_files_,
       ProcessChange::file_left_open);
  note(!std::ranges::includes(later.open_files_, open_files_), ProcessChange::file_closed);
  note(threads_ != later.threads_, ProcessChange::thread_left);
  note(has_children_ != later.has_children_, ProcessChange::process_left);
  note(working_directory_ != later.working_directory_, ProcessChange::folder_changed);
  note(file_mode_mask_ != later.file_mode_mask_, ProcessChange::file_mode_mask_changed);
  note(locale_ != later.locale_, ProcessChange::locale_changed);
  note(on_terminate_ != later.on_terminate_, ProcessChange::terminate_handler_changed);
  note(resource_limits_ != later.resource_limits_, ProcessChange::resource_limit_changed);
  note(environment_ != later.environment_, ProcessChange::environment_changed);
  return changes;
}

std::string ProcessSnapshot::difference(const ProcessSnapshot& later) const {
  std::vector<std::string_view> sentences;
  for (const ProcessChange change : changes(later)) {
    if (change != ProcessChange::environment_changed) {
      sentences.push_back(process_change_sentence(change));
    }
  }
  return fmt::format("{}", fmt::join(sentences, "; "));
}

}  // namespace baton
