// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <csignal>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <set>
#include <string>
#include <sys/types.h>

namespace baton {

/// What belongs to the whole process, and so must not be changed by a library that is loaded and unloaded.
/// For the process of a trial, where nobody else changes anything.
class ProcessSnapshot {
 public:
  [[nodiscard]] static ProcessSnapshot take();

  /// What is different in `later`, in words; empty when nothing is.
  [[nodiscard]] std::string difference(const ProcessSnapshot& later) const;

 private:
  static constexpr std::size_t signals = 65;  // Linux numbers them from 1 to 64

  std::array<void (*)(int), signals> signal_handlers_{};
  std::set<int> blocked_signals_;
  std::set<int> open_files_;
  std::size_t threads_ = 0;
  bool has_children_ = false;
  std::filesystem::path working_directory_;
  mode_t file_mode_mask_ = 0;
  std::string locale_;
  std::terminate_handler on_terminate_ = nullptr;
};

}  // namespace baton
