// SPDX-License-Identifier: Apache-2.0
#include "host/app/config_watch.hpp"

#include <algorithm>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace baton {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t content_max = 8U << 20U;  // more than any config may have

/// Nothing: it is not there, or cannot be read.
std::optional<std::string> content_of(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) {
    return std::nullopt;
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    return std::nullopt;
  }
  std::string content(std::min<std::uintmax_t>(fs::file_size(file, error), content_max), '\0');
  stream.read(content.data(), static_cast<std::streamsize>(content.size()));
  content.resize(static_cast<std::size_t>(stream.gcount()));
  return stream.bad() ? std::nullopt : std::optional(std::move(content));
}

/// Where something can happen that makes the file another one: its own folder, and that of what a symbolic
/// link leads to. A link that is replaced lies in a folder of these, too.
std::vector<fs::path> folders_of(const fs::path& file) {
  std::vector<fs::path> folders = {file.parent_path()};
  std::error_code error;
  const fs::path target = fs::canonical(file, error);
  if (!error && target.parent_path() != folders.front()) {
    folders.push_back(target.parent_path());
  }
  return folders;
}

}  // namespace

Result<std::unique_ptr<ConfigWatch>> ConfigWatch::open(fs::path file, std::function<void()> changed,
                                                       FolderWatch::Times times) {
  auto folders = FolderWatch::open(folders_of(file), times);
  if (!folders) {
    return fail(folders.error());
  }
  try {
    return std::unique_ptr<ConfigWatch>(
        new ConfigWatch(std::move(file), std::move(changed), std::move(*folders)));
  } catch (const std::system_error& error) {
    return fail(Errc::io_failed, std::string("no more threads: ") + error.what());
  }
}

ConfigWatch::ConfigWatch(fs::path file, std::function<void()> changed, std::unique_ptr<FolderWatch> folders)
    : file_(std::move(file)),
      changed_(std::move(changed)),
      folders_(std::move(folders)),
      seen_(content_of(file_)),
      thread_([this] {
        while (folders_->wait() != FolderWatch::Hint::stopped) {
          look();
        }
      }) {}

ConfigWatch::~ConfigWatch() {
  folders_->stop();
  thread_.join();
}

void ConfigWatch::look() {
  std::optional<std::string> content = content_of(file_);
  if (!content || content == seen_) {
    return;
  }
  seen_ = std::move(content);
  changed_();
}

}  // namespace baton
