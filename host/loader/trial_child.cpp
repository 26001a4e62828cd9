// SPDX-License-Identifier: Apache-2.0
// What the process of a trial does.
#include "host/base/silent_log.hpp"
#include "host/loader/library_store.hpp"
#include "host/loader/plugin_file.hpp"
#include "host/loader/probe.hpp"
#include "host/loader/process_snapshot.hpp"
#include "host/loader/trial.hpp"

#include <chrono>
#include <string_view>

namespace baton {
namespace {

// Exit statuses; what else there is, the library has made.
constexpr int passed = 0;
constexpr int refused = 1;

int fail_with(std::string text) {
  tell(std::move(text));
  return refused;
}

}  // namespace

int run_trial(const std::filesystem::path& library, const std::filesystem::path& runtime_directory,
              std::uint64_t memory_bytes) {
  accept_probe_limits(std::chrono::seconds(5), memory_bytes);
  tell("reading it");
  SilentLog log;
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
