// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace baton {

/// A folder for us alone that is gone when this is.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_((std::filesystem::temp_directory_path() / "baton-check-XXXXXX").string()) {
    is_made_ = mkdtemp(path_.data()) != nullptr;
  }

  ~TemporaryFolder() {
    std::error_code ignored;  // it is in the temporary directory: somebody else will clean up
    std::filesystem::remove_all(path_, ignored);
  }

  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] bool is_made() const { return is_made_; }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool is_made_;
};

}  // namespace baton
