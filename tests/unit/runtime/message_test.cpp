// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/message.hpp"

#include <catch2/catch.hpp>

using namespace baton;

TEST_CASE("an owned message outlives what it was made from", "[message]") {
  OwnedMessage owned;
  {
    std::string type = "msg";
    std::string data = "Hello";
    std::string id = "7";
    const baton_attributes attributes{sizeof(baton_attributes), to_str(id), {}, {}};
    Message message{};
    message.type = to_str(type);
    message.data = to_bytes(data);
    message.seq = 3;
    message.attributes = &attributes;
    owned = OwnedMessage(message);
    type = "xxx";
    data = "xxxxx";
    id = "x";
  }

  const Message copy = owned.view();

  CHECK(view(copy.type) == "msg");
  CHECK(view(copy.data) == "Hello");
  CHECK(copy.seq == 3);
  REQUIRE(copy.attributes != nullptr);
  CHECK(view(copy.attributes->id) == "7");
}
