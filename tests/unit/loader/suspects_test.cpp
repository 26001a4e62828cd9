// SPDX-License-Identifier: Apache-2.0
#include "host/loader/suspects.hpp"

#include "tests/plugin/temporary_folder.hpp"
#include "tests/support/code_of.hpp"
#include "tests/support/manual_scheduler.hpp"
#include "tests/support/recording_log.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <functional>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace baton;
using namespace baton::test;

namespace {

PluginIdentity identity(const std::string& sha256) {
  PluginIdentity plugin;
  plugin.file = "/plugins/" + sha256 + ".so";
  plugin.sha256 = sha256;
  plugin.manifest.name = "geo";
  plugin.manifest.version = "1.2.0";
  return plugin;
}

/// Hosts that end, one after the other, over one file.
struct Hosts {
  TemporaryFolder folder;
  RecordingLog log;
  ManualClock clock;
  Quarantine quarantine{clock, log};
  const std::filesystem::path file = folder.path() / "suspects";

  std::unique_ptr<Suspects> open() {
    auto opened = Suspects::open(file, quarantine, log);
    REQUIRE(opened);
    return std::move(*opened);
  }

  /// A host whose life is `life`, in a process of its own. How it ends there is its end.
  void run(const std::function<void(Suspects&)>& life) {
    const pid_t child = ::fork();
    if (child == 0) {
      const rlimit no_core{0, 0};
      ::setrlimit(RLIMIT_CORE, &no_core);
      std::freopen("/dev/null", "w", stderr);
      auto suspects = Suspects::open(file, quarantine, log);
      for (const int signal : {SIGSEGV, SIGABRT}) {
        ::signal(signal, SIG_DFL);  // the test program's own handlers would report a failure
      }
      (*suspects)->note_ends_of_process();
      life(**suspects);
      suspects->reset();
      ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
  }

  /// What the next host puts into quarantine: "sha256: text" each.
  std::vector<std::string> judged() {
    open();
    std::vector<std::string> all;
    for (const QuarantineEntry& entry : quarantine.list()) {
      all.push_back(entry.sha256 + ": " + entry.refusal.text);
    }
    return all;
  }
};

using Verdicts = std::vector<std::string>;

}  // namespace

TEST_CASE("a fatal signal goes to the account of the code that its thread ran", "[suspects]") {
  Hosts hosts;
  hosts.run([](Suspects& suspects) {
    const auto bystander = suspects.watch(identity("aa11"));
    const auto guilty = suspects.watch(identity("bb22"));
    const SuspectCall waits(bystander.get(), "handle_call");
    const SuspectCall call(guilty.get(), "handle_events");
    ::raise(SIGSEGV);
  });
  CHECK(hosts.judged() == Verdicts{"bb22: handle_events: ended by signal 11 (Segmentation fault)"});
  const QuarantineEntry entry = hosts.quarantine.list().at(0);
  CHECK(entry.refusal.step == "handle_events");
  CHECK(entry.refusal.signal == SIGSEGV);
  CHECK(entry.file == "/plugins/bb22.so");
  CHECK(entry.plugin == "geo");
  CHECK(entry.version == "1.2.0");
}

TEST_CASE("what ends the host, and whose account it goes to", "[suspects]") {
  struct Case {
    std::string name;
    std::function<void(Suspects&)> life;
    Verdicts judged;
  };

  const std::vector<Case> cases = {
      {"it calls exit",
       [](Suspects& suspects) {
         const auto suspect = suspects.watch(identity("aa11"));
         const SuspectCall call(suspect.get(), "create");
         std::exit(3);
       },
       {"aa11: create: it called exit()"}},
      {"it aborts",
       [](Suspects& suspects) {
         const auto suspect = suspects.watch(identity("aa11"));
         const SuspectCall call(suspect.get(), "loading");
         std::abort();
       },
       {"aa11: loading: ended by signal 6 (Aborted)"}},
      {"a fault outside of calls, with one on probation",
       [](Suspects& suspects) {
         const auto suspect = suspects.watch(identity("aa11"));
         ::raise(SIGSEGV);
       },
       {"aa11: ended by signal 11 (Segmentation fault), outside of its calls, while it alone was on "
        "probation"}},
      {"a fault outside of calls, with two on probation",
       [](Suspects& suspects) {
         const auto one = suspects.watch(identity("aa11"));
         const auto other = suspects.watch(identity("bb22"));
         ::raise(SIGSEGV);
       },
       {}},
      {"a fault of what is unloaded again",
       [](Suspects& suspects) {
         suspects.watch(identity("aa11")).reset();
         ::raise(SIGSEGV);
       },
       {}},
      {"a fault after the probation",
       [](Suspects& suspects) {
         const auto suspect = suspects.watch(identity("aa11"));
         for (std::uint32_t i = 0; i < Suspect::probation_calls; ++i) {
           const SuspectCall call(suspect.get(), "handle_events");
         }
         const SuspectCall call(suspect.get(), "handle_events");
         ::raise(SIGSEGV);
       },
       {}},
      {"a fault in the last call of the probation",
       [](Suspects& suspects) {
         const auto suspect = suspects.watch(identity("aa11"));
         for (std::uint32_t i = 1; i < Suspect::probation_calls; ++i) {
           const SuspectCall call(suspect.get(), "handle_events");
         }
         const SuspectCall call(suspect.get(), "handle_events");
         ::raise(SIGSEGV);
       },
       {"aa11: handle_events: ended by signal 11 (Segmentation fault)"}},
      {"an end in order",
       [](Suspects& suspects) {
         const auto suspect = suspects.watch(identity("aa11"));
         const SuspectCall call(suspect.get(), "handle_events");
       },
       {}},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    Hosts hosts;
    hosts.run(one.life);
    CHECK(hosts.judged() == one.judged);
    CHECK_FALSE(std::filesystem::exists(hosts.file));  // the judge has ended in order
  }
}

TEST_CASE("a fatal signal from outside says nothing about the code that it meets", "[suspects]") {
  Hosts hosts;
  // The one who kills outlives the host for a moment, with its lock on the file: it becomes our child then.
  REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
  hosts.run([](Suspects& suspects) {
    const auto suspect = suspects.watch(identity("aa11"));
    const SuspectCall call(suspect.get(), "handle_events");
    const pid_t host = ::getpid();
    if (::fork() == 0) {
      ::kill(host, SIGSEGV);
      ::_exit(0);
    }
    for (;;) {
      ::pause();
    }
  });
  REQUIRE(::waitpid(-1, nullptr, 0) > 0);
  CHECK(hosts.judged().empty());
}

TEST_CASE("ends without notice count against what ran, three in a row", "[suspects]") {
  Hosts hosts;
  const auto dies = [](Suspects& suspects) {
    const auto idle = suspects.watch(identity("bb22"));
    const auto suspect = suspects.watch(identity("aa11"));
    const SuspectCall call(suspect.get(), "handle_events");
    ::_exit(0);
  };
  const auto passes = [](Suspects& suspects) {
    const auto suspect = suspects.watch(identity("aa11"));
    for (std::uint32_t i = 0; i < Suspect::probation_calls; ++i) {
      const SuspectCall call(suspect.get(), "handle_events");
    }
    ::_exit(0);
  };

  hosts.run(dies);
  hosts.run(dies);
  SECTION("the third is one too many") {
    hosts.run(dies);
    CHECK(hosts.judged() ==
          Verdicts{"aa11: the host ended 3 times in a row without notice (_exit, SIGKILL or the "
                   "power) while code of it ran"});
  }
  SECTION("a host in which it was not loaded does not make them forgotten") {
    hosts.run([](Suspects&) { ::_exit(0); });
    hosts.run(dies);
    CHECK(hosts.judged().size() == 1);
  }
  SECTION("a probation that is passed takes them away") {
    hosts.run(passes);
    hosts.run(dies);
    hosts.run(dies);
    CHECK(hosts.judged().empty());
  }
}

TEST_CASE("a file that is none is told, and replaced", "[suspects]") {
  Hosts hosts;
  hosts.folder.write("suspects", "what is this?");
  CHECK(hosts.judged().empty());
  CHECK(hosts.log.count("suspects_unreadable") == 1);
}

TEST_CASE("two hosts do not share a file", "[suspects]") {
  Hosts hosts;
  const auto first = hosts.open();
  CHECK(code_of(Suspects::open(hosts.file, hosts.quarantine, hosts.log)) == "io_failed");
}

TEST_CASE("more libraries than there is room for are loaded all the same", "[suspects]") {
  Hosts hosts;
  const auto suspects = hosts.open();
  std::vector<std::shared_ptr<Suspect>> watched;
  for (std::size_t i = 0; i < Suspects::contents_max; ++i) {
    watched.push_back(suspects->watch(identity(std::to_string(i))));
    REQUIRE(watched.back() != nullptr);
  }
  CHECK(suspects->watch(identity("one more")) == nullptr);
  CHECK(hosts.log.count("suspects_unrecorded") == 1);
  watched.pop_back();
  CHECK(suspects->watch(identity("one more")) != nullptr);
}
