// SPDX-License-Identifier: Apache-2.0
// The ways in which a plugin file is saved: each is one report, whenever the folder is looked at.
#include "host/loader/folder_watch.hpp"
#include "tests/plugin/loader_fixture.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <unistd.h>

using namespace baton;
using namespace baton::test;
using std::chrono::milliseconds;

namespace {

/// A plugin folder with version 1 in it that is watched, and what is said of it.
struct SavingPlace {
  Loader loader;
  const std::string folder = loader.plugins.path().string();
  std::unique_ptr<FolderWatch> watch;

  explicit SavingPlace(const std::string& first = "cp $V1 $FOLDER/counter.so") {
    run(first);
    watch =
        *FolderWatch::open({loader.plugins.path()}, {milliseconds(1), milliseconds(1000), milliseconds(1)});
    loader.catalog.rescan();
    REQUIRE(reports() == 1);
  }

  void run(const std::string& command) const {
    const std::string settings =
        "set -e; FOLDER=" + folder + "; V1=" PLUGIN_counter_v1 "; V2=" PLUGIN_counter_v2 "; ";
    CAPTURE(command);
    REQUIRE(std::system(("( " + settings + command + " ) >/dev/null 2>&1").c_str()) == 0);
  }

  /// Looks as the host does: with each hint, and until nothing happens any more.
  void look() {
    loader.catalog.rescan();
    while (watch->wait() == FolderWatch::Hint::changed) {
      loader.catalog.rescan();
    }
    loader.catalog.rescan();
  }

  [[nodiscard]] std::size_t reports() const {
    return loader.log.count("plugin_found") + loader.log.count("plugin_refused") +
           loader.log.count("plugin_gone");
  }

  [[nodiscard]] std::string version() const {
    const auto files = loader.catalog.files();
    REQUIRE(files.size() == 1);
    return files[0].manifest ? files[0].manifest->version
                             : std::string(refusal_name(files[0].refusal->reason));
  }
};

/// A file that is open for writing.
class OpenFile {
 public:
  OpenFile(const std::filesystem::path& path, int flags)
      : descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | flags, 0600)) {
    REQUIRE(descriptor_ >= 0);
  }

  ~OpenFile() { close(); }

  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  void write(std::string_view bytes) const {
    REQUIRE(::write(descriptor_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }

  void close() {
    if (descriptor_ >= 0) {
      ::close(std::exchange(descriptor_, -1));
    }
  }

 private:
  int descriptor_;
};

}  // namespace

TEST_CASE("each way of saving a newer version is one report", "[catalog]") {
  const std::string command = GENERATE(
      as<std::string>(),  //
      "cp $V2 $FOLDER/counter.so", "cat $V2 > $FOLDER/counter.so", "dd if=$V2 of=$FOLDER/counter.so bs=512",
      "install -m 755 $V2 $FOLDER/counter.so", "cp --remove-destination $V2 $FOLDER/counter.so",
      "cp $V2 $FOLDER/.new && mv $FOLDER/.new $FOLDER/counter.so",
      "cp $V2 $FOLDER/sedX1y2Z3 && mv $FOLDER/sedX1y2Z3 $FOLDER/counter.so",
      "rm $FOLDER/counter.so && cp $V2 $FOLDER/counter.so", "ln -sf $V2 $FOLDER/counter.so",
      "objcopy $V2 $FOLDER/counter.so", "strip -o $FOLDER/counter.so $V2",
      "mv $FOLDER $FOLDER.old && mkdir $FOLDER && cp $V2 $FOLDER/counter.so && "
      "rm -r $FOLDER.old");
  CAPTURE(command);
  SavingPlace place;

  place.run(command);
  place.look();

  CHECK(place.reports() == 2);
  CHECK(place.version() == "2.0.0");
}

TEST_CASE("a ConfigMap's links are exchanged with one report", "[catalog]") {
  SavingPlace place(
      "mkdir $FOLDER/..1 && cp $V1 $FOLDER/..1/counter.so && ln -s ..1 $FOLDER/..data && "
      "ln -s ..data/counter.so $FOLDER/counter.so");

  place.run(
      "mkdir $FOLDER/..2 && cp $V2 $FOLDER/..2/counter.so && ln -s ..2 $FOLDER/..data_tmp && "
      "mv -T $FOLDER/..data_tmp $FOLDER/..data && rm -r $FOLDER/..1");
  place.look();

  CHECK(place.reports() == 2);
  CHECK(place.version() == "2.0.0");
}

TEST_CASE("what does not change a content is no report", "[catalog]") {
  const std::string command =
      GENERATE(as<std::string>(), "touch $FOLDER/counter.so", "chmod 700 $FOLDER/counter.so",
               "cp $V1 $FOLDER/counter.so", "cp $V1 $FOLDER/.new && mv $FOLDER/.new $FOLDER/counter.so",
               "cp $V2 $FOLDER/.part && rm $FOLDER/.part", "cat $FOLDER/counter.so");
  CAPTURE(command);
  SavingPlace place;

  place.run(command);
  place.look();

  CHECK(place.reports() == 1);
  CHECK(place.version() == "1.0.0");
}

TEST_CASE("a file that is being written waits, however long that takes", "[catalog]") {
  SavingPlace place;
  const std::string newer = content_of(PLUGIN_counter_v2);
  const std::string_view half = std::string_view(newer).substr(0, newer.size() / 2);
  const std::string_view rest = std::string_view(newer).substr(newer.size() / 2);

  SECTION("over the old one, whose end is still there") {
    OpenFile writer(place.folder + "/counter.so", 0);
    writer.write(half);
    place.look();
    CHECK(place.version() == "changing");
    writer.write(rest);
    place.look();
    CHECK(place.version() == "changing");  // complete, but who could tell?
  }
  SECTION("from nothing") {
    OpenFile writer(place.folder + "/counter.so", O_TRUNC);
    place.look();
    CHECK(place.version() == "changing");
    writer.write(half);
    place.look();
    CHECK(place.version() == "changing");
    writer.write(rest);
  }
  SECTION("and what it is when that is done, is reported, good or bad") {
    OpenFile writer(place.folder + "/counter.so", O_TRUNC);
    writer.write(half);
    place.look();
    CHECK(place.reports() == 1);
    writer.close();
    place.look();
    CHECK(place.reports() == 2);
    CHECK(place.version() == "truncated");
    place.run("cp $V2 $FOLDER/counter.so");
    place.look();
    CHECK(place.reports() == 3);
    CHECK(place.version() == "2.0.0");
    return;
  }
  CHECK(place.reports() == 1);
  place.look();
  CHECK(place.reports() == 2);
  CHECK(place.version() == "2.0.0");
}

TEST_CASE("a file that is gone before it was whole is not spoken of", "[catalog]") {
  SavingPlace place;
  {
    OpenFile writer(place.folder + "/other.so", 0);
    writer.write(
        "\x7f"
        "ELF");
    place.look();
    CHECK(place.loader.catalog.files().size() == 2);
    std::filesystem::remove(place.folder + "/other.so");
  }
  place.look();
  CHECK(place.reports() == 1);
}
