// SPDX-License-Identifier: Apache-2.0
// A tree of supervisors, from the config file to what the verbs see.
#include "tests/system/running_host.hpp"

#include <fstream>
#include <iterator>

using namespace baton::test;

namespace {

const std::string tree =
    "host: {name: test, log_level: debug}\n"
    "supervisors:\n"
    "  outer: {children: [log, inner], strategy: rest_for_one}\n"
    "  inner: {children: [queue], shutdown: 10s}\n"
    "servers: {queue: {type: SimpleQueue, shutdown: 2s}}\n"
    "managers: {log: {handlers: [{type: LoggerHandler, options: {types: []}}]}, other: }\n";

/// A config of its own: the shared one names the host.
std::filesystem::path tree_config(const Place& place, std::string text) {
  const std::string host = "host: {name: test, socket: " + place.path("host.sock").string() +
                           ", runtime_dir: " + place.path("runtime").string() + ",";
  text.replace(text.find("host: {name: test,"), std::string("host: {name: test,").size(), host);
  return place.write("tree.yaml", text + "plugins: {directories: [" BATON_PLUGINS "]}\n");
}

}  // namespace

TEST_CASE("a host builds the tree that its config says", "[host]") {
  Place place;
  const auto config = tree_config(place, tree);
  const std::string log = place.path("log").string();
  const std::string baton =
      std::string("BATON_SOCKET=") + place.path("host.sock").string() + " " BATON_BINARY;
  const std::string run = baton + " run " + config.string() + " --no-console 2> " + log +
                          " & for i in $(seq 500); do " + baton +
                          " status -q && break; done; kill $!; wait $!";

  REQUIRE(shell(run).code == 0);

  std::ifstream file(log);
  const std::string records{std::istreambuf_iterator<char>(file), {}};
  const auto place_of = [&records](const std::string& what) {
    const auto found = records.find(what);
    CAPTURE(what, records);
    REQUIRE(found != std::string::npos);
    return found;
  };
  const auto other = place_of("progress supervisor=root child=other");
  const auto manager = place_of("progress supervisor=outer child=log");
  const auto queue = place_of("progress supervisor=inner child=queue");
  const auto inner = place_of("progress supervisor=outer child=inner");
  const auto outer = place_of("progress supervisor=root child=outer");
  CHECK(other < manager);  // managers of the root come before its supervisors
  CHECK(manager < queue);
  CHECK(queue < inner);
  CHECK(inner < outer);
}

TEST_CASE("what a nested supervisor runs is stopped and started by its name, with its handlers", "[host]") {
  Place place;
  place.start(tree_config(place, tree));
  CHECK(place.verb("stop queue").code == 0);
  CHECK(contains(place.verb("call queue queue").output, "not_found"));
  CHECK(contains(place.verb("status -o json").output, "\"stopped\":[\"queue\"]"));
  CHECK(contains(place.verb("start queue").output, "queue#2"));
  CHECK(place.verb("call queue queue").code == 0);

  CHECK(place.verb("stop outer").code == 0);
  CHECK(contains(place.verb("sync-notify log msg x").output, "not_found"));
  CHECK(place.verb("sync-notify other msg x").code == 0);
  CHECK(contains(place.verb("start outer").output, "outer#2"));
  CHECK(contains(place.verb("which log").output, "LoggerHandler"));
}

TEST_CASE("a start that fails deep in the tree is told with the way to it", "[host][su-049][differs]") {
  Place place;
  const auto config = tree_config(
      place,
      "host: {name: test,}\nsupervisors: {outer: {children: [inner]}, inner: {children: [log]}}\n"
      "managers: {log: {handlers: [{type: PersistenceHandler, options: {path: /no/such/folder/x.db}}]}}\n");

  const Ran ran = shell(std::string(BATON_BINARY) + " run " + config.string() + " --no-console < /dev/null");

  CHECK(ran.code == 1);
  CHECK(contains(ran.output, "`outer` did not start: `inner` did not start: `log` did not start"));
  CHECK(contains(ran.output, "/no/such/folder"));
}

TEST_CASE("the example of a tree runs as it is", "[host]") {
  Place place;
  std::ifstream file(BATON_SOURCE "/config/tree.yaml");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const auto& [from, to] :
       {std::pair<std::string, std::string>("../build/release/plugins", BATON_PLUGINS),
        {"../build/audit.db", "audit.db"}}) {
    const auto found = text.find(from);
    REQUIRE(found != std::string::npos);
    text.replace(found, from.size(), to);
  }
  text += "host: {socket: " + place.path("host.sock").string() +
          ", runtime_dir: " + place.path("runtime").string() + "}\n";

  place.start(place.write("tree.yaml", text));

  CHECK(place.verb("call queue queue").code == 0);
  CHECK(contains(place.verb("which audit").output, "PersistenceHandler"));
  CHECK(place.host().stop() == 0);
}
