// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/loader/folder_watch.hpp"

#include <functional>
#include <memory>
#include <thread>

namespace baton {

/// Looks at the plugin directories whenever something happens in them, so that the log says of each file that
/// is dropped in what it is, or why it is refused, before anybody asks for it, and newer versions are swapped
/// in where they are to be. On a thread of its own, which the destructor ends.
class PluginWatch {
 public:
  /// `look` is called at the beginning and with each hint, and rescans. Throws std::system_error when there
  /// is no thread for it.
  PluginWatch(std::unique_ptr<FolderWatch> folders, std::function<void()> look);
  ~PluginWatch();
  PluginWatch(const PluginWatch&) = delete;
  PluginWatch& operator=(const PluginWatch&) = delete;

 private:
  const std::unique_ptr<FolderWatch> folders_;
  std::thread thread_;
};

}  // namespace baton
