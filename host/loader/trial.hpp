// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/loader/refusal.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace baton {

struct TrialLimits {
  std::chrono::milliseconds time{3000};
  std::uint64_t memory_bytes = std::uint64_t{4} << 30U;  // of address space
};

/// Loads a library in a process of its own before it is loaded here: its constructors and destructors may
/// crash, hang, end the process or change it, and only the trial's process is harmed. Immutable; any thread.
class Trial {
 public:
  /// `command` is a program that ends in run_trial(); it is given the library and the folder behind it.
  Trial(std::vector<std::string> command, TrialLimits limits);

  /// Waits for the trial, at most limits.time. Nothing: it has passed. A trial that could not be made (no
  /// process to be had) is a refusal as `unreadable`, which says nothing about the content.
  [[nodiscard]] std::optional<Refusal> run(const std::filesystem::path& library,
                                           const std::filesystem::path& runtime_directory) const;

 private:
  std::vector<std::string> command_;
  TrialLimits limits_;
};

/// The other side: loads the library, checks its table, unloads it, and looks what it has changed. To be
/// called by a process that does nothing else; returns its exit status.
int run_trial(const std::filesystem::path& library, const std::filesystem::path& runtime_directory,
              std::uint64_t memory_bytes);

}  // namespace baton
