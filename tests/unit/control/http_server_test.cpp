// SPDX-License-Identifier: Apache-2.0
#include "host/control/http_server.hpp"

#include "host/control/client.hpp"
#include "host/control/control_socket.hpp"
#include "tests/unit/control/control_host.hpp"

#include <fstream>
#include <sys/stat.h>
#include <thread>

using namespace baton;
using namespace baton::test;

namespace {

struct HttpTest : ControlHost {
  std::filesystem::path socket = folder / "sockets" / "host.sock";

  std::unique_ptr<HttpServer> listen(HttpServerOptions options = {}) {
    auto server = HttpServer::listen(socket, *api, host.log, std::move(options));
    REQUIRE(server);
    return std::move(*server);
  }

  static int status_of(Client& client, const std::string& target = "/v1/names") {
    const auto reply = client.request("GET", target, {}, {});
    return reply ? reply->status : -1;
  }
};

}  // namespace

TEST_CASE_METHOD(HttpTest, "many requests go over one connection, in order", "[http]") {
  const auto server = listen();
  Client client(socket);

  for (int i = 0; i < 100; ++i) {
    const auto reply =
        client.request("POST", "/v1/managers/log/notify?type=msg", std::to_string(i), "text/plain");
    REQUIRE(reply);
    REQUIRE(reply->status == 200);
  }
  CHECK(status_of(client, "/v1/managers/log/handlers") == 200);

  REQUIRE(script.trace.size() == 100);
  CHECK(script.trace[0] == "a msg 0");
  CHECK(script.trace[99] == "a msg 99");
}

TEST_CASE_METHOD(HttpTest, "the socket is its user's alone, and so is the folder that was made for it",
                 "[http]") {
  const auto server = listen();

  struct stat attributes {};

  REQUIRE(stat(socket.c_str(), &attributes) == 0);
  CHECK((attributes.st_mode & 0777U) == 0600U);
  REQUIRE(stat(socket.parent_path().c_str(), &attributes) == 0);
  CHECK((attributes.st_mode & 0777U) == 0700U);
}

TEST_CASE_METHOD(HttpTest, "who is not permitted is told so and gets nothing", "[http]") {
  HttpServerOptions options;
  options.is_permitted = [](uid_t) {
    return false;
  };
  const auto server = listen(std::move(options));
  Client client(socket);

  CHECK(status_of(client) == 403);
}

TEST_CASE_METHOD(HttpTest, "one connection too many is told to come later, and the others go on", "[http]") {
  HttpServerOptions options;
  options.connections_max = 2;
  const auto server = listen(std::move(options));
  Client first(socket);
  Client second(socket);
  Client third(socket);
  CHECK(status_of(first) == 200);
  CHECK(status_of(second) == 200);

  CHECK(status_of(third) == 503);
  CHECK(status_of(first) == 200);
}

TEST_CASE_METHOD(HttpTest, "a body that is too large is refused", "[http]") {
  HttpServerOptions options;
  options.body_max = 1000;
  const auto server = listen(std::move(options));
  Client client(socket);

  const auto reply =
      client.request("POST", "/v1/managers/log/notify?type=msg", std::string(1001, 'x'), "text/plain");

  REQUIRE(reply);
  CHECK(reply->status == 413);
  Client next(socket);
  CHECK(status_of(next) == 200);
}

TEST_CASE_METHOD(HttpTest, "the socket of a dead host is replaced, a live one's is not, a file is left alone",
                 "[http]") {
  SECTION("live") {
    const auto server = listen();
    CHECK(code_of(prepare_socket(socket)) == "already_started");
    Client client(socket);
    CHECK(status_of(client) == 200);
  }
  SECTION("gone") {
    listen().reset();
    CHECK_FALSE(std::filesystem::exists(socket));
    CHECK(listen() != nullptr);
  }
  SECTION("a file") {
    std::filesystem::create_directory(socket.parent_path());
    std::ofstream(socket) << "precious";
    CHECK(code_of(prepare_socket(socket)) == "io_failed");
    CHECK(std::filesystem::exists(socket));
  }
}

TEST_CASE_METHOD(HttpTest, "a path that no socket can have is told before anything is done", "[http]") {
  CHECK(code_of(prepare_socket("/tmp/" + std::string(200, 'x'))) == "bad_config");
}

TEST_CASE_METHOD(HttpTest, "a client says which socket nobody answers at", "[http]") {
  Client client(folder / "nobody.sock");
  const auto reply = client.request("GET", "/v1/status", {}, {});
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == Errc::unreachable);
  CHECK(contains(reply.error().text, "nobody.sock"));
}

TEST_CASE_METHOD(HttpTest, "a request that is under way when the server ends is still answered", "[http]") {
  auto server = listen();
  std::thread caller;
  std::optional<int> status;
  std::atomic<bool> is_inside{false};
  std::atomic<bool> may_go_on{false};
  server_script.on_run = [&](Services&) {
    is_inside = true;
    while (!may_go_on) {
      std::this_thread::yield();
    }
  };
  caller = std::thread([&] {
    Client client(socket);
    const auto reply = client.request("POST", "/v1/servers/queue/call?type=run&timeout_ms=60000", {}, {});
    status = reply ? reply->status : -1;
  });
  while (!is_inside) {
    std::this_thread::yield();
  }
  std::thread ending([&] { server.reset(); });
  may_go_on = true;
  ending.join();
  caller.join();

  CHECK(status == 200);
}
