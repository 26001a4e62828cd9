// SPDX-License-Identifier: Apache-2.0
#include "host/loader/suspects.hpp"

#include "host/loader/suspect_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <string>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace baton {
namespace {

namespace fs = std::filesystem;

static_assert(Suspects::contents_max == std::tuple_size_v<decltype(SuspectFile::records)>);

tl::unexpected<Error> io_failure(std::string_view what, const fs::path& path) {
  return fail(Errc::io_failed, fmt::format("cannot {} {}: {}", what, path.string(), last_error_text()));
}

/// What a file may hold is anything: its texts need not end.
template <std::size_t Size>
std::string text_of(const SuspectText<Size>& text) {
  return {text.begin(), std::find(text.begin(), text.end(), '\0')};
}

QuarantineEntry entry_of(const SuspectRecord& record, Refusal refusal) {
  return {text_of(record.sha256),  text_of(record.file), text_of(record.plugin),
          text_of(record.version), std::move(refusal),   0};
}

std::string end_text(const SuspectFile& file) {
  const int signal = file.signal;
  return file.cause == SuspectFile::exited
             ? std::string("it called exit()")
             : fmt::format("ended by signal {} ({})", signal, ::strsignal(signal));
}

/// The one content that was on probation; null when there was none, or several.
SuspectRecord* only_one(SuspectFile& file) {
  SuspectRecord* found = nullptr;
  for (SuspectRecord& record : file.records) {
    if (record.state == SuspectRecord::on_probation && std::exchange(found, &record) != nullptr) {
      return nullptr;
    }
  }
  return found;
}

/// The content that has ended the host, and how; its record is unused from then on.
std::optional<QuarantineEntry> culprit_of(SuspectFile& file) {
  if (file.cause != SuspectFile::signalled && file.cause != SuspectFile::exited) {
    return std::nullopt;
  }
  const std::int32_t index = file.culprit;
  const bool is_known = index >= 0 && static_cast<std::size_t>(index) < file.records.size();
  SuspectRecord* const record = is_known ? &file.records[static_cast<std::size_t>(index)] : only_one(file);
  if (record == nullptr) {
    return std::nullopt;
  }
  record->state = SuspectRecord::unused;
  if (is_known) {
    const std::string step = text_of(file.step);
    return entry_of(*record, {RefusalReason::ended_host, step + ": " + end_text(file), step, file.signal});
  }
  return entry_of(*record, {RefusalReason::ended_host,
                            end_text(file) + ", outside of its calls, while it alone was on probation",
                            "outside of its calls", file.signal});
}

/// What ran when the host ended without notice gets a strike each.
std::vector<QuarantineEntry> strike(SuspectFile& file) {
  std::vector<QuarantineEntry> out;
  for (SuspectRecord& record : file.records) {
    if (file.cause != SuspectFile::none || record.state != SuspectRecord::on_probation ||
        record.running == 0) {
      continue;
    }
    record.strikes += 1;
    if (record.strikes >= Suspects::strikes_max) {
      record.state = SuspectRecord::unused;
      out.push_back(entry_of(record, {RefusalReason::ended_host,
                                      fmt::format("the host ended {} times in a row without notice (_exit, "
                                                  "SIGKILL or the power) while code of it ran",
                                                  Suspects::strikes_max),
                                      "a call"}));
    }
  }
  return out;
}

/// Nothing runs any more; who has strikes keeps them.
void begin_anew(SuspectFile& file) {
  file.magic = SuspectFile::magic_expected;
  file.cause = SuspectFile::none;
  file.signal = 0;
  file.culprit = -1;
  put_text(file.step, "");
  for (SuspectRecord& record : file.records) {
    const bool has_strikes = record.state != SuspectRecord::unused && record.strikes > 0;
    record.state = has_strikes ? SuspectRecord::remembered : SuspectRecord::unused;
    record.running = 0;
  }
}

/// On the disk, too, and its name with it.
bool make_durable(const FileDescriptor& descriptor, const fs::path& path) {
  const FileDescriptor folder(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return ::fsync(descriptor.get()) == 0 && folder.is_open() && ::fsync(folder.get()) == 0;
}

}  // namespace

Result<std::unique_ptr<Suspects>> Suspects::open(const fs::path& file, Quarantine& quarantine, Log& log) {
  FileDescriptor descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!descriptor.is_open() || ::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) {
    return io_failure("open, for this host alone,", file);
  }
  const off_t size = ::lseek(descriptor.get(), 0, SEEK_END);
  if (::ftruncate(descriptor.get(), sizeof(SuspectFile)) != 0) {
    return io_failure("make room in", file);
  }
  void* const memory =
      ::mmap(nullptr, sizeof(SuspectFile), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.get(), 0);
  if (memory == MAP_FAILED) {
    return io_failure("map", file);
  }
  auto& mapped = *static_cast<SuspectFile*>(memory);  // plain numbers and texts: any bytes are some
  if (size == sizeof(SuspectFile) && mapped.magic == SuspectFile::magic_expected) {
    if (auto culprit = culprit_of(mapped)) {
      quarantine.add(std::move(*culprit));
    }
    for (QuarantineEntry& entry : strike(mapped)) {
      quarantine.add(std::move(entry));
    }
  } else {
    if (size > 0) {
      log.warning("suspects_unreadable", {{"file", file.string()}});
    }
    std::memset(memory, 0, sizeof(SuspectFile));
  }
  begin_anew(mapped);
  if (!make_durable(descriptor, file)) {
    ::munmap(memory, sizeof(SuspectFile));
    return io_failure("write", file);
  }
  return std::unique_ptr<Suspects>(new Suspects(file, std::move(descriptor), mapped, log));
}

