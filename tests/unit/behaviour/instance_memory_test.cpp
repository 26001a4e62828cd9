// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/instance_memory.hpp"

#include "tests/support/manual_host.hpp"
#include "tests/support/parted_handler.hpp"
#include "tests/support/scripted_server.hpp"

#include <catch2/catch.hpp>

#include <cstring>

using namespace baton;
using namespace baton::test;

namespace {

constexpr std::size_t page = 4096;

char* bytes_of(const MemoryView& memory) {
  return static_cast<char*>(memory.data);
}

}  // namespace

TEST_CASE("a memory is made once, and is zero", "[instance_memory]") {
  InstanceMemory memories;

  const auto first = memories.get("slots", 3 * page);
  REQUIRE(first);
  CHECK(reinterpret_cast<std::uintptr_t>(first->data) % page == 0);
  CHECK(first->capacity == 3 * page);
  CHECK_FALSE(first->is_inherited);
  CHECK(bytes_of(*first)[3 * page - 1] == 0);
  bytes_of(*first)[0] = 'x';

  for (const std::size_t capacity : {std::size_t{0}, page, 3 * page}) {
    const auto again = memories.get("slots", capacity);
    REQUIRE(again);
    CHECK(again->data == first->data);
    CHECK(again->capacity == 3 * page);
  }
  CHECK(memories.bytes() == 3 * page);
}

TEST_CASE("what cannot be had is refused", "[instance_memory]") {
  InstanceMemory memories;
  REQUIRE(memories.get("slots", page));

  CHECK(code_of(memories.get("", page)) == "bad_request");
  CHECK(code_of(memories.get(std::string(256, 'n'), page)) == "bad_request");
  CHECK(code_of(memories.get("slots", 2 * page)) == "bad_request");
  CHECK(code_of(memories.get("other", 0)) == "not_found");
  CHECK(code_of(memories.get("other", InstanceMemory::bytes_max)) == "overloaded");
  CHECK(code_of(memories.free("other")) == "not_found");
}

TEST_CASE("an instance has so many memories and no more", "[instance_memory]") {
  InstanceMemory memories;
  for (std::size_t i = 0; i < InstanceMemory::count_max; ++i) {
    REQUIRE(memories.get(std::to_string(i), 1));
  }

  CHECK(code_of(memories.get("one more", 1)) == "overloaded");
  REQUIRE(memories.free("7"));
  CHECK(memories.get("one more", 1));
}

TEST_CASE("who inherits a memory has it where it is, and keeps it", "[instance_memory]") {
  InstanceMemory successor;
  void* data = nullptr;
  {
    InstanceMemory old;
    const auto made = old.get("slots", page);
    REQUIRE(made);
    data = made->data;
    std::strcpy(bytes_of(*made), "kept");
    successor.inherit(old);
  }

  const auto inherited = successor.get("slots", page);

  REQUIRE(inherited);
  CHECK(inherited->is_inherited);
  CHECK(inherited->data == data);
  CHECK(std::string(bytes_of(*inherited)) == "kept");
  CHECK(successor.bytes() == page);
}

TEST_CASE("what a successor makes and frees is its own affair", "[instance_memory]") {
  InstanceMemory old;
  const auto made = old.get("slots", page);
  REQUIRE(made);
  {
    InstanceMemory successor;
    successor.inherit(old);
    REQUIRE(successor.free("slots"));
    const auto other = successor.get("slots", page);
    REQUIRE(other);
    CHECK(other->data != made->data);
    CHECK_FALSE(other->is_inherited);
  }

  bytes_of(*made)[0] = 'x';  // would fault if it were gone
  CHECK(old.get("slots", page)->data == made->data);
}

// ---- In a manager --------------------------------------------------------------------------------

namespace {

struct MemoryTest {
  PartedScript old_script;
  PartedScript new_script;
  ManualHost host;
  std::shared_ptr<EventManager> manager = host.manager();

  MemoryTest() {
    old_script.memory_bytes = page;
    new_script.memory_bytes = page;
    REQUIRE(manager->add_handler({"a", old_script.factory(), {}}));
  }

  Result<SwapReport> swap(SwapMode mode = SwapMode::safe) {
    auto report = manager->swap_handler({"a", {"a", new_script.factory(), {}}, mode, "", ""});
    host.scheduler.run_all();
    return report;
  }
};

using Trace = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(MemoryTest, "memory is handed over with the state, whatever the kind of swap",
                 "[instance_memory]") {
  const SwapMode mode = GENERATE(SwapMode::safe, SwapMode::destructive);

  const auto report = swap(mode);

  REQUIRE(report);
  CHECK(report->memory_bytes == page);
  CHECK(report->state_parts == 0);
  CHECK(new_script.trace == Trace{"inherits memory", "takes over whole"});
}

TEST_CASE_METHOD(MemoryTest, "a state of another version goes over in parts, without the memory",
                 "[instance_memory]") {
  new_script.writes = 2;

  const auto report = swap();

  REQUIRE(report);
  CHECK(report->memory_bytes == 0);
  CHECK(report->state_parts == 1);
  CHECK(new_script.trace == Trace{"gets memory", "waits for parts", "last_part"});
}

TEST_CASE_METHOD(MemoryTest, "a state of another version inherits it when it knows no parts",
                 "[instance_memory]") {
  new_script.writes = 2;
  new_script.takes_parts = false;

  REQUIRE(swap());

  CHECK(new_script.trace == Trace{"inherits memory", "takes over whole"});
}

TEST_CASE_METHOD(MemoryTest, "who starts afresh inherits nothing", "[instance_memory]") {
  REQUIRE(manager->delete_handler("a", ""));

  REQUIRE(manager->add_handler({"a", new_script.factory(), {}}));

  CHECK(new_script.trace == Trace{"gets memory"});
}

TEST_CASE_METHOD(MemoryTest, "new code for all handlers of a type comes with their memory",
                 "[instance_memory]") {
  REQUIRE(manager->update_code({"PartedHandler", new_script.factory(), {}, ""}));

  CHECK(new_script.trace == Trace{"inherits memory", "takes over whole"});
}

TEST_CASE("a server's memory is handed over with its state, and stays with it when the swap fails",
          "[instance_memory]") {
  ServerScript old_script;
  ServerScript new_script;
  ManualHost host;
  auto server = ServerProcess::start(host.runtime, {"queue", old_script.factory(), {}, {}});
  REQUIRE(server);
  MemoryView memory;
  const auto get = [&](Services& services) {
    const auto got = services.memory("slots", page);
    REQUIRE(got);
    memory = *got;
  };
  old_script.on_run = get;
  new_script.on_run = get;
  REQUIRE((*server)->call(host.message("run")));
  const MemoryView of_old = memory;
  std::strcpy(bytes_of(of_old), "kept");

  new_script.create_fails = true;
  CHECK_FALSE((*server)->swap({"queue", new_script.factory(), {}, {}}, {}));
  REQUIRE((*server)->call(host.message("run")));
  CHECK(memory.data == of_old.data);
  new_script.create_fails = false;
  const auto report = (*server)->swap({"queue", new_script.factory(), {}, {}}, {});

  REQUIRE(report);
  CHECK(report->memory_bytes == page);
  REQUIRE((*server)->call(host.message("run")));
  CHECK(memory.is_inherited);
  CHECK(memory.data == of_old.data);
  CHECK(std::string(bytes_of(memory)) == "kept");
}
