// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/recent_requests.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace baton;

namespace {

struct RequestsTest {
  RecentRequests requests;

  static Message message(const std::string& data) {
    Message message{};
    message.data = to_bytes(data);
    return message;
  }

  std::vector<std::string> last(std::size_t count) {
    std::vector<std::string> all;
    for (const RecentRequest& request : requests.last(count)) {
      all.emplace_back(view(request.message.view().data));
    }
    return all;
  }
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(RequestsTest, "nothing is kept until somebody wants it", "[canary]") {
  requests.add_call(message("a"), true);
  const std::string b = "b";
  const Message cast = message(b);
  requests.add_casts({&cast, 1});
  CHECK(last(10).empty());
}

TEST_CASE_METHOD(RequestsTest, "the last ones are kept, calls and casts in their order", "[canary]") {
  requests.want(2);
  const std::vector<std::string> texts = {"b", "c", "d"};
  std::vector<Message> casts;
  for (const std::string& text : texts) {
    casts.push_back(message(text));
  }
  requests.add_call(message("a"), true);
  requests.add_casts(casts);
  CHECK(last(10) == Texts{"c", "d"});
  requests.add_call(message("e"), false);
  CHECK(last(10) == Texts{"d", "e"});
  CHECK(last(1) == Texts{"e"});
  CHECK(requests.last(1)[0].is_call);
  CHECK_FALSE(requests.last(1)[0].was_answered);
  CHECK_FALSE(requests.last(2)[0].is_call);
}

TEST_CASE_METHOD(RequestsTest, "their data is bounded, too, and what is larger than the bound is left out",
                 "[canary]") {
  requests.want(100);
  const std::string half(RecentRequests::bytes_max / 2, 'x');
  requests.add_call(message("small"), true);
  requests.add_call(message(half), true);
  requests.add_call(message(half), true);
  CHECK(requests.last(100).size() == 2);
  requests.add_call(message(std::string(RecentRequests::bytes_max + 1, 'x')), true);
  CHECK(requests.last(100).size() == 2);
  requests.add_call(message("new"), true);
  CHECK(last(1) == Texts{"new"});
  CHECK(requests.last(100).size() == 2);
}
