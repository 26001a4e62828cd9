// SPDX-License-Identifier: Apache-2.0
#include "host/app/plugin_watch.hpp"

#include <utility>

namespace baton {

PluginWatch::PluginWatch(std::unique_ptr<FolderWatch> folders, Catalog& catalog)
    : folders_(std::move(folders)), thread_([&catalog, watch = folders_.get()] {
        do {
          catalog.rescan();
        } while (watch->wait() != FolderWatch::Hint::stopped);
      }) {}

PluginWatch::~PluginWatch() {
  folders_->stop();
  thread_.join();
}

}  // namespace baton
