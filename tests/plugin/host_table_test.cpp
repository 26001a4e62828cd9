// SPDX-License-Identifier: Apache-2.0
#include "host/loader/host_table.hpp"

#include "tests/plugin/loader_fixture.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

TEST_CASE("a message of a plugin that points to nowhere is refused before anybody reads it", "[host_table]") {
  RecordingServices services;
  const HostTable table(services);
  const baton_host& host = *table.get();
  const baton_str nowhere{nullptr, 5};
  baton_attributes attributes{sizeof(baton_attributes), {}, {}, {}};
  Message event = message("msg", "x");
  event.attributes = &attributes;

  SECTION("type") {
    event.type = nowhere;
  }
  SECTION("data") {
    event.data = {nullptr, 5};
  }
  SECTION("id") {
    attributes.id = nowhere;
  }
  SECTION("source") {
    attributes.source = nowhere;
  }
  SECTION("traceparent") {
    attributes.traceparent = nowhere;
  }
  SECTION("attributes of no size") {
    attributes.size = 0;
  }

  CHECK(host.notify(host.context, to_str("log"), &event) == BATON_INVALID);
  CHECK(services.asked.empty());
}

TEST_CASE("a message of a plugin may have empty texts that have no address", "[host_table]") {
  RecordingServices services;
  const HostTable table(services);
  const baton_host& host = *table.get();
  const baton_attributes attributes{sizeof(baton_attributes), {}, {}, {}};
  Message event = message("msg", "");
  event.data = {};
  event.attributes = &attributes;

  CHECK(host.notify(host.context, to_str("log"), &event) == BATON_OK);
  CHECK(services.asked.size() == 1);
}
