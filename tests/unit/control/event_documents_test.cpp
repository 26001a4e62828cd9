// SPDX-License-Identifier: Apache-2.0
#include "host/control/event_documents.hpp"

#include "tests/support/code_of.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

std::string why_not(const std::string& line) {
  const auto event = read_event(line);
  return event ? "it is one" : event.error().text;
}

}  // namespace

TEST_CASE("what a document is made of is what is read out of it", "[record]") {
  AtomTable atoms;
  const std::string binary("\0\xff\xfe\n\"", 5);
  const auto [data, type, content_type, attribute] = GENERATE_COPY(
      std::tuple<std::string, std::string, std::string, std::string>{"Hello", "msg", "text/plain", ""},
      std::tuple<std::string, std::string, std::string, std::string>{"{\"a\":\"\xc3\xa4\"}", "m s g",
                                                                     "application/json", "id-1"},
      std::tuple<std::string, std::string, std::string, std::string>{binary, "\xff",
                                                                     "application/octet-stream", binary},
      std::tuple<std::string, std::string, std::string, std::string>{"", "x", "a/b; c=\"d\"", "\n"});
  baton_attributes attributes{sizeof attributes, to_str(attribute), to_str(attribute), to_str(attribute)};
  Message event{};
  event.type = to_str(type);
  event.data = to_bytes(data);
  event.content_type = atoms.intern(content_type);
  event.seq = 18'000'000'000'000'000'000U;
  event.time_us = 1'700'000'000'000'001;
  event.attributes = attribute.empty() ? nullptr : &attributes;

  const std::string line = event_document(event, atoms).dump();
  CHECK(line.find('\n') == std::string::npos);
  const auto read = read_event(line);
  REQUIRE(read);
  CHECK(read->type == type);
  CHECK(read->data == data);
  CHECK(read->content_type == content_type);
  CHECK(read->seq == event.seq);
  CHECK(read->time_us == event.time_us);
  CHECK(read->id == attribute);
  CHECK(read->source == attribute);
  CHECK(read->traceparent == attribute);
  CHECK(read->has_attributes() == !attribute.empty());
  CHECK(event_document(*read).dump() == line);
}

TEST_CASE("an ordinary event is as short as people would write it", "[record]") {
  DescribedEvent event;
  event.type = "msg";
  event.data = "Hello";
  CHECK(event_document(event).dump() == R"({"type":"msg","data":"Hello"})");
  CHECK(read_event(R"({"type":"msg"})")->data.empty());
  CHECK(read_event(R"({"type":"msg"})")->content_type == "text/plain");
  CHECK(read_event(R"({"type":"msg","note":"of mine"})"));
}

TEST_CASE("what is no event is told apart", "[record]") {
  CHECK(why_not("Hello") == "it is no JSON object");
  CHECK(why_not("") == "it is no JSON object");
  CHECK(why_not("[]") == "it is no JSON object");
  CHECK(why_not("{}") == "it has no `type`");
  CHECK(why_not(R"({"type":1})") == "`type` is no text");
  CHECK(why_not(R"({"type":"a","data":{"b":1}})") == "`data` is no text");
  CHECK(why_not(R"({"type":"a","data_base64":"="})") == "`data_base64` is no base64");
  CHECK(why_not(R"({"type":"a","data_base64":7})") == "`data_base64` is no base64");
  CHECK(why_not(R"({"type":"a","data":"","data_base64":""})") ==
        "there is `data` and `data_base64`: which is it?");
  CHECK(why_not(R"({"type":"a","seq":"1"})") == "`seq` is no number");
  CHECK(why_not(R"({"type":"a","time_us":-1})") == "`time_us` is no number");
}
