// SPDX-License-Identifier: Apache-2.0
#include "host/control/http_server.hpp"

#include "host/control/client.hpp"
#include "tests/unit/control/control_host.hpp"
#include "tests/unit/control/raw_socket.hpp"

#include <atomic>
#include <optional>
#include <sys/stat.h>
#include <thread>
#include <vector>

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

TEST_CASE_METHOD(HttpTest, "a large body is refused while the client is still sending it", "[http]") {
  HttpServerOptions options;
  options.body_max = 1000;
  const auto server = listen(std::move(options));
  Client client(socket);

  const auto reply =
      client.request("POST", "/v1/managers/log/notify?type=msg", std::string(8U << 20U, 'x'), "text/plain");

  REQUIRE(reply);
  CHECK(reply->status == 413);
  CHECK(contains(reply->body, "1000 bytes"));
  CHECK(status_of(client) == 200);
}

TEST_CASE_METHOD(HttpTest, "a body of the largest size is taken as it is", "[http]") {
  const auto server = listen();
  Client client(socket);
  std::string body(HttpServerOptions().body_max, 'x');

  const auto reply = client.request("POST", "/v1/servers/queue/call?type=echo", body, "text/plain");
  REQUIRE(reply);
  CHECK(reply->status == 200);
  CHECK(reply->body.size() > body.size());

  const auto refused = client.request("POST", "/v1/servers/queue/call?type=echo", body + "x", "text/plain");
  REQUIRE(refused);
  CHECK(refused->status == 413);
}

