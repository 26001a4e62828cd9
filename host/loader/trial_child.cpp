// SPDX-License-Identifier: Apache-2.0
// What the process of a trial does.
#include "host/base/log.hpp"
#include "host/loader/library_store.hpp"
#include "host/loader/plugin_file.hpp"
#include "host/loader/process_snapshot.hpp"
#include "host/loader/trial.hpp"

#include <csignal>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace baton {
namespace {

// Exit statuses; what else there is, the library has made.
constexpr int passed = 0;
constexpr int refused = 1;

/// A failure is the host's to tell: it hears it from the report.
class NoLog final : public Log {
 public:
  void write(LogLevel /*level*/, std::string_view /*name*/, LogFields /*fields*/) override {}
};

void tell(std::string line) {
  line += '\n';
  // Nobody to tell when this fails: the host is gone.
  [[maybe_unused]] const ssize_t written = ::write(trial_report_descriptor, line.data(), line.size());
}

int fail_with(std::string text) {
  tell(std::move(text));
  return refused;
}

void limit(int resource, std::uint64_t value) {
  const rlimit limits{value, value};
  ::setrlimit(static_cast<__rlimit_resource>(resource), &limits);  // a limit that is lower already stays
}

/// A library that eats processor, memory or disk, or outlives the host, harms nobody for long.
void accept_limits([[maybe_unused]] std::uint64_t memory_bytes) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, 5);
  limit(RLIMIT_FSIZE, std::uint64_t{512} << 20U);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // their shadows need terabytes of it
  limit(RLIMIT_AS, memory_bytes);
#endif
}

}  // namespace

int run_trial(const std::filesystem::path& library, const std::filesystem::path& runtime_directory,
              std::uint64_t memory_bytes) {
  accept_limits(memory_bytes);
  tell("reading it");
  NoLog log;
  const auto content = read_plugin_file(library);
  const PluginFile file = judge_plugin_file(library);
  auto store = LibraryStore::open(runtime_directory, log);
  if (!content || file.entry.refusal || !store) {
    return fail_with("the private copy is not what was judged");
  }
  const ProcessSnapshot before = ProcessSnapshot::take();
  tell("loading it, which runs its constructors");
  auto loaded = (*store)->load(file.identity(), content->bytes);
  if (!loaded) {
    return fail_with(loaded.error().text);
  }
  tell("unloading it, which runs its destructors");
  loaded->reset();
  const std::vector<LibraryRecord> records = (*store)->records();
  if (records.empty() || records.back().state != LibraryState::unloaded) {
    return fail_with("it cannot be unloaded: " +
                     (records.empty() ? std::string("it is not known") : records.back().reason));
  }
  tell("looking at what it has changed");
  if (const std::string changes = before.difference(ProcessSnapshot::take()); !changes.empty()) {
    return fail_with("loading and unloading it changes the process: " + changes);
  }
  tell("done");
  return passed;
}

}  // namespace baton
