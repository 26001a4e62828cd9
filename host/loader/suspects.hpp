// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/log.hpp"
#include "host/base/mutex.hpp"
#include "host/base/result.hpp"
#include "host/loader/file_descriptor.hpp"
#include "host/loader/library.hpp"
#include "host/loader/quarantine.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace baton {

struct SuspectRecord;
struct SuspectFile;

/// The code of one library on probation: from its loading until its first calls have come back. Owned by
/// its Library. Threads: any.
class Suspect {
 public:
  /// So many calls of any of its functions (a batch of events is one) end a probation.
  static constexpr std::uint32_t probation_calls = 1000;

  explicit Suspect(SuspectRecord& record) : record_(record) {}

  ~Suspect();
  Suspect(const Suspect&) = delete;
  Suspect& operator=(const Suspect&) = delete;

  [[nodiscard]] bool is_on_probation() const { return calls_left_.load(std::memory_order_relaxed) > 0; }

 private:
  friend class SuspectCall;

  SuspectRecord& record_;
  std::atomic<std::uint32_t> calls_left_{probation_calls};
};

/// Notes, for as long as it lives, that this thread runs code of a library, if that is on probation. Calls
/// may nest, and then end in reverse order.
class SuspectCall {
 public:
  /// `step` says which function, and is a literal. Null: nobody's code, nothing is noted.
  SuspectCall(Suspect* suspect, const char* step) noexcept {
    if (suspect != nullptr && suspect->is_on_probation()) [[unlikely]] {
      begin(*suspect, step);
    }
  }

  ~SuspectCall() {
    if (suspect_ != nullptr) [[unlikely]] {
      end();
    }
  }

  SuspectCall(const SuspectCall&) = delete;
  SuspectCall& operator=(const SuspectCall&) = delete;

 private:
  void begin(Suspect& suspect, const char* step) noexcept;
  void end() noexcept;

  Suspect* suspect_ = nullptr;
  SuspectRecord* outer_record_ = nullptr;
  const char* outer_step_ = nullptr;
};

/// Finds out, after a host has ended in disorder, whose code ended it. What is on probation, and what of it
/// runs, stands in a file that the kernel keeps when the process dies; the next host reads it:
///
/// - A fatal signal, or exit(), on a thread that ran code on probation: that content goes into quarantine.
/// - A fatal signal elsewhere while one content was on probation: so does that one (a thread of its own, or
///   the heap). If there were several, nobody can tell which, and none does.
/// - An end without notice (SIGKILL, _exit, power): what ran then gets a strike, and goes into quarantine
/// with
///   the third in a row. A probation that is passed takes the strikes away.
///
/// Owned by Host; outlives every library. Threads: any. Log records: suspects_unreadable,
/// suspects_unrecorded; quarantined (by Quarantine).
class Suspects {
 public:
  static constexpr std::size_t contents_max = 256;  // loaded at a time; others are not watched
  static constexpr std::uint32_t strikes_max = 3;

  /// Judges what the host before has left in `file`, and begins it anew. Errors: io_failed, also when a
  /// living host has it open.
  static Result<std::unique_ptr<Suspects>> open(const std::filesystem::path& file, Quarantine& quarantine,
                                                Log& log);

  /// All has ended in order: removes the file.
  ~Suspects();
  Suspects(const Suspects&) = delete;
  Suspects& operator=(const Suspects&) = delete;

  /// From now on, until the destructor, fatal signals and exit() are noted in the file before they take
  /// their course. For one object of a process at a time.
  void note_ends_of_process();

  /// To be called before any of the code runs; durable when it returns. Null when there are too many at a
  /// time. Ends before this object.
  [[nodiscard]] std::shared_ptr<Suspect> watch(const PluginIdentity& identity);

 private:
  Suspects(std::filesystem::path path, FileDescriptor descriptor, SuspectFile& file, Log& log)
      : path_(std::move(path)), descriptor_(std::move(descriptor)), file_(file), log_(log) {}

  SuspectRecord* record_for(const std::string& sha256) BATON_REQUIRES(mutex_);

  const std::filesystem::path path_;
  const FileDescriptor descriptor_;  // its flock tells other hosts that this one is alive
  SuspectFile& file_;                // mapped
  Log& log_;
  Mutex mutex_;
};

}  // namespace baton
