// SPDX-License-Identifier: Apache-2.0
// The store of a manager's last events: what is kept, and that it is bounded.
#include "host/behaviour/recent_events.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace baton;

namespace {

using Texts = std::vector<std::string>;

constexpr std::size_t mebi = 1U << 20U;

/// Events "1", "2", … of type msg, whose data lives as long as this.
struct Events {
  explicit Events(std::size_t count) {
    for (std::size_t i = 1; i <= count; ++i) {
      texts.push_back(std::to_string(i));
    }
    for (const std::string& text : texts) {
      add(text);
    }
  }

  Events(std::size_t count, const std::string& data) {
    for (std::size_t i = 0; i < count; ++i) {
      add(data);
    }
  }

  void add(const std::string& data) {
    Message message{};
    message.type = to_str("msg");
    message.data = to_bytes(data);
    message.content_type = BATON_TEXT_PLAIN;
    message.seq = all.size() + 1;
    all.push_back(message);
  }

  Texts texts;
  std::vector<Message> all;
};

Texts data_of(const std::vector<OwnedMessage>& events) {
  Texts texts;
  std::transform(events.begin(), events.end(), std::back_inserter(texts),
                 [](const OwnedMessage& event) { return std::string(view(event.view().data)); });
  return texts;
}

/// How much memory one event of so much data takes.
std::size_t bytes_of_one(std::size_t data) {
  RecentEvents recent;
  recent.record({1, 1U << 30U});
  const std::string text(data, 'x');
  recent.add(Events(1, text).all);
  return recent.status().bytes;
}

}  // namespace

TEST_CASE("nothing is kept before somebody wants it, and the last ones from then on", "[record]") {
  RecentEvents recent;
  const Events events(5);
  recent.add(events.all);
  CHECK(recent.status().events == 0);
  CHECK(recent.last(5).empty());

  SECTION("a record") {
    recent.record({3});
  }
  SECTION("a canary") {
    recent.want(3);
  }
  recent.add(std::span(events.all).first(2));
  CHECK(data_of(recent.last(9)) == Texts{"1", "2"});
  recent.add(std::span(events.all).last(2));
  CHECK(data_of(recent.last(9)) == Texts{"2", "4", "5"});
  CHECK(data_of(recent.last(2)) == Texts{"4", "5"});
  recent.add(events.all);  // a batch that is more than all
  CHECK(data_of(recent.last(9)) == Texts{"3", "4", "5"});
}

