// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/message_buffer.hpp"

#include "host/runtime/atoms.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace baton;

namespace {

struct BufferTest {
  AtomTable atoms;
  MessageBuffer buffer;

  [[nodiscard]] Message message(std::string_view type, std::string_view data) {
    Message message{};
    message.type = to_str(type);
    message.data = to_bytes(data);
    message.content_type = BATON_APPLICATION_JSON;
    return with_atom(message, atoms);
  }

  void append(const std::string& data, bool is_kept = false) {
    buffer.append(message("msg", data), 7, is_kept);
  }

  /// "seq data" of each.
  std::vector<std::string> read(std::size_t most, std::size_t limit, std::uint64_t first_seq = 1) {
    std::vector<Message> into(most);
    const std::size_t passed_before = buffer.passed();
    const std::size_t filled = buffer.read(into, limit, first_seq);
    passed = buffer.passed() - passed_before;
    std::vector<std::string> all;
    for (const Message& one : std::span(into).first(filled)) {
      all.push_back(std::to_string(one.seq) + " " + std::string(view(one.data)));
    }
    return all;
  }

  std::size_t passed = 0;
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(BufferTest, "a message is read as it was put in, with its number and time",
                 "[message_buffer]") {
  const std::string long_type(300, 't');  // too long for an atom
  const baton_attributes attributes{sizeof(baton_attributes), to_str("id"), to_str(""), to_str("00-trace")};
  for (const std::string_view type :
       {std::string_view("msg"), std::string_view(long_type), std::string_view("")}) {
    for (const std::string_view data : {"", "x", "12345678", "123456789"}) {
      for (const bool has_attributes : {false, true}) {
        CAPTURE(type, data, has_attributes);
        buffer.clear(0);
        Message given = message(type, data);
        given.attributes = has_attributes ? &attributes : nullptr;
        buffer.append(given, 1234, false);

        std::vector<Message> read(1);
        REQUIRE(buffer.read(read, 10, 42) == 1);
        REQUIRE(buffer.passed() == 1);
        CHECK(view(read[0].type) == type);
        CHECK(read[0].type_atom == given.type_atom);
        CHECK(view(read[0].data) == data);
        CHECK(read[0].data.data != given.data.data);
        CHECK(read[0].content_type == BATON_APPLICATION_JSON);
        CHECK(read[0].seq == 42);
        CHECK(read[0].time_us == 1234);
        REQUIRE((read[0].attributes != nullptr) == has_attributes);
        if (has_attributes) {
          CHECK(view(read[0].attributes->id) == "id");
          CHECK(view(read[0].attributes->source).empty());
          CHECK(view(read[0].attributes->traceparent) == "00-trace");
        }
      }
    }
  }
}

TEST_CASE_METHOD(BufferTest, "data lies where numbers may lie", "[message_buffer]") {
  for (const char* data : {"a", "abc", "abcdefghi"}) {
    append(data);
  }
  std::vector<Message> read(3);
  REQUIRE(buffer.read(read, 3, 1) == 3);
  for (const Message& one : read) {
    CHECK(reinterpret_cast<std::uintptr_t>(one.data.data) % alignof(std::uint64_t) == 0);
  }
}

TEST_CASE_METHOD(BufferTest, "it is read in pieces of either bound", "[message_buffer]") {
  for (const char* data : {"a", "b", "c", "d", "e"}) {
    append(data);
  }
  CHECK(read(2, 10) == Texts{"1 a", "2 b"});
  CHECK(read(10, 1) == Texts{"3 c"});
  CHECK(read(10, 10) == Texts{"4 d", "5 e"});
  CHECK(read(10, 10).empty());
  CHECK(buffer.count() == 5);
}

TEST_CASE_METHOD(BufferTest, "what is dropped leaves its number behind, and what is kept is passed over",
                 "[message_buffer]") {
  append("a");
  append("kept", true);
  append("bb");
  append("ccc");

  CHECK(buffer.drop_oldest());
  CHECK(buffer.drop_oldest());
  CHECK(buffer.data_bytes() == 7);
  CHECK(buffer.dropped() == 2);

  CHECK(read(10, 10) == Texts{"2 kept", "4 ccc"});
  CHECK(passed == 4);
}

TEST_CASE_METHOD(BufferTest, "when nothing may be dropped, nothing is", "[message_buffer]") {
  append("kept", true);
  CHECK_FALSE(buffer.drop_oldest());
  append("a");
  CHECK(buffer.drop_oldest());
  CHECK_FALSE(buffer.drop_oldest());
  CHECK(read(10, 10) == Texts{"1 kept"});
}

TEST_CASE_METHOD(BufferTest, "a limit counts what was dropped, too", "[message_buffer]") {
  append("a");
  append("b");
  append("c");
  CHECK(buffer.drop_oldest());
  CHECK(read(10, 2) == Texts{"2 b"});
  CHECK(passed == 2);
}

TEST_CASE_METHOD(BufferTest, "memory is used again, and given back when it is more than is kept",
                 "[message_buffer]") {
  append(std::string(1000, 'x'));
  const std::size_t grown = buffer.capacity();
  buffer.clear(grown);
  CHECK(buffer.capacity() == grown);
  CHECK(buffer.count() == 0);
  append("again");
  CHECK(read(10, 10) == Texts{"1 again"});

  buffer.clear(grown - 1);
  CHECK(buffer.capacity() == 0);
}

TEST_CASE_METHOD(BufferTest, "what was dropped leaves its memory to what comes", "[message_buffer]") {
  append("kept", true);
  append("old");
  append("old");
  for (int i = 0; i < 100'000; ++i) {
    REQUIRE(buffer.drop_oldest());
    append(std::to_string(i), i == 50'000);
  }

  CHECK(buffer.capacity() <= 1024);
  CHECK(buffer.count() == 100'003);
  CHECK(buffer.dropped() == 100'000);
  CHECK(read(10, 1'000'000) == Texts{"1 kept", "50004 50000", "100003 99999"});
  CHECK(passed == 100'003);
}
