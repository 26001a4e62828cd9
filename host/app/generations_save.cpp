// SPDX-License-Identifier: Apache-2.0
// Generations: what was changed by hand goes into the config file.
#include "host/app/generations.hpp"
#include "host/app/observed_shape.hpp"
#include "host/config/config_edit.hpp"
#include "host/loader/file_descriptor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fcntl.h>
#include <span>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace baton {
namespace {

namespace fs = std::filesystem;

/// All or nothing, also when the power fails. The file keeps its mode; a link goes on leading to it.
Result<void> replace_file(const fs::path& file, std::string_view text) {
  const auto failed = [](const char* what, const std::string& path) {
    return fail(Errc::io_failed,
                fmt::format("cannot {} {}: {}; the config is as it was", what, path, last_error_text()));
  };
  std::error_code ignored;
  const fs::path real = fs::canonical(file, ignored);

  struct stat status {};

  if (::stat(real.c_str(), &status) != 0) {
    return failed("find", file.string());
  }
  const std::string fresh = real.string() + ".new";
  const FileDescriptor opened(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!opened.is_open()) {
    return failed("make", fresh);  // which may be somebody's
  }
  const bool is_written = write_all(opened.get(), std::as_bytes(std::span(text))) &&
                          ::fchmod(opened.get(), status.st_mode & 07777U) == 0 && ::fsync(opened.get()) == 0;
  if (!is_written || ::rename(fresh.c_str(), real.c_str()) != 0) {
    auto failure = failed("write", fresh);
    (void)::unlink(fresh.c_str());
    return failure;
  }
  const FileDescriptor folder(::open(real.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  (void)::fsync(folder.get());
  return {};
}

}  // namespace

Result<HostConfig> Generations::check_saved(const std::string& text, const HostShape& running,
                                            std::vector<std::string>& versions) const {
  ReadConfig read = parse_config(text, started_with_.file);
  if (!read.is_valid()) {
    return fail(Errc::not_supported,
                "what would be written is no valid config; the file was not changed\n" +
                    render_diagnostics(read.diagnostics, started_with_.file.string(), text));
  }
  const auto says = shape_of(read.config, offered_by(parts_.catalog), &running);
  if (!says) {
    return fail(says.error());
  }
  for (const PlanStep& step : make_plan(*says, running, *says).steps) {
    if (!is_of_version_only(step, running, *says)) {
      return fail(Errc::not_supported,
                  fmt::format("the file was not changed, for it would still differ from what runs: {} {}: {}",
                              plan_action_name(step.action), step.target, step.what));
    }
    versions.push_back(fmt::format("{} {}", step.target, step.what));
  }
  return std::move(read.config);
}

Result<SavedConfig> Generations::save(bool is_dry_run, const std::string& who) {
  const auto changing = begin();
  if (!changing) {
    return fail(changing.error());
  }
  const ReadConfig read = read_config(started_with_.file);
  std::string warnings;
  if (auto checked = check(read, warnings); !checked) {
    return fail(checked.error());
  }
  const OfferedLookup lookup = offered_by(parts_.catalog);
  const auto running = running_shape();
  const auto says = shape_of(read.config, lookup, running ? &*running : nullptr);
  if (!says || !running) {
    return fail(says ? running.error() : says.error());
  }
  const HostShape applied = current().shape;
  const Plan unapplied = make_plan(applied, applied, *says);
  if (std::ranges::any_of(unapplied.steps,
                          [&](const PlanStep& step) { return !is_of_version_only(step, applied, *says); })) {
    return fail(Errc::refused,
                fmt::format("{} has changes that have not been applied, which would be lost; `baton "
                            "plan` shows them, `baton apply` applies them",
                            started_with_.file.string()));
  }
  auto edited = edited_config(read.source, make_plan(*says, *running, *says), *running, *says, lookup);
  if (!edited) {
    return fail(edited.error());
  }
  std::vector<std::string> versions;
  auto config = check_saved(edited->text, *running, versions);
  if (!config) {
    return fail(config.error());
  }
  SavedConfig saved{started_with_.file, std::move(edited->changes), std::move(versions), false};
  if (is_dry_run || saved.changes.empty()) {
    return saved;
  }
  if (auto replaced = replace_file(started_with_.file, edited->text); !replaced) {
    return fail(replaced.error());
  }
  saved.is_written = true;
  const std::uint64_t number = generation();
  parts_.runtime.log.info(
      "config_saved",
      {{"file", saved.file.string()}, {"who", who}, {"changes", std::to_string(saved.changes.size())}});
  note({number, 0, who, "config save", fmt::format("{} written", saved.changes.size()), "ok", false});
  const Lock lock(mutex_);
  generations_.back() = {number, std::move(*config), *running};
  return saved;
}

}  // namespace baton