TEST_CASE("an event is kept whole: every part of it, and what it was borrowed from may go", "[record]") {
  RecentEvents recent;
  recent.record({1});
  {
    const std::string data("\0\xff binary", 9);
    const std::string id = "A234-1234-1234";
    baton_attributes attributes{sizeof attributes, to_str(id), to_str("/sensors"), to_str("00-4bf9-01")};
    Message event{};
    event.type = to_str("reading");
    event.data = to_bytes(data);
    event.content_type = 7;
    event.seq = 42;
    event.time_us = 1'700'000'000'000'000;
    event.attributes = &attributes;
    recent.add({&event, 1});
  }
  const std::vector<OwnedMessage> kept = recent.last(1);
  const Message event = kept.at(0).view();
  CHECK(view(event.type) == "reading");
  CHECK(view(event.data) == std::string("\0\xff binary", 9));
  CHECK(event.content_type == 7);
  CHECK(event.seq == 42);
  CHECK(event.time_us == 1'700'000'000'000'000);
  REQUIRE(event.attributes != nullptr);
  CHECK(view(event.attributes->id) == "A234-1234-1234");
  CHECK(view(event.attributes->source) == "/sensors");
  CHECK(view(event.attributes->traceparent) == "00-4bf9-01");
}

TEST_CASE("10,000 events of 8 MiB take no more memory than they may", "[record]") {
  const std::string data(8 * mebi, 'x');
  const Events events(10'000, data);
  RecentEvents recent;
  std::size_t bound = 0;
  SECTION("those of a canary") {
    bound = RecordLimits::bytes_default;
    recent.want(10'000);
  }
  SECTION("those of a record") {
    bound = 20 * mebi;
    recent.record({10'000, bound});
  }
  const std::size_t fit = bound / bytes_of_one(data.size());
  // At once, and then in batches as a manager has them.
  for (const std::size_t batch : {events.all.size(), std::size_t{256}}) {
    for (std::span<const Message> rest(events.all); !rest.empty();) {
      const std::size_t count = std::min(batch, rest.size());
      recent.add(rest.first(count));
      rest = rest.subspan(count);
      REQUIRE(recent.status().bytes <= bound);
    }
    CHECK(recent.status().events == fit);
    CHECK(recent.status().bytes == fit * bytes_of_one(data.size()));
    CHECK(recent.status().last_seq == 10'000);
    CHECK(recent.status().first_seq == 10'001 - fit);
    CHECK(recent.status().too_large == 0);
  }
}

TEST_CASE("small events count with all that keeping them takes", "[record]") {
  constexpr std::size_t bound = mebi;
  RecentEvents recent;
  recent.record({RecordLimits::events_most, bound});
  const Events events(100'000, std::string());
  recent.add(events.all);
  CHECK(recent.status().events == bound / bytes_of_one(0));
  CHECK(bytes_of_one(0) >= sizeof(OwnedMessage));
}

TEST_CASE("an event that is larger than all may be is left out and counted, and the others stay",
          "[record]") {
  const std::string small(10, 's');
  const std::string large(10'000, 'l');
  RecentEvents recent;
  recent.record({100, 3 * bytes_of_one(10)});
  Events events(1, small);
  events.add(large);
  events.add(small);
  events.add(large);
  SECTION("in one batch") {
    recent.add(events.all);
  }
  SECTION("one by one") {
    for (const Message& event : events.all) {
      recent.add({&event, 1});
    }
  }
  CHECK(data_of(recent.last(9)) == Texts{small, small});
  CHECK(recent.status().too_large == 2);
  CHECK(recent.status().first_seq == 1);
  CHECK(recent.status().last_seq == 3);

  recent.record({100});  // another record
  CHECK(recent.status().too_large == 0);
}

TEST_CASE("a record that is turned off lets go of all but what canaries want", "[record]") {
  RecentEvents recent;
  const Events events(10);
  recent.record({8});
  recent.add(events.all);
  SECTION("nobody wants any") {
    recent.record({});
    CHECK(recent.status().events == 0);
    CHECK(recent.status().bytes == 0);
    recent.add(events.all);
    CHECK(recent.last(9).empty());
  }
  SECTION("a canary wants some") {
    recent.want(2);
    CHECK(recent.status().events == 8);
    recent.record({});
    CHECK(data_of(recent.last(9)) == Texts{"9", "10"});
  }
  SECTION("a smaller one") {
    recent.record({3});
    CHECK(data_of(recent.last(9)) == Texts{"8", "9", "10"});
  }
}

TEST_CASE("a canary has its room beside a record that may take less, and never more than it may",
          "[record]") {
  RecentEvents recent;
  recent.want(2);
  recent.record({4, 1});  // hardly a byte
  recent.add(Events(3, std::string(mebi, 'x')).all);
  CHECK(recent.status().events == 3);
  recent.want(RecentEvents::events_max + 5);
  const Events many(RecentEvents::events_max + 5);
  recent.add(many.all);
  CHECK(recent.status().events == RecentEvents::events_max);
}

TEST_CASE("the pages of a query have each event once, in order, whatever its size", "[record]") {
  RecentEvents recent;
  recent.record({100});
  const Events events(20);
  recent.add(events.all);
  RecordQuery query;
  query.bytes_max = GENERATE(std::size_t{0}, 1, 3 * bytes_of_one(2), 1000 * bytes_of_one(2));
  Texts got;
  for (std::size_t pages = 1;; ++pages) {
    REQUIRE(pages <= 20);
    const RecordedEvents page = recent.collect(query);
    REQUIRE_FALSE(page.events.empty());
    for (const std::string& data : data_of(page.events)) {
      got.push_back(data);
    }
    if (!page.has_more) {
      break;
    }
    query.after = page.events.back().view().seq;
  }
  CHECK(got == events.texts);
}

TEST_CASE("a query may be for the last few, those behind one, and those up to one", "[record]") {
  RecentEvents recent;
  recent.record({5});
  const Events events(8);
  recent.add(events.all);
  CHECK(data_of(recent.collect({.last = 2}).events) == Texts{"7", "8"});
  CHECK(data_of(recent.collect({.after = 6}).events) == Texts{"7", "8"});
  CHECK(data_of(recent.collect({.until = 5}).events) == Texts{"4", "5"});
  CHECK(data_of(recent.collect({.last = 4, .after = 2, .until = 7}).events) == Texts{"5", "6", "7"});
  CHECK(recent.collect({.last = 0}).events.empty());
  CHECK_FALSE(recent.collect({.last = 0}).has_more);
  CHECK(recent.collect({.after = 8}).events.empty());
}
