// SPDX-License-Identifier: Apache-2.0
#include "host/app/plugin_watch.hpp"

#include <utility>

namespace baton {

PluginWatch::PluginWatch(std::unique_ptr<FolderWatch> folders, std::function<void()> look)
    : folders_(std::move(folders)), thread_([look = std::move(look), watch = folders_.get()] {
        do {
          look();
        } while (watch->wait() != FolderWatch::Hint::stopped);
      }) {}

PluginWatch::~PluginWatch() {
  folders_->stop();
  thread_.join();
}

}  // namespace baton
