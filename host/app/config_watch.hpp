// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/loader/folder_watch.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace baton {

/// Tells when the content of a file has become another one, once for each content that it comes to rest at:
/// whether it was written in place, renamed into its place, or a symbolic link on the way to it was changed
/// (as Kubernetes does with a ConfigMap). What inotify says is a hint; what the file holds is the truth. A
/// file that is not there for a moment, or was written again with the same content, is no change. On a thread
/// of its own, which the destructor ends.
class ConfigWatch {
 public:
  /// `changed` is called on the watch's thread and outlives the watch. Errors: FolderWatch::open's;
  /// io_failed when there is no thread for it.
  static Result<std::unique_ptr<ConfigWatch>> open(std::filesystem::path file, std::function<void()> changed,
                                                   FolderWatch::Times times = {});

  ~ConfigWatch();
  ConfigWatch(const ConfigWatch&) = delete;
  ConfigWatch& operator=(const ConfigWatch&) = delete;

 private:
  ConfigWatch(std::filesystem::path file, std::function<void()> changed,
              std::unique_ptr<FolderWatch> folders);

  void look();

  const std::filesystem::path file_;
  const std::function<void()> changed_;
  const std::unique_ptr<FolderWatch> folders_;
  std::optional<std::string> seen_;  // the thread's only
  std::thread thread_;
};

}  // namespace baton
