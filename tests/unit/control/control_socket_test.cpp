// SPDX-License-Identifier: Apache-2.0
#include "host/control/control_socket.hpp"

#include "tests/plugin/temporary_folder.hpp"
#include "tests/support/code_of.hpp"
#include "tests/unit/control/raw_socket.hpp"

#include <cstdlib>
#include <fstream>
#include <optional>
#include <sys/stat.h>

using namespace baton;
using namespace baton::test;

namespace {

mode_t mode_of(const std::filesystem::path& path) {
  struct stat attributes {};

  REQUIRE(stat(path.c_str(), &attributes) == 0);
  return attributes.st_mode & 0777U;
}

/// Sets a variable of the environment for a scope, or takes it away.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = getenv(name)) {
      old_ = old;
    }
    set(value);
  }

  ~Variable() { set(old_ ? old_->c_str() : nullptr); }

  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const char* value) { value != nullptr ? setenv(name_, value, 1) : unsetenv(name_); }

  const char* name_;
  std::optional<std::string> old_;
};

}  // namespace

TEST_CASE("a host's socket is in the user's runtime directory, else in one that nobody shares",
          "[control_socket]") {
  {
    const Variable runtime("XDG_RUNTIME_DIR", "/run/user/7");
    CHECK(default_socket("shop") == "/run/user/7/baton/shop.sock");
  }
  for (const char* unusable : {static_cast<const char*>(nullptr), "", "relative"}) {
    const Variable runtime("XDG_RUNTIME_DIR", unusable);
    const std::string folder = geteuid() == 0 ? "/run/baton" : "/tmp/baton-" + std::to_string(geteuid());
    CHECK(default_socket("shop") == folder + "/shop.sock");
  }
}

TEST_CASE("the socket's folder is made for its user alone, and one that is there keeps its mode",
          "[control_socket]") {
  const TemporaryFolder folder;
  const auto made = folder.path() / "made";
  REQUIRE(prepare_socket(made / "host.sock"));
  CHECK(mode_of(made) == 0700U);

  REQUIRE(chmod(made.c_str(), 0755) == 0);
  REQUIRE(prepare_socket(made / "host.sock"));
  CHECK(mode_of(made) == 0755U);

  CHECK(code_of(prepare_socket(folder.path() / "no" / "such" / "host.sock")) == "io_failed");
}

TEST_CASE("a folder that a stranger made where everybody may is not used", "[control_socket]") {
  if (geteuid() != 0) {
    return;  // only root can make it a stranger's
  }
  const TemporaryFolder folder;
  const auto strange = folder.path() / "strange";
  REQUIRE(std::filesystem::create_directory(strange));
  REQUIRE(chown(strange.c_str(), 12345, 12345) == 0);
  CHECK(prepare_socket(strange / "host.sock"));  // nobody else may write to the folder above

  REQUIRE(chmod(folder.path().c_str(), 01777) == 0);
  CHECK(code_of(prepare_socket(strange / "host.sock")) == "permission_denied");
}

TEST_CASE("the longest path that a socket can have is used, one byte more is told", "[control_socket]") {
  const TemporaryFolder folder;
  const std::string start = folder.path().string() + "/";
  const std::string longest = start + std::string(socket_path_max - start.size(), 'x');

  REQUIRE(prepare_socket(longest));
  RawSocket socket;
  CHECK(socket.bind(longest));
  CHECK(code_of(prepare_socket(longest + "x")) == "bad_config");
}

TEST_CASE("a dead host's socket is taken away, a live one's and a file are not", "[control_socket]") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "host.sock";

  SECTION("dead") {
    { CHECK(RawSocket().bind(path)); }
    CHECK(prepare_socket(path));
    CHECK_FALSE(std::filesystem::exists(path));
  }
  SECTION("live, and so busy that its queue is full") {
    RawSocket socket;
    REQUIRE((socket.bind(path) && socket.listen()));
    for (int i = 0; i < 20; ++i) {
      const auto refused = prepare_socket(path);
      REQUIRE(code_of(refused) == "already_started");
      CHECK(refused.error().text.find(path.string()) != std::string::npos);
    }
    CHECK(std::filesystem::exists(path));
  }
  SECTION("a file") {
    std::ofstream(path) << "precious";
    CHECK(code_of(prepare_socket(path)) == "io_failed");
    CHECK(std::filesystem::exists(path));
  }
}
