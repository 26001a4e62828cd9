// SPDX-License-Identifier: Apache-2.0
// Events that a manager keeps, as a person gets them and takes them elsewhere.
#include "tests/system/running_host.hpp"

#include <nlohmann/json.hpp>

#include <sstream>

using namespace baton::test;

namespace {

using Json = nlohmann::ordered_json;

const std::string recording_log = "managers: {log: {record: 100, record_bytes: 32MiB}}\n";

std::vector<Json> lines_of(const std::string& text) {
  std::vector<Json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(Json::parse(line));
  }
  return lines;
}

}  // namespace

TEST_CASE("a manager records as its config says, and as it is told", "[record]") {
  Place place;
  place.start(place.config(recording_log));
  CHECK(place.verb("record log status").output ==
        "log records its last 100 events, up to 32MiB: 0 events, 0 bytes\n");
  place.verb("sync-notify log msg one");
  place.verb("sync-notify log json '{\"a\":1}' --content-type application/json");

  const Ran got = place.verb("record log get");
  CHECK(got.code == 0);
  const std::vector<Json> events = lines_of(got.output);
  REQUIRE(events.size() == 2);
  CHECK(events[0]["data"] == "one");
  CHECK(events[1]["type"] == "json");
  CHECK(events[1]["content_type"] == "application/json");
  CHECK(lines_of(place.verb("record log get 1").output).at(0)["data"] == R"({"a":1})");
  const Json document = Json::parse(place.verb("record log get -o json").output);
  CHECK(document["events"].size() == 2);
  CHECK(document["record"]["events_max"] == 100);

  CHECK(
      contains(place.verb("record log on 1").output, "log records its last 1 event, up to 64MiB: 1 event,"));
  CHECK(place.verb("record log off").output == "log records nothing\n");
  const Ran none = place.verb("record log get");
  CHECK(none.code == 1);
  CHECK(contains(none.output, "`baton record log on 1000` keeps its last 1000 from now on"));
  CHECK(contains(place.verb("record logs status").output, "did you mean \"log\"?"));
  CHECK(contains(place.log(), "verb=\"record off\""));
}

TEST_CASE("a record that the file is changed to is applied at once, and one by hand is left alone",
          "[record]") {
  Place place;
  const auto with = [&](const std::string& keys) {
    return place.config("managers: {log: {" + keys + "}}\n");
  };
  place.start(with("capacity: 100"));
  place.verb("record log on 7");
  with("capacity: 200");
  CHECK(contains(place.verb("plan").output, "capacity 100 -> 200"));
  CHECK(place.verb("apply").code == 0);
  CHECK(contains(place.verb("record log status").output, "its last 7 events"));
  CHECK(place.verb("diff --runtime").code == 0);

  with("capacity: 200, record: 50");
  CHECK(contains(place.verb("plan").output, "record 0 -> 50"));
  CHECK(place.verb("apply").code == 0);
  CHECK(contains(place.verb("record log status").output, "its last 50 events"));
  CHECK(place.verb("rollback 2").code == 0);
  CHECK(place.verb("record log status").output == "log records nothing\n");
}

TEST_CASE("a file of events is whole or not there, and has more than fits into one answer", "[record]") {
  Place place;
  place.start(place.config(recording_log));
  const std::string large = place.write("large.txt", std::string(1'000'000, 'x') + "\n");
  for (int i = 0; i < 6; ++i) {
    REQUIRE(place.verb("sync-notify log line - < " + large).code == 0);
  }
  const std::string file = place.path("events.jsonl");
  CHECK(place.verb("record log get --to " + file).output == "6 events -> " + file + "\n");
  const std::vector<Json> events = lines_of(shell("cat " + file).output);
  REQUIRE(events.size() == 6);
  for (std::size_t i = 0; i < events.size(); ++i) {
    CHECK(events[i]["seq"] == i + 1);
    CHECK(events[i]["data"].get<std::string>().size() == 1'000'000);
  }
  CHECK(place.verb("record log get --to /nowhere/events").code == 65);
  CHECK(place.verb("record lgo get --to " + place.path("none").string()).code == 1);
  CHECK(shell("ls " + place.path("").string()).output.find("none") == std::string::npos);
  CHECK(shell("ls " + place.path("").string()).output.find(".part") == std::string::npos);
}

TEST_CASE("what was recorded on one machine is replayed on another, each part of it as it was",
          "[record][try]") {
  Place here;
  here.start(here.config(recording_log));
  const std::string lines = here.write("lines.txt", "text\n\xff\xfe binary\n");
  here.verb("notify log line - < " + lines);
  here.verb("sync-notify log json '{}' --content-type application/json");
  const std::string file = here.path("events.jsonl");
  REQUIRE(here.verb("record log get --to " + file).code == 0);
  const std::vector<Json> recorded = lines_of(shell("cat " + file).output);
  REQUIRE(recorded.size() == 3);

  Place there;  // no host
  const std::string with_attributes =
      shell("tail -n 1 " + file +
            " | sed 's/}$/,\"id\":\"i-1\",\"source\":\"\\/s\",\"traceparent\":\"00-a-b-01\"}/'")
          .output;
  std::ofstream(file, std::ios::app) << with_attributes;
  const std::string database = there.path("replayed.db");
  const Ran tried =
      there.verb("try " PLUGIN_persistence " --replay " + file + " path=" + database + " types=[line,json]");
  CHECK(tried.code == 0);
  CHECK(contains(tried.output, "4 events\n"));

  const std::string rows =
      shell(
          "sqlite3 " + database +
          " 'select event_seq, type, hex(data), content_type, time_us, id, source, traceparent from events'")
          .output;
  const auto time = [&](std::size_t i) {
    return recorded[i]["time_us"].dump();
  };
  CHECK(rows == "1|line|74657874|text/plain|" + time(0) + "|||\n" +                //
                    "2|line|FFFE2062696E617279|text/plain|" + time(1) + "|||\n" +  //
                    "3|json|7B7D|application/json|" + time(2) + "|||\n" +          //
                    "3|json|7B7D|application/json|" + time(2) + "|i-1|/s|00-a-b-01\n");
}
