// SPDX-License-Identifier: Apache-2.0
#include "host/control/client.hpp"

#include "tests/plugin/temporary_folder.hpp"
#include "tests/support/code_of.hpp"
#include "tests/unit/control/raw_socket.hpp"

#include <functional>
#include <thread>

using namespace baton;
using namespace baton::test;

namespace {

constexpr std::string_view good_reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A host that does on its connections, one after the other, what a test says.
class FakeHost {
 public:
  explicit FakeHost(std::vector<std::function<void(RawSocket&)>> connections) {
    REQUIRE((listener_.bind(path()) && listener_.listen()));
    thread_ = std::thread([this, connections = std::move(connections)] {
      for (const auto& serve : connections) {
        RawSocket connection = listener_.accept();
        serve(connection);
      }
    });
  }

  ~FakeHost() { thread_.join(); }

  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "host.sock"; }

 private:
  TemporaryFolder folder_;
  RawSocket listener_;
  std::thread thread_;
};

/// Reads a request without a body and answers it.
void answer(RawSocket& connection) {
  connection.receive_until("\r\n\r\n");
  connection.send(good_reply);
}

/// Answers one request, and ends without an answer when the next one has come.
void answer_once(RawSocket& connection) {
  answer(connection);
  connection.receive_until("\r\n\r\n");
}

std::string outcome_of(const Result<ClientReply>& reply) {
  return reply ? reply->body : std::string(errc_name(reply.error().code));
}

bool mentions(const Result<ClientReply>& reply, std::string_view part) {
  return !reply && reply.error().text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a look that a kept connection did not answer is repeated once on a new one", "[client]") {
  SECTION("and answered") {
    FakeHost host({answer_once, answer});
    Client client(host.path());
    CHECK(outcome_of(client.request("GET", "/", {}, {})) == "ok");
    CHECK(outcome_of(client.request("GET", "/", {}, {})) == "ok");
  }
  SECTION("but not twice") {
    FakeHost host({answer_once, [](RawSocket& connection) {
                     connection.receive_until("\r\n\r\n");
                   }});
    Client client(host.path());
    CHECK(outcome_of(client.request("GET", "/", {}, {})) == "ok");
    CHECK(outcome_of(client.request("GET", "/", {}, {})) == "unreachable");
  }
}

TEST_CASE("a change that was not answered is never sent again, and its fate is said to be unknown",
          "[client]") {
  FakeHost host({answer_once});
  Client client(host.path());
  CHECK(outcome_of(client.request("POST", "/", {}, {})) == "ok");

  const auto lost = client.request("POST", "/", {}, {});

  CHECK(outcome_of(lost) == "unreachable");
  CHECK(mentions(lost, "not known"));
}

TEST_CASE("a connection that says it is the last is not kept", "[client]") {
  const auto answer_last = [](RawSocket& connection) {
    connection.receive_until("\r\n\r\n");
    connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
  };
  FakeHost host({answer_last, answer_last});
  Client client(host.path());
  CHECK(outcome_of(client.request("POST", "/", {}, {})) == "ok");
  CHECK(outcome_of(client.request("POST", "/", {}, {})) == "ok");
}

TEST_CASE("what answers but is no host is told apart from a host that went away", "[client]") {
  FakeHost host({[](RawSocket& connection) {
                   connection.receive_until("\r\n\r\n");
                   connection.send("220 mail.example.org ESMTP\r\n\r\n");
                 },
                 [](RawSocket& connection) {
                   connection.receive_until("\r\n\r\n");
                   connection.send(good_reply.substr(0, good_reply.size() - 1));
                 }});
  Client client(host.path());
  CHECK(mentions(client.request("GET", "/", {}, {}), "no baton host"));
  CHECK(mentions(client.request("GET", "/", {}, {}), "went away"));
}

TEST_CASE("a client names the socket that nobody answers at and says what to do", "[client]") {
  const TemporaryFolder folder;
  for (const auto& path : {folder.path() / "nobody.sock", folder.path() / std::string(200, 'x')}) {
    Client client(path);
    const auto reply = client.request("GET", "/v1/status", {}, {});
    CHECK(outcome_of(reply) == "unreachable");
    CHECK(mentions(reply, path.string()));
  }
  Client client(folder.path() / "nobody.sock");
  CHECK(mentions(client.request("GET", "/", {}, {}), "--socket"));
}
