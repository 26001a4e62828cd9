// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace baton {

/// What a library may have changed of the process; names are part of the JSON interface of `plugin check`.
enum class ProcessChange : std::uint8_t {
#define BATON_PROCESS_CHANGE(name, sentence) name,
#include "host/loader/process_change.def"
#undef BATON_PROCESS_CHANGE
};

/// As in process_change.def, e.g. "thread_left".
[[nodiscard]] std::string_view process_change_name(ProcessChange change);

/// Its sentence, e.g. "a thread is left running".
[[nodiscard]] std::string_view process_change_sentence(ProcessChange change);

/// What belongs to the whole process, and so must not be changed by a library that is loaded and unloaded.
/// For the process of a trial, where nobody else changes anything.
class ProcessSnapshot {
 public:
  [[nodiscard]] static ProcessSnapshot take();

  /// What is different in `later`.
  [[nodiscard]] std::vector<ProcessChange> changes(const ProcessSnapshot& later) const;

  /// What is different in `later` that a host does not bear, in words; empty when nothing is. The environment
  /// is not looked at: that is bad manners, and `plugin check` says so.
  [[nodiscard]] std::string difference(const ProcessSnapshot& later) const;

  [[nodiscard]] std::size_t threads() const { return threads_; }

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
  std::set<std::string> environment_;
  std::array<std::pair<rlim_t, rlim_t>, RLIM_NLIMITS> resource_limits_{};
};

}  // namespace baton
