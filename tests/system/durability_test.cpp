// SPDX-License-Identifier: Apache-2.0
#include "tests/system/running_host.hpp"

using namespace baton::test;

namespace {

const std::string store =
    "managers: {log: {handlers: [{type: PersistenceHandler, id: store, options: {path: messages.db, types: "
    "[], print: "
    "false}}]}}\n";

}  // namespace

TEST_CASE("what sync-notify has acknowledged is in the file after a kill -9, once and in order",
          "[durability]") {
  Place place;
  const auto config = place.config(store);
  place.start(config);
  const std::string acks = place.path("acks").string();
  const std::string stream =
      "seq -f 'line %.0f' 1 1000000 2>/dev/null | BATON_SOCKET=" + place.path("host.sock").string() + " " +
      BATON_BINARY + " sync-notify log line - --acks > " + acks + " 2>/dev/null";
  std::thread sender([&stream] { (void)std::system(stream.c_str()); });  // NOLINT: ends with its host

  const auto acknowledged = [&acks] {
    std::ifstream file(acks);
    std::uint64_t last = 0;
    for (std::string line; std::getline(file, line) && !file.eof();) {
      last = std::stoull(line);
    }
    return last;
  };
  REQUIRE(eventually([&] { return acknowledged() > 500; }));
  const std::uint64_t before = acknowledged();
  shell("kill -9 $(" + std::string(BATON_BINARY) + " --socket " + place.path("host.sock").string() +
        " status -o json | sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/')");
  sender.join();

  place.start(config);
  const std::string database = place.path("messages.db").string();
  const Ran stored =
      shell("sqlite3 " + database +
            " \"select count(*), count(distinct data), max(cast(substr(data, 6) as integer)) from events\"");
  std::uint64_t count = 0;
  std::uint64_t distinct = 0;
  std::uint64_t last = 0;
  REQUIRE(std::sscanf(stored.output.c_str(), "%lu|%lu|%lu", &count, &distinct, &last) == 3);  // NOLINT
  CHECK(count >= before);
  CHECK(distinct == count);
  CHECK(last == count);
}

TEST_CASE("a full disk refuses events, is told to who waits, and the handler goes on when there is room",
          "[durability]") {
  Place place;
  const auto config = place.config(store);
  // A host that may write files of at most 8 MiB: its disk is full soon.
  const auto child =
      baton::ChildProcess::start({"/bin/sh", "-c",
                                  "ulimit -f 16384; trap '' XFSZ; exec " + std::string(BATON_BINARY) +
                                      " run " + config.string() + " --no-console"});
  REQUIRE(child);
  REQUIRE(shell("head -c 30000000 /dev/zero | tr '\\0' x | fold -w 60000 > " + place.path("lines").string())
              .code == 0);
  REQUIRE(eventually([&] { return place.verb("status -q").code == 0; }));

  const Ran refused = place.verb("sync-notify log line - < " + place.path("lines").string());

  CHECK(refused.code == 1);
  CHECK(contains(refused.output, "handler `store` refused events"));
  CHECK(contains(refused.output, "messages.db"));
  CHECK(contains(place.verb("which log").output, "store"));
}
