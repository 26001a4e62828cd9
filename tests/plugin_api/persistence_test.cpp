// SPDX-License-Identifier: Apache-2.0
#include "tests/plugin_api/captured_output.hpp"
#include "tests/plugin_api/persistence_fixture.hpp"

#include <baton/json.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

using baton::test::CapturedOutput;
using baton::test::Database;
using baton::test::Persistence;
using baton::testing::CallbackResult;
using baton::testing::CreateFailed;
using baton::testing::Instance;

TEST_CASE("a batch is committed, in order, when handle_events returns") {
  Persistence plugin;
  Instance store = plugin.create();

  const CallbackResult result = store.notify_all({{"msg", "a"}, {"msg", "b"}, {"msg", "c"}});

  CHECK(result.status == BATON_OK);
  CHECK(result.handled == 3);
  CHECK(Database(plugin.path()).rows("SELECT seq, type, data FROM events ORDER BY seq") ==
        std::vector<std::string>{"1|msg|a", "2|msg|b", "3|msg|c"});
}

TEST_CASE("each stored event is told on the standard output, and nothing else is") {
  Persistence plugin;
  Instance store = plugin.create({{"print", true}});
  CapturedOutput output;

  store.notify_all({{"msg", "Hello World"}, {"other", "x"}, {"msg", "and again"}});

  CHECK(output.text() == "Persisting log message: Hello World\nPersisting log message: and again\n");
}

TEST_CASE("events of other types pass by, unless `types` is empty") {
  Persistence plugin;
  Instance store = plugin.create();
  CHECK(store.notify_all({{"other", "x"}, {"msg", "y"}, {"other", "z"}}).handled == 3);
  CHECK(store.call("count").reply == "1");

  Instance of_all = plugin.create({{"path", plugin.path("all.db")}, {"types", std::vector<std::string>{}}});
  of_all.notify_all({{"other", "x"}, {"msg", "y"}});
  CHECK(of_all.call("count").reply == "2");
}

TEST_CASE("an event is stored with all it came with, and what it came without is NULL") {
  Persistence plugin;
  Instance store = plugin.create();
  store.notify_all({{.type = "msg",
                     .data = "{}",
                     .content_type = baton::Atom::application_json,
                     .id = "17",
                     .source = "/shop",
                     .traceparent = "00-ab-cd-01"},
                    {"msg", "plain"}});

  Database database(plugin.path());
  CHECK(database.row("SELECT data, content_type, id, source, traceparent FROM events WHERE seq = 1") ==
        "{}|application/json|17|/shop|00-ab-cd-01");
  CHECK(database.row("SELECT content_type, id, source, traceparent FROM events WHERE seq = 2") ==
        "text/plain; charset=utf-8|NULL|NULL|NULL");
  CHECK(database.row("SELECT count(*) FROM events WHERE time_us = " + std::to_string(plugin.host.now_us()) +
                     " AND event_seq > 0") == "2");
}

TEST_CASE("data is TEXT when it can be shown as text, else a BLOB with every byte") {
  Persistence plugin;
  Instance store = plugin.create();
  store.notify_all({{"msg", "gr\xc3\xbc\xc3\x9f"},
                    {"msg", ""},
                    {"msg", "\xff\xfe"},
                    {"msg", std::string_view("a\0b", 3)}});

  CHECK(Database(plugin.path()).rows("SELECT typeof(data), hex(data) FROM events ORDER BY seq") ==
        std::vector<std::string>{"text|6772C3BCC39F", "text|", "blob|FFFE", "blob|610062"});
}

TEST_CASE("the file says what it is, and is written ahead") {
  Persistence plugin;
  Instance store = plugin.create();

  Database database(plugin.path());
  CHECK(database.row("PRAGMA application_id") == "1113683054");
  CHECK(database.row("PRAGMA user_version") == "1");
  CHECK(database.row("PRAGMA journal_mode") == "wal");
}