TEST_CASE_METHOD(HttpTest, "a header that is too large is refused", "[http]") {
  const auto server = listen();
  Client client(socket);
  CHECK(status_of(client, "/v1/" + std::string(15'000, 'x')) == 404);
  CHECK(status_of(client, "/v1/" + std::string(17'000, 'x')) == 431);
  CHECK(status_of(client) == 200);
}

TEST_CASE_METHOD(HttpTest, "what is no HTTP is told so", "[http]") {
  const auto server = listen();
  RawSocket client;
  REQUIRE(client.connect(socket));

  client.send("hello\r\n\r\n");

  const std::string reply = client.receive_all();
  CHECK(contains(reply, "HTTP/1.1 400"));
  CHECK(contains(reply, R"("code":"bad_request")"));
}

TEST_CASE_METHOD(HttpTest, "a client that asks before it sends its body is told to go on", "[http]") {
  const auto server = listen();
  RawSocket client;
  REQUIRE(client.connect(socket));

  client.send(
      "POST /v1/servers/queue/call?type=echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
      "Expect: 100-continue\r\n\r\n");
  CHECK(contains(client.receive_until("\r\n\r\n"), "HTTP/1.1 100"));

  client.send("hi");
  CHECK(contains(client.receive_until("}"), R"("reply":"hi")"));
}

TEST_CASE_METHOD(HttpTest, "requests that were sent in one go are answered in order", "[http]") {
  const auto server = listen();
  RawSocket client;
  REQUIRE(client.connect(socket));

  client.send(
      "POST /v1/servers/queue/call?type=echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
      "POST /v1/servers/queue/call?type=echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
      "Connection: close\r\n\r\ntwo");

  const std::string replies = client.receive_all();
  CHECK(replies.find(R"("reply":"one")") < replies.find(R"("reply":"two")"));
  CHECK(contains(replies, R"("reply":"two")"));
}

TEST_CASE_METHOD(HttpTest, "what follows a large body in the same go is not taken for a part of it",
                 "[http]") {
  const auto server = listen();
  RawSocket client;
  REQUIRE(client.connect(socket));
  std::string lines;
  for (int i = 0; i < 20'000; ++i) {
    lines += "line " + std::to_string(i) + "\n";
  }

  client.send("POST /v1/managers/log/notify?type=msg HTTP/1.1\r\nHost: x\r\nContent-Length: " +
              std::to_string(lines.size()) + "\r\nContent-Type: application/x-baton-lines\r\n\r\n" + lines +
              "POST /v1/servers/queue/call?type=echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
              "Connection: close\r\n\r\ntwo");

  const std::string replies = client.receive_all();
  CHECK(contains(replies, R"("accepted":20000)"));
  CHECK(contains(replies, R"("reply":"two")"));
  Client other(socket);
  CHECK(status_of(other, "/v1/managers/log/handlers") == 200);  // answered behind the events
  REQUIRE(script.trace.size() == 20'000);
  CHECK(script.trace[0] == "a msg line 0");
  CHECK(script.trace[19'999] == "a msg line 19999");
}

TEST_CASE_METHOD(HttpTest, "who sends nothing for too long is cut off, whether or not he has begun",
                 "[http]") {
  HttpServerOptions options;
  options.idle_max = std::chrono::milliseconds(20);
  const auto server = listen(std::move(options));
  RawSocket idle;
  RawSocket half;
  REQUIRE((idle.connect(socket) && half.connect(socket)));

  half.send("GET /v1/nam");

  CHECK(idle.receive_all().empty());
  CHECK(half.receive_all().empty());
}

TEST_CASE_METHOD(HttpTest, "a kept connection that the host has closed is replaced, also for a change",
                 "[http]") {
  auto server = listen();
  Client client(socket);
  CHECK(status_of(client) == 200);

  server.reset();
  server = listen();

  const auto reply = client.request("POST", "/v1/servers/queue/call?type=echo", "x", "text/plain");
  REQUIRE(reply);
  CHECK(reply->status == 200);
}

TEST_CASE_METHOD(HttpTest, "sixty-four connections are served at once, and room that is left is used again",
                 "[http]") {
  const auto server = listen();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 64; ++i) {
    clients.push_back(std::make_unique<Client>(socket));
    REQUIRE(status_of(*clients.back()) == 200);
  }
  for (int i = 0; i < 40; ++i) {  // more than the server remembers of those it refused
    Client late(socket);
    const auto reply = late.request("GET", "/v1/names", {}, {});
    REQUIRE(reply);
    REQUIRE(reply->status == 503);
    REQUIRE(contains(reply->body, R"("code":"overloaded")"));
  }

  clients.pop_back();
  Client next(socket);
  while (status_of(next) == 503) {  // until the server has noticed
    std::this_thread::yield();
  }
  CHECK(status_of(next) == 200);
}

TEST_CASE_METHOD(HttpTest, "who is not permitted does not even get his request read", "[http]") {
  HttpServerOptions options;
  std::vector<uid_t> asked;
  options.is_permitted = [&asked](uid_t uid) {
    asked.push_back(uid);
    return false;
  };
  auto server = listen(std::move(options));
  RawSocket client;
  REQUIRE(client.connect(socket));

  const std::string reply = client.receive_all();
  server.reset();

  CHECK(contains(reply, "HTTP/1.1 403"));
  CHECK(contains(reply, R"("code":"permission_denied")"));
  CHECK(asked == std::vector<uid_t>{geteuid()});
}

TEST_CASE_METHOD(HttpTest, "a server ends although a client does not take its reply", "[http]") {
  auto server = listen();
  RawSocket client;
  REQUIRE(client.connect(socket));
  const std::string body(4U << 20U, 'x');
  client.send("POST /v1/servers/queue/call?type=echo HTTP/1.1\r\nHost: x\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n");
  client.send(body);
  REQUIRE(contains(client.receive_until("200"), "200"));  // so the server is writing

  server.reset();

  CHECK_FALSE(contains(client.receive_all(), "(no end)"));
}

TEST_CASE_METHOD(HttpTest, "a server that ends takes away its own socket only", "[http]") {
  auto server = listen();
  SECTION("its own") {
    server.reset();
    CHECK_FALSE(std::filesystem::exists(socket));
    CHECK(listen() != nullptr);
  }
  SECTION("another's, where its own was removed by hand") {
    std::filesystem::remove(socket);
    const auto other = listen();
    server.reset();
    Client client(socket);
    CHECK(status_of(client) == 200);
  }
}

TEST_CASE_METHOD(HttpTest, "a second server where one listens is refused and disturbs nothing", "[http]") {
  const auto server = listen();
  const auto second = HttpServer::listen(socket, *api, host.log);
  CHECK(code_of(second) == "already_started");
  Client client(socket);
  CHECK(status_of(client) == 200);
}

namespace {

/// A server `queue` that is inside of a call, of which somebody waits for the answer.
struct UnderWayTest : HttpTest {
  struct Turns {
    std::atomic<bool> is_inside{false};
    std::atomic<bool> may_go_on{false};
  };

  const std::shared_ptr<Turns> turns = std::make_shared<Turns>();  // the server may look once more
  std::unique_ptr<HttpServer> server = listen();
  std::optional<int> status;
  std::thread caller;

  void call(const std::string& limit) {
    server_script.on_run = [turns = turns](Services&) {
      turns->is_inside = true;
      while (!turns->may_go_on) {
        std::this_thread::yield();
      }
    };
    caller = std::thread([this, limit] {
      Client client(socket);
      const auto reply =
          client.request("POST", "/v1/servers/queue/call?type=run&timeout_ms=" + limit, {}, {});
      status = reply ? reply->status : -1;
    });
    while (!turns->is_inside) {
      std::this_thread::yield();
    }
  }
};

}  // namespace

TEST_CASE_METHOD(UnderWayTest, "a request that waits for a server when the host ends is told so at once",
                 "[http]") {
  call("60000");  // it does not run the server itself

  server.reset();
  caller.join();
  turns->may_go_on = true;

  CHECK(status == 503);
}

TEST_CASE_METHOD(UnderWayTest, "a request that runs the server itself when the host ends is still answered",
                 "[http]") {
  call("99999999999999");  // no limit: its own thread is the one that is inside

  std::thread ending([this] { server.reset(); });
  turns->may_go_on = true;
  ending.join();
  caller.join();

  CHECK(status == 200);
}
