// SPDX-License-Identifier: Apache-2.0
#include "host/app/new_verb.hpp"

#include "tests/plugin/temporary_folder.hpp"
#include "tests/unit/app/parsed_words.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <sstream>

using namespace baton;
using namespace baton::test;

namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// What `new` did, and what it said.
struct Written {
  ExitCode code;
  std::string said;
};

Written write_new(const Words& words) {
  std::ostringstream out;
  std::ostringstream err;
  const ExitCode code = run_new(invocation(words, false), out, err);
  return {code, out.str() + err.str()};
}

}  // namespace

TEST_CASE("files are called as their type is, in small letters", "[new]") {
  CHECK(file_name_of("WordCount") == "word_count");
  CHECK(file_name_of("Geo") == "geo");
  CHECK(file_name_of("HTTPLog") == "http_log");
  CHECK(file_name_of("Route53Sync") == "route53_sync");
}

TEST_CASE("a name that is none, or that would mean something else, is told before anything is written",
          "[new]") {
  CHECK(contains(usage_error({"new", "handler", "word_count"}), "try WordCount"));
  CHECK(contains(usage_error({"new", "handler", "word-count"}), "try WordCount"));
  CHECK(contains(usage_error({"new", "handler", "2words"}), "try Words"));
  CHECK(contains(usage_error({"new", "handler", "Grüße"}), "is no name for a type"));
  CHECK(contains(usage_error({"new", "handler", std::string(65, 'A')}), "at most 64"));
  CHECK(contains(usage_error({"new", "handler", "Test"}), "try TestCounter"));
  CHECK(contains(usage_error({"new", "server", "Server"}), "try ServerCounter"));
  CHECK(contains(usage_error({"new", "handlr", "Geo"}), "did you mean \"handler\"?"));
  CHECK(contains(usage_error({"new", "handler", "Geo", "--lang", "rst"}), "did you mean \"rust\"?"));
}

TEST_CASE("a new plugin is written whole, with its name in every place", "[new]") {
  const auto kind = GENERATE(as<std::string>(), "handler", "server");
  const auto language = GENERATE(as<std::string>(), "cpp", "c", "rust");
  const TemporaryFolder folder;
  const fs::path into = folder.path() / "new" / "place";

  const Written written = write_new({"new", kind, "WordCount", "--lang", language, "--into", into.string()});

  INFO(kind << " in " << language);
  CHECK(written.code == ExitCode::done);
  CHECK(contains(written.said, "created " + into.string()));
  CHECK(fs::exists(into / "README.md"));
  CHECK(fs::exists(into / "baton.yaml"));
  CHECK(fs::exists(into / ".gitignore"));
  CHECK(fs::exists(into / (language == "rust" ? "src/lib.rs" : "word_count." + language)));
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(into)) {
    if (entry.is_regular_file()) {
      ++files;
      INFO(entry.path());
      CHECK_FALSE(contains(entry.path().string(), "@"));
      CHECK_FALSE(contains(text_of(entry.path()), "@name@"));
      CHECK_FALSE(contains(text_of(entry.path()), "@Type@"));
      CHECK(contains(written.said, fs::relative(entry.path(), into).string()));
    }
  }
  CHECK(files == 6);
  CHECK(fs::directory_iterator(into.parent_path()) != fs::directory_iterator());
  CHECK(std::distance(fs::directory_iterator(into.parent_path()), fs::directory_iterator()) == 1);
}

TEST_CASE("a new plugin never takes the place of what is there", "[new]") {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "mine.txt") << "mine";

  const Written written = write_new({"new", "handler", "Geo", "--into", folder.path().string()});

  CHECK(written.code == ExitCode::refused);
  CHECK(contains(written.said, "nothing was written"));
  CHECK(text_of(folder.path() / "mine.txt") == "mine");
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);

  const fs::path empty = folder.path() / "empty";
  fs::create_directory(empty);
  CHECK(write_new({"new", "handler", "Geo", "--into", empty.string() + "/"}).code == ExitCode::done);
  CHECK(write_new({"new", "handler", "Geo", "--into", "/proc/nowhere/geo"}).code == ExitCode::refused);
}