Suspects::~Suspects() {
  stop_noting_in(file_);
  ::unlink(path_.c_str());
  ::munmap(&file_, sizeof(SuspectFile));
}

void Suspects::note_ends_of_process() {
  note_ends_in(file_);
}

SuspectRecord* Suspects::record_for(const std::string& sha256) {
  const auto known = std::find_if(file_.records.begin(), file_.records.end(), [&](const auto& record) {
    return record.state == SuspectRecord::remembered && text_of(record.sha256) == sha256;
  });
  if (known != file_.records.end()) {
    return &*known;
  }
  for (const std::uint32_t state : {SuspectRecord::unused, SuspectRecord::remembered}) {
    const auto free = std::find_if(file_.records.begin(), file_.records.end(),
                                   [state](const auto& record) { return record.state == state; });
    if (free != file_.records.end()) {
      free->strikes = 0;
      return &*free;
    }
  }
  return nullptr;
}

std::shared_ptr<Suspect> Suspects::watch(const PluginIdentity& identity) {
  const Lock lock(mutex_);
  SuspectRecord* const record = record_for(identity.sha256);
  if (record == nullptr) {
    log_.warning("suspects_unrecorded",
                 {{"file", identity.file.string()}, {"reason", "too many libraries are on probation"}});
    return nullptr;
  }
  put_text(record->sha256, identity.sha256.c_str());
  put_text(record->plugin, identity.manifest.name.c_str());
  put_text(record->version, identity.manifest.version.c_str());
  put_text(record->file, identity.file.c_str());
  record->running = 0;
  record->state = SuspectRecord::on_probation;
  if (!make_durable(descriptor_, path_)) {  // it is in memory that outlives us all the same
    log_.warning("suspects_unrecorded", {{"file", identity.file.string()}, {"reason", last_error_text()}});
  }
  return std::make_shared<Suspect>(*record);
}

Suspect::~Suspect() {
  record_.state = record_.strikes > 0 ? SuspectRecord::remembered : SuspectRecord::unused;
}

}  // namespace baton
