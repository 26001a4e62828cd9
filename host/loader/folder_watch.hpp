// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <vector>

namespace baton {

/// Tells when it is time to look at folders again. What the kernel reports (inotify) is a hint only: any
/// event in a folder, its replacement, a lost event; also a file system that reports nothing is looked at
/// every `interval`. What has changed is for a rescan to find out.
///
/// A burst of events is one hint: it comes when nothing has happened for `quiet`, so that a linker's
/// hundred writes or a folder full of new files are looked at once, and after `patience` at the latest,
/// so that a file that is written for ever hides nothing else.
///
/// Owned by whoever waits. Threads: wait() by one at a time; stop() by any.
class FolderWatch {
 public:
  struct Times {
    std::chrono::milliseconds quiet{120};
    std::chrono::milliseconds patience{2000};
    std::chrono::milliseconds interval{5000};
  };

  enum class Hint : std::uint8_t {
    changed,   // something happened in one of the folders
    interval,  // nothing did, for as long as `interval`
    stopped
  };

  /// Folders that do not exist are watched for as soon as they do (found out every `interval`).
  /// Errors: io_failed when the kernel has no inotify instance left.
  static Result<std::unique_ptr<FolderWatch>> open(std::vector<std::filesystem::path> folders, Times times);

  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  /// Waits for the next hint.
  [[nodiscard]] Hint wait();

  /// Ends the wait under way and all later ones.
  void stop();

 private:
  FolderWatch(std::vector<std::filesystem::path> folders, Times times, int inotify, int stop_event);

  /// Watches the folders that lie at the paths now: they may have been made, moved or replaced.
  void renew_watches();
  enum class Outcome : std::uint8_t { event, nothing, stopped };
  [[nodiscard]] Outcome wait_for_event(std::chrono::milliseconds limit);
  void drop_events();

  const std::vector<std::filesystem::path> folders_;
  const Times times_;
  const int inotify_;
  const int stop_event_;
  std::map<std::filesystem::path, int> watches_;  // the waiting thread's only
};

}  // namespace baton