TEST_CASE("events outlive their handler, and a later one goes on counting") {
  Persistence plugin;
  plugin.create().notify("msg", "first");

  Instance later = plugin.create();
  later.notify("msg", "second");

  CHECK(Database(plugin.path()).rows("SELECT seq, data FROM events ORDER BY seq") ==
        std::vector<std::string>{"1|first", "2|second"});
}

TEST_CASE("a swap: the successor is made while the old one lives, on the same file, and both may store") {
  Persistence plugin;
  Instance old = plugin.create();
  old.notify("msg", "by the old one");

  Instance successor = plugin.create({}, old.save());
  old.notify("msg", "still by the old one");
  CHECK(old.terminate(BATON_TERMINATE_SWAPPED).status == BATON_OK);
  successor.notify("msg", "by the successor");

  CHECK(successor.call("count").reply == "3");
}

TEST_CASE("a successor with another path would lose sight of what is stored: it is refused") {
  Persistence plugin;
  Instance old = plugin.create();
  const std::string other = plugin.path("other.db");

  try {
    plugin.create({{"path", other}}, old.save());
    FAIL("the successor stores elsewhere");
  } catch (const CreateFailed& error) {
    CHECK(error.status() == BATON_BAD_STATE);
    CHECK(std::string(error.what()).find(plugin.path()) != std::string::npos);
    CHECK(std::string(error.what()).find(other) != std::string::npos);
  }
  CHECK_FALSE(std::filesystem::exists(other));
}

TEST_CASE("a path without a folder is refused with the part that is missing") {
  Persistence plugin;
  const std::string missing = plugin.path("no_such");

  CHECK_THROWS_WITH(plugin.create({{"path", missing + "/deeper/events.db"}}),
                    "cannot store into " + missing + "/deeper/events.db: the folder " + missing +
                        " cannot be used: No such file or directory; make it first");
  CHECK_FALSE(std::filesystem::exists(missing));
}

TEST_CASE("a path through a file, to a folder, or relative is refused") {
  Persistence plugin;
  plugin.create().notify("msg", "a");

  CHECK_THROWS_WITH(plugin.create({{"path", plugin.path() + "/events.db"}}),
                    Catch::EndsWith(plugin.path() + " is not a folder; choose another path"));
  CHECK_THROWS_WITH(plugin.create({{"path", plugin.folder.string()}}), Catch::StartsWith("cannot open "));
  CHECK_THROWS_WITH(plugin.create({{"path", std::string("events.db")}}),
                    Catch::EndsWith("an absolute path of a file is expected"));
}

TEST_CASE("the database of another program is refused, and nothing is changed in it") {
  Persistence plugin;
  Database(plugin.path()).rows("CREATE TABLE bills(amount); INSERT INTO bills VALUES(5)");

  CHECK_THROWS_WITH(plugin.create(),
                    Catch::EndsWith("is the database of another program; choose another path"));

  Database database(plugin.path());
  CHECK(database.row("PRAGMA journal_mode") == "delete");
  CHECK(database.rows("SELECT name FROM sqlite_master") == std::vector<std::string>{"bills"});
}

TEST_CASE("a file of a newer layout is refused by name, and a file that is no database too") {
  Persistence plugin;
  plugin.create().notify("msg", "a");
  Database(plugin.path()).rows("PRAGMA user_version = 2");
  CHECK_THROWS_WITH(plugin.create(), Catch::Contains("was written by a newer PersistenceHandler (layout 2"));

  std::ofstream(plugin.path("notes.db")) << std::string(5000, 'x');
  CHECK_THROWS_WITH(plugin.create({{"path", plugin.path("notes.db")}}),
                    Catch::EndsWith("it is damaged, or no database; move it away, and a new one is begun"));
}

TEST_CASE("a report shows where the events are stored, and none of them") {
  Persistence plugin;
  CHECK(plugin.create().format_status().state ==
        R"({"path": )" + baton::json_string(plugin.path()) + R"(, "replay": null})");
}
