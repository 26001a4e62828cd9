// SPDX-License-Identifier: Apache-2.0
// What people and programs do to a folder of plugins and to a config file while a host runs.
#include "tests/zoo/zoo.hpp"

#include <sstream>
#include <sys/stat.h>

namespace baton::test {
namespace {

namespace fs = std::filesystem;

/// All that the log tells of this file, for whoever reads that a case has failed.
std::string told(Zoo& zoo, const std::string& name) {
  const std::string file = "file=" + (zoo.folder() / name).string() + " ";
  std::istringstream log(zoo.log());
  std::string all;
  for (std::string line; std::getline(log, line);) {
    if ((line + " ").find(file) != std::string::npos) {
      all += line + "\n";
    }
  }
  return all;
}

/// How often the log tells that this file is a plugin.
std::size_t found(Zoo& zoo, const std::string& name) {
  const std::string log = zoo.log();
  const std::string line = "plugin_found file=" + (zoo.folder() / name).string() + " ";
  std::size_t count = 0;
  for (std::size_t at = log.find(line); at != std::string::npos; at = log.find(line, at + 1)) {
    ++count;
  }
  return count;
}

/// The host reports it now, and had reported it only as often as wanted when something else is done.
void expect_found(Zoo& zoo, const std::string& name, std::size_t times) {
  INFO(name);
  CHECK(eventually([&] { return found(zoo, name) >= times; }));
}

// Its file names are its own: the log has everything since the host started, and the other cases' files, too,
// if the host came to look at its folder while they were there.
void ordinary_tools(Zoo& zoo) {
  const std::string folder = zoo.folder().string();
  const std::string file = folder + "/tools.so";
  CHECK(shell("cp " PLUGIN_counter_v1 " " + file).code == 0);
  expect_found(zoo, "tools.so", 1);
  CHECK(shell("cp " PLUGIN_counter_v2 " " + file).code == 0);
  expect_found(zoo, "tools.so", 2);
  const std::string elsewhere = zoo.outside("elsewhere.so").string();
  CHECK(shell("cp " PLUGIN_counter_v1 " " + elsewhere + " && mv " + elsewhere + " " + file).code == 0);
  expect_found(zoo, "tools.so", 3);
  CHECK(shell("ln -s " PLUGIN_counter_v2 " " + folder + "/link.so").code == 0);
  expect_found(zoo, "link.so", 1);
  CHECK(shell("sed -i '$ s/$/x/' " + file).code == 0);
  expect_found(zoo, "tools.so", 4);
  CHECK(shell("strip " + file).code == 0);
  expect_found(zoo, "tools.so", 5);
  CHECK(shell("rm " + file).code == 0);
  CHECK(eventually([&] { return contains(zoo.log(), "plugin_gone file=" + file); }));
  // All that there was to say has been said by now, and each thing once.
  INFO(told(zoo, "tools.so") << told(zoo, "link.so"));
  CHECK(found(zoo, "tools.so") == 5);
  CHECK(found(zoo, "link.so") == 1);
  zoo.clear();
}

void slow_writer(Zoo& zoo) {
  const std::string bytes = bytes_of(PLUGIN_counter_v1);
  const fs::path file = zoo.folder() / "slow.so";
  {
    std::ofstream out(file, std::ios::binary);
    out << bytes.substr(0, bytes.size() / 2) << std::flush;
    CHECK_FALSE(zoo.verdict("slow.so").empty());
    CHECK_FALSE(zoo.refused_on_add(file).empty());
    out << bytes.substr(bytes.size() / 2);
  }
  CHECK(zoo.verdict("slow.so").empty());
  CHECK(zoo.add(file).empty());
  zoo.remove();
  zoo.clear();
}

void config_map(Zoo& zoo) {
  for (const auto& [version, plugin] :
       {std::pair("1", PLUGIN_counter_v1), std::pair("2", PLUGIN_counter_v2)}) {
    const fs::path data = zoo.folder() / (std::string("..data_") + version);
    fs::create_directory(data);
    fs::copy_file(plugin, data / "map.so");
    fs::create_symlink(data.filename(), zoo.folder() / "..data_new");
    fs::rename(zoo.folder() / "..data_new", zoo.folder() / "..data");
    if (!fs::exists(fs::symlink_status(zoo.folder() / "map.so"))) {
      fs::create_symlink("..data/map.so", zoo.folder() / "map.so");
    }
    CHECK(zoo.verdict("map.so").empty());
    CHECK(zoo.listed().size() == 1);
    CHECK(zoo.add(zoo.folder() / "map.so").empty());
    CHECK(zoo.call("zoo/guest", "count").starts_with(std::string(version) + ".0.0 "));
    zoo.remove();
  }
  zoo.clear();
}

void folder_goes_away(Zoo& zoo) {
  zoo.drop(PLUGIN_counter_v1, "before.so");
  fs::rename(zoo.folder(), zoo.outside("moved"));
  CHECK(zoo.listed().empty());
  fs::create_directory(zoo.folder());
  zoo.drop(PLUGIN_counter_v2, "after.so");
  expect_found(zoo, "after.so", 1);
  CHECK(zoo.listed().size() == 1);
  zoo.clear();
}

void very_many(Zoo& zoo) {
  const std::string bytes = bytes_of(PLUGIN_counter_v1);
  constexpr int files = 200;
  for (int i = 0; i < files; ++i) {
    zoo.drop_bytes(bytes + std::to_string(i), std::to_string(i) + ".so");
  }
  CHECK(zoo.listed().size() == files);
  zoo.clear();
  constexpr int more_than_the_queue_holds = 10'000;  // two changes each
  for (int i = 0; i < more_than_the_queue_holds; ++i) {
    const fs::path file = zoo.folder() / (std::to_string(i) + ".tmp");
    std::ofstream(file).close();
    fs::remove(file);
  }
  zoo.drop(PLUGIN_counter_v2, "last.so");
  expect_found(zoo, "last.so", 1);
  zoo.clear();
}

void nothing_changes(Zoo& zoo) {
  const fs::path file = zoo.drop(PLUGIN_counter_v1, "still.so");
  expect_found(zoo, "still.so", 1);
  CHECK(zoo.add(file).empty());
  const Json before = zoo.libraries();
  CHECK(shell("touch " + file.string() + " && chmod 0640 " + file.string()).code == 0);
  CHECK(zoo.verdict("still.so").empty());
  CHECK(zoo.swap("zoo/guest", file).empty());
  CHECK(zoo.libraries() == before);  // the same bytes, whatever their stamp: nothing was loaded
  zoo.remove();
  zoo.clear();
}

/// `baton check` says where and what; the running host has nothing to do with it.
void expect_refused(Zoo& zoo, const std::string& text, const std::string& place, const std::string& message) {
  const fs::path file = zoo.place().write("broken.yaml", text);
  const Ran ran = zoo.place().verb("check " + file.string());
  INFO(ran.output.substr(0, 2000));
  CHECK(ran.code == 78);
  CHECK(contains(ran.output, "broken.yaml:" + place + ": error: "));
  CHECK(contains(ran.output, message));
}

void broken_config(Zoo& zoo) {
  const std::string config = bytes_of(zoo.place().path("baton.yaml"));
  expect_refused(zoo, config.substr(0, config.find("socket") + 3), "1:23", "a `{` before this is not closed");
  zoo.place().write("baton.yaml", config.substr(0, config.size() / 3));
  zoo.expect_unharmed();
  zoo.place().write("baton.yaml", "managers: [log\n");
  zoo.expect_unharmed();
  zoo.place().write("baton.yaml", config);
}

std::string repeated(std::size_t count, std::string_view part) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += part;
  }
  return text;
}

