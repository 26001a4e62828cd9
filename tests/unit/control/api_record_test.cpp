// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/control/control_host.hpp"

#include <nlohmann/json.hpp>

using namespace baton;
using namespace baton::test;

namespace {

using Json = nlohmann::ordered_json;

struct RecordTest : ControlHost {
  void notify(const std::string& data, const std::string& content_type = "text/plain") {
    CHECK(ask("POST", "/v1/managers/log/notify?type=msg&mode=sync", data, content_type).status == 200);
  }

  Json get(const std::string& target) {
    const ApiReply reply = ask("GET", "/v1/managers/log/record" + target);
    CHECK(reply.status == 200);
    return Json::parse(reply.body);
  }

  std::string refusal(const std::string& method, const std::string& target) {
    const ApiReply reply = ask(method, "/v1/managers/log/record" + target);
    CHECK(reply.status == 400);
    return Json::parse(reply.body)["error"].value("text", "");
  }
};

}  // namespace

TEST_CASE_METHOD(RecordTest, "a record is turned on, read and turned off", "[api][record]") {
  CHECK(get("")["record"].dump() ==
        R"({"on":false,"instance":1,"events_max":0,"bytes_max":67108864,"events":0,"bytes":0,"too_large":0,)"
        R"("first_seq":0,"last_seq":0})");
  const Json on = Json::parse(ask("POST", "/v1/managers/log/record?on=true&events=2&bytes=100000").body);
  CHECK(on["record"]["on"] == true);
  CHECK(on["record"]["events_max"] == 2);
  CHECK(on["record"]["bytes_max"] == 100'000);
  for (const char* data : {"1", "2", "3"}) {
    notify(data);
  }
  const Json events = get("/events");
  CHECK(events["record"]["events"] == 2);
  CHECK(events["record"]["first_seq"] == 2);
  CHECK(events["record"]["last_seq"] == 3);
  CHECK(events["more"] == false);
  REQUIRE(events["events"].size() == 2);
  CHECK(events["events"][0]["type"] == "msg");
  CHECK(events["events"][0]["data"] == "2");
  CHECK(events["events"][1]["seq"] == 3);
  CHECK(events["events"][1]["time_us"] > 0);
  CHECK(get("/events?events=1")["events"].size() == 1);
  CHECK(get("/events?after=2")["events"][0]["data"] == "3");
  CHECK(get("/events?until=2")["events"].size() == 1);

  CHECK(Json::parse(ask("POST", "/v1/managers/log/record?on=false").body)["record"]["on"] == false);
  CHECK(get("/events")["events"].empty());
  CHECK(host.log.all("verb").back().fields.at("verb") == "record off");
}

TEST_CASE_METHOD(RecordTest, "what is no text comes as base64, with its content type", "[api][record]") {
  CHECK(ask("POST", "/v1/managers/log/record?on=true").status == 200);
  notify(std::string("\0\xff", 2), "application/octet-stream");
  const Json event = get("/events")["events"][0];
  CHECK(event["data_base64"] == "AP8=");
  CHECK_FALSE(event.contains("data"));
  CHECK(event["content_type"] == "application/octet-stream");
}

TEST_CASE_METHOD(RecordTest, "large events come in several answers, and no answer is larger than it must be",
                 "[api][record]") {
  CHECK(ask("POST", "/v1/managers/log/record?on=true").status == 200);
  script.batches = true;
  const std::string large(1'500'000, 'x');
  for (int i = 0; i < 7; ++i) {
    notify(large);
  }
  std::size_t answers = 0;
  std::vector<std::uint64_t> numbers;
  std::string query;
  for (bool has_more = true; has_more; ++answers) {
    const Json page = get("/events" + query);
    CHECK(page.dump().size() < 5'000'000);
    for (const Json& event : page["events"]) {
      CHECK(event["data"] == large);
      numbers.push_back(event["seq"]);
    }
    has_more = page["more"];
    query = "?after=" + std::to_string(numbers.back());
  }
  CHECK(answers == 4);  // two each, and one
  CHECK(numbers == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE_METHOD(RecordTest, "what a record cannot be is refused with what it can", "[api][record]") {
  CHECK(refusal("POST", "") == "on is ``; true or false is expected");
  CHECK(refusal("POST", "?on=true&events=0") == "events is `0`; a number from 1 to 1000000 is expected");
  CHECK(refusal("POST", "?on=true&events=1000001") ==
        "events is `1000001`; a number from 1 to 1000000 is expected");
  CHECK(refusal("POST", "?on=true&bytes=x") == "bytes is `x`; a number from 1 to 1099511627776 is expected");
  CHECK(contains(refusal("GET", "/events?after=-1"), "after is `-1`"));
  CHECK(contains(refusal("GET", "/events?last=1"), "unknown key `last`"));
  CHECK(ask("GET", "/v1/managers/lgo/record").status == 404);
  CHECK(contains(ask("POST", "/v1/managers/lgo/record?on=true").body, R"(did you mean \"log\"?)"));
  CHECK(ask("GET", "/v1/managers/queue/record").status == 404);
}
