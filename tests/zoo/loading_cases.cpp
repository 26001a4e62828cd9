// SPDX-License-Identifier: Apache-2.0
// Libraries that do harm merely by being loaded: the trial's process has it, and the host tells what it was.
#include "tests/zoo/zoo.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace baton::test {
namespace {

/// Asks the host to load it; it must be refused for one of these reasons, and not be tried a second time.
void refused(Zoo& zoo, const char* plugin, const std::vector<std::string>& reasons) {
  INFO(plugin);
  const std::filesystem::path file = zoo.drop(plugin, "x.so");
  const std::string error = zoo.refused_on_add(file);
  INFO(error);
  CHECK(std::any_of(reasons.begin(), reasons.end(),
                    [&](const auto& reason) { return contains(error, reason); }));
  CHECK(zoo.verdict("x.so") == "failed_trial");
  zoo.clear();
}

void refused(Zoo& zoo, const char* plugin, const std::string& reason) {
  refused(zoo, plugin, std::vector<std::string>{reason});
}

const std::string loading = "loading it, which runs its constructors: ";
const std::string changes = "loading and unloading it changes the process: ";

void ends_badly(Zoo& zoo) {
  refused(zoo, PLUGIN_constructor_crashes, loading + "ended by signal 11");
  // What it throws goes through the dynamic linker, or ends the process: as the optimiser has it.
  refused(zoo, PLUGIN_constructor_throws,
          std::vector<std::string>{loading + "ended by signal 6", ": early;"});
  refused(zoo, PLUGIN_constructor_aborts, loading + "ended by signal 6");
#ifndef __SANITIZE_ADDRESS__
  refused(zoo, PLUGIN_constructor_overflows_stack, loading + "ended by signal 11");
#endif
}

void ends_well(Zoo& zoo) {
  const std::string ended = loading + "ended the process with status 0";
  refused(zoo, PLUGIN_constructor_exits, ended);
  refused(zoo, PLUGIN_constructor_exits_at_once, ended);
  refused(zoo, PLUGIN_constructor_executes, ended);
  refused(zoo, PLUGIN_constructor_kills, loading + "ended by signal 9");
}

void does_not_end(Zoo& zoo) {
  refused(zoo, PLUGIN_constructor_hangs, loading + "not done after 3000 ms");
  refused(zoo, PLUGIN_constructor_spins, loading + "not done after 3000 ms");
  refused(zoo, PLUGIN_constructor_floods, loading + "not done after 3000 ms");
  refused(zoo, PLUGIN_constructor_leaves_group, loading + "not done after 3000 ms");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  refused(zoo, PLUGIN_constructor_eats_memory, loading + "ended by signal 6");
#endif
}

void changes_the_process(Zoo& zoo) {
  refused(zoo, PLUGIN_constructor_closes_files, changes + "a file of the host is closed");
  refused(zoo, PLUGIN_constructor_takes_signal, changes + "a signal handler is another one");
  // To block signals changes nothing: the host's threads have all of them blocked, and so has its trial.
  refused(zoo, PLUGIN_constructor_unblocks_signals, changes + "other signals are blocked");
  refused(zoo, PLUGIN_constructor_changes_folder, changes + "the working directory is another one");
  refused(zoo, PLUGIN_constructor_changes_umask, changes + "the file mode mask (umask) is another one");
  refused(zoo, PLUGIN_constructor_changes_locale, changes + "the locale is another one");
  refused(zoo, PLUGIN_constructor_leaves_file, changes + "a file is left open");
  refused(zoo, PLUGIN_constructor_sets_terminate, changes);
}

void starts_others(Zoo& zoo) {
  refused(zoo, PLUGIN_constructor_starts_thread, "");
  refused(zoo, PLUGIN_constructor_forks, changes + "a process is left running");
  refused(zoo, PLUGIN_constructor_leaves_flood, "it leaves a process running");
}

void around_constructors(Zoo& zoo) {
  refused(zoo, PLUGIN_resolver_crashes, loading + "ended by signal");
  refused(zoo, PLUGIN_destructor_crashes, "unloading it, which runs its destructors: ended by signal 11");
  refused(zoo, PLUGIN_destructor_hangs, "unloading it, which runs its destructors: not done after 3000 ms");
}

void tables(Zoo& zoo) {
  refused(zoo, PLUGIN_null_table, "it is NULL");
  refused(zoo, PLUGIN_null_function, "it lacks");
  refused(zoo, PLUGIN_table_of_16_bytes, "it says it has 16 bytes");
  refused(zoo, PLUGIN_table_with_long_name, "which is not in the manifest");
  refused(zoo, PLUGIN_table_without_name, "its name is NULL");
}

}  // namespace

std::vector<Case> loading_cases() {
  return {
      {"L1", ends_badly},    {"L2", ends_well},           {"L3", does_not_end}, {"L4", changes_the_process},
      {"L5", starts_others}, {"L6", around_constructors}, {"L7", tables}};
}

}  // namespace baton::test