void yaml_that_hurts(Zoo& zoo) {
  expect_refused(zoo, "managers: &a [1, *a]\n", "1:18", "an alias (`*`)");
  std::string bomb = "managers: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char name = 'b'; name <= 'h'; ++name) {
    const std::string alias = std::string("*") + static_cast<char>(name - 1);
    bomb += std::string("k") + name + ": &" + name + " [" + alias + repeated(8, ", " + alias) + "]\n";
  }
  expect_refused(zoo, bomb, "2:9", "an alias (`*`)");
  expect_refused(zoo, "managers: " + repeated(1'000'000, "["), "1:1", "a line of more than 4096 bytes");
  std::string deep = "managers:\n";
  for (std::size_t i = 1; i < 500; ++i) {
    deep += std::string(i, ' ') + "a:\n";
  }
  expect_refused(zoo, deep, "65:65", "nested deeper than 64 levels");
  expect_refused(zoo, "host:\n  name: " + repeated(5'000'000, "x"), "2:1", "larger than 4 MiB");
}

void yaml_that_passes(Zoo& zoo) {
  expect_refused(zoo, "managers:\n  a: {}\n  a: {}\n", "3:3", "is there twice, first at 2:3");
  expect_refused(zoo, "managers: {a: {}}\n---\nservers: {}\n", "2:1", "a second document");
  expect_refused(zoo, "host:\n  name: \"x\nmanagers: {a: {}}\n", "2:9", "this quote is not closed");
  expect_refused(zoo, "host: {name: \xff}\n", "1:14", "is not UTF-8");
  expect_refused(zoo, "managers:\n  a: {}\n  b: {<<: {batch: 1}}\n", "3:7", "a merge key (`<<`)");
}

}  // namespace

std::vector<Case> folder_cases() {
  return {{"D1", ordinary_tools},   {"D2", slow_writer},     {"D3", config_map},
          {"D4", folder_goes_away}, {"D5", very_many},       {"D6", nothing_changes},
          {"D7", broken_config},    {"D8", yaml_that_hurts}, {"D9", yaml_that_passes}};
}

}  // namespace baton::test
