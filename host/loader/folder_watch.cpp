// SPDX-License-Identifier: Apache-2.0
#include "host/loader/folder_watch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>
#include <utility>

namespace baton {
namespace {

using std::chrono::milliseconds;

// Whatever may make a file another one, or the folder another folder. Reading is no change: IN_OPEN and
// IN_ACCESS would make our own rescan a reason for the next one.
constexpr std::uint32_t events_watched = IN_CREATE | IN_DELETE | IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB |
                                         IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF |
                                         IN_ONLYDIR;

}  // namespace

Result<std::unique_ptr<FolderWatch>> FolderWatch::open(std::vector<std::filesystem::path> folders,
                                                       Times times) {
  const int inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (inotify < 0) {
    return fail(Errc::io_failed, std::string("cannot watch folders: ") + std::strerror(errno) +
                                     (errno == EMFILE ? "; raise fs.inotify.max_user_instances" : ""));
  }
  const int stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop_event < 0) {
    const int code = errno;
    ::close(inotify);
    return fail(Errc::io_failed, std::string("cannot watch folders: ") + std::strerror(code));
  }
  std::unique_ptr<FolderWatch> watch(new FolderWatch(std::move(folders), times, inotify, stop_event));
  watch->renew_watches();
  return watch;
}

FolderWatch::FolderWatch(std::vector<std::filesystem::path> folders, Times times, int inotify, int stop_event)
    : folders_(std::move(folders)), times_(times), inotify_(inotify), stop_event_(stop_event) {}

FolderWatch::~FolderWatch() {
  ::close(inotify_);
  ::close(stop_event_);
}

void FolderWatch::stop() {
  (void)eventfd_write(stop_event_, 1);  // cannot fail: the counter is far from full
}

FolderWatch::Hint FolderWatch::wait() {
  switch (wait_for_event(times_.interval)) {
    case Outcome::stopped:
      return Hint::stopped;
    case Outcome::nothing:
      renew_watches();
      return Hint::interval;
    case Outcome::event:
      break;
  }
  const auto latest = std::chrono::steady_clock::now() + times_.patience;
  for (;;) {
    drop_events();
    const auto left = std::chrono::duration_cast<milliseconds>(latest - std::chrono::steady_clock::now());
    const Outcome outcome = wait_for_event(std::clamp(left, milliseconds(0), times_.quiet));
    if (outcome == Outcome::stopped) {
      return Hint::stopped;
    }
    if (outcome == Outcome::nothing || left <= milliseconds(0)) {
      renew_watches();
      return Hint::changed;
    }
  }
}

FolderWatch::Outcome FolderWatch::wait_for_event(milliseconds limit) {
  std::array<pollfd, 2> waits = {{{stop_event_, POLLIN, 0}, {inotify_, POLLIN, 0}}};
  int count = 0;
  do {
    count = poll(waits.data(), waits.size(), static_cast<int>(limit.count()));
  } while (count < 0 && errno == EINTR);
  if (waits[0].revents != 0) {
    return Outcome::stopped;
  }
  return count > 0 ? Outcome::event : Outcome::nothing;
}

void FolderWatch::drop_events() {
  // What they say does not matter, not even that some were lost: the folders are looked at as a whole.
  alignas(inotify_event) std::array<char, 4096> buffer{};
  while (::read(inotify_, buffer.data(), buffer.size()) > 0) {
  }
}

void FolderWatch::renew_watches() {
  for (const std::filesystem::path& folder : folders_) {
    // The same folder gives the same number again; another folder at that path gives another one.
    const int watch = inotify_add_watch(inotify_, folder.c_str(), events_watched);
    const auto known = watches_.find(folder);
    if (known != watches_.end() && known->second != watch) {
      inotify_rm_watch(inotify_, known->second);  // fails when that folder is gone: then so is its watch
      watches_.erase(known);
    }
    if (watch >= 0) {
      watches_[folder] = watch;
    }
  }
}

}  // namespace baton
