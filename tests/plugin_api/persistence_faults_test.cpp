// SPDX-License-Identifier: Apache-2.0
#include "tests/plugin_api/persistence_fixture.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <cstdint>
#include <string>
#include <sys/resource.h>
#include <vector>

using baton::test::Database;
using baton::test::Persistence;
using baton::testing::CallbackResult;
using baton::testing::Instance;

namespace {

/// A disk on which no file can grow beyond `bytes`. What exceeds it fails with EFBIG instead of a signal.
class SmallDisk {
 public:
  explicit SmallDisk(std::uint64_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }

  ~SmallDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

const baton::testing::OptionSettings impatient{{"busy_timeout", std::int64_t{0}}};

}  // namespace

TEST_CASE("a batch that does not fit on the disk is refused whole, and the next one is tried again") {
  Persistence plugin;
  Instance store = plugin.create();
  store.notify("msg", "acknowledged");
  const std::string large(300'000, 'x');

  {
    const SmallDisk disk(200'000);
    const CallbackResult refused = store.notify_all({{"msg", "small"}, {"msg", large}});
    CHECK(refused.status == BATON_REFUSED);
    CHECK(refused.handled == 0);
    CHECK(refused.refused == 2);
    CHECK(refused.reason.find("cannot write to " + plugin.path() + ": ") == 0);
    CHECK(store.notify("msg", "there is room for this").status == BATON_OK);
  }
  CHECK(store.notify("msg", large).status == BATON_OK);

  CHECK(Database(plugin.path()).rows("SELECT seq, substr(data, 1, 12) FROM events ORDER BY seq") ==
        std::vector<std::string>{"1|acknowledged", "2|there is roo", "3|xxxxxxxxxxxx"});
}

TEST_CASE("a full disk at any point of a batch stores all of it or none, and never twice") {
  const std::string data(2'000, 'x');
  for (std::uint64_t room = 36'000; room < 120'000; room += 6'000) {
    CAPTURE(room);
    Persistence plugin;
    Instance store = plugin.create();
    std::int64_t acknowledged = 0;
    {
      const SmallDisk disk(room);
      for (int batch = 0; batch < 20; ++batch) {
        acknowledged +=
            store.notify_all({{"msg", data}, {"msg", data}, {"msg", data}}).status == BATON_OK ? 3 : 0;
      }
    }
    CHECK(acknowledged < 60);
    CHECK(store.call("count").reply == std::to_string(acknowledged));
    CHECK(store.notify("msg", data).status == BATON_OK);
    CHECK(store.call("count").reply == std::to_string(acknowledged + 1));
  }
}

TEST_CASE("a file that another program holds locked refuses events, and takes them when it is free") {
  Persistence plugin;
  Instance store = plugin.create(impatient);
  Database other(plugin.path());
  other.rows("BEGIN IMMEDIATE");

  const CallbackResult refused = store.notify("msg", "a");
  CHECK(refused.status == BATON_REFUSED);
  CHECK(refused.reason ==
        "cannot write to " + plugin.path() +
            ": database is locked; another program holds the file locked; end it, or raise busy_timeout");
  CHECK(store.call("count").reply == "0");

  other.rows("COMMIT");
  CHECK(store.notify("msg", "a").status == BATON_OK);
  CHECK(store.call("count").reply == "1");
}

TEST_CASE("only the span from the first to the last event that is to be stored is refused") {
  Persistence plugin;
  Instance store = plugin.create(impatient);
  Database other(plugin.path());
  other.rows("BEGIN IMMEDIATE");

  const CallbackResult refused =
      store.notify_all({{"other", ""}, {"msg", "a"}, {"other", ""}, {"msg", "b"}, {"other", ""}});

  CHECK(refused.status == BATON_REFUSED);
  CHECK(refused.handled == 1);
  CHECK(refused.refused == 3);
  CHECK(store.notify("other", "").status == BATON_OK);
}

TEST_CASE("a call that cannot read the file is refused, and the handler stays") {
  Persistence plugin;
  Instance store = plugin.create(impatient);
  store.notify("msg", "a");
  Database(plugin.path()).rows("ALTER TABLE events RENAME TO moved");

  const CallbackResult refused = store.call("messages");
  CHECK(refused.status == BATON_REFUSED);
  CHECK(refused.reason.find("cannot read " + plugin.path() + ": no such table") == 0);
  CHECK(store.notify("msg", "b").status == BATON_REFUSED);

  Database(plugin.path()).rows("ALTER TABLE moved RENAME TO events");
  CHECK(store.notify("msg", "b").status == BATON_OK);
  CHECK(store.call("count").reply == "2");
}
