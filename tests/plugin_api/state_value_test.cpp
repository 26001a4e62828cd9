// SPDX-License-Identifier: Apache-2.0
// A state as a value: out.value(x) in save(), init.take_over(x) in the constructor.
#include <baton/plugin.hpp>
#include <baton/testing/callback_result.hpp>
#include <baton/testing/fake_host.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

using baton::testing::FakeHost;
using baton::testing::SavedState;

namespace {

template <class T>
std::string written(const T& value) {
  return baton::testing::run_callback([&](baton_outcome* outcome) {
           baton::StateWriter out(*outcome->reply);
           out.value(value);
           out.flush();
           return BATON_OK;
         })
      .reply;
}

template <class T>
T read(std::string_view state) {
  baton::StateReader in(state);
  T value = in.value<T>();
  in.expect_end();
  return value;
}

template <class T>
bool comes_back(const T& value) {
  return read<T>(written(value)) == value;
}

enum class Colour : std::uint8_t { red, green = 200 };

struct Word {
  std::uint64_t count = 0;
  std::int64_t last_us = 0;
  int not_kept = 0;

  static constexpr auto fields = std::tuple(&Word::count, &Word::last_us);

  bool operator==(const Word&) const = default;
};

using Counts = std::map<std::string, std::uint64_t>;
using Words = std::map<std::string, Word>;

Words with_times(const Counts& counts) {
  Words words;
  for (const auto& [text, count] : counts) {
    words[text] = {count, 7};
  }
  return words;
}

/// Of the versions 1 (Counts), 2 (Words) and 3, for which it has forgotten the converter of one.
class Counter final : public baton::Handler {
 public:
  static constexpr auto description = baton::describe("Counter").state(3, {1, 2, 3});

  explicit Counter(const baton::Init& init)
      : is_given_(init.take_over(words_, baton::converter<1>(with_times))) {}

  baton::Next handle_event(const baton::Event& event) override {
    ++words_[std::string(event.data())].count;
    return baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    const Word& word = words_[std::string(request.data())];
    reply.text((is_given_ ? "given " : "new ") + std::to_string(word.count) + " " +
               std::to_string(word.last_us));
    return baton::Next::ok;
  }

  void save(baton::StateWriter& out) const override { out.value(words_); }

 private:
  Words words_;
  bool is_given_;
};

}  // namespace

TEST_CASE("a value is read back as it was written, whatever it is made of", "[state]") {
  CHECK(comes_back(true));
  CHECK(comes_back('x'));
  CHECK(comes_back(std::numeric_limits<std::int8_t>::min()));
  CHECK(comes_back(std::numeric_limits<std::int64_t>::min()));
  CHECK(comes_back(std::numeric_limits<std::uint64_t>::max()));
  CHECK(comes_back(Colour::green));
  CHECK(comes_back(-0.1));
  CHECK(comes_back(0.25F));
  CHECK(comes_back(std::string("a\0b", 3)));
  CHECK(comes_back(std::chrono::nanoseconds(-5)));
  CHECK(comes_back(std::optional<int>()));
  CHECK(comes_back(std::optional<std::string>("x")));
  CHECK(comes_back(std::pair<std::string, bool>("x", true)));
  CHECK(comes_back(std::tuple<int, std::string, std::optional<bool>>(1, "x", false)));
  CHECK(comes_back(std::array<short, 3>{1, -2, 3}));
  CHECK(comes_back(std::vector<bool>{true, false, true}));
  CHECK(comes_back(std::vector<std::vector<std::string>>{{}, {"a"}, {"b", "c"}}));
  CHECK(comes_back(std::deque<Colour>{Colour::red, Colour::green}));
  CHECK(comes_back(std::list<double>{0.5, 0.25}));
  CHECK(comes_back(std::set<std::string>{"b", "a"}));
  CHECK(comes_back(std::multimap<int, std::string>{{1, "a"}, {1, "b"}}));
  CHECK(comes_back(std::unordered_map<std::string, int>{{"a", 1}, {"b", 2}}));
  CHECK(comes_back(std::unordered_multiset<int>{1, 1, 2}));
  CHECK(comes_back(Words{{"a", {1, 2}}, {"b", {3, -4}}}));
}

TEST_CASE("of a struct what `fields` names is kept, and nothing else", "[state]") {
  CHECK(read<Word>(written(Word{1, 2, 3})) == Word{1, 2, 0});
  CHECK(written(Word{1, 2, 3}).size() == 16);
}

TEST_CASE("a value is laid out as the helpers lay it out: integers of 8 bytes, items behind their number",
          "[state]") {
  const std::string one("\x01\0\0\0\0\0\0\0", 8);
  CHECK(written(std::uint8_t{1}) == one);
  CHECK(written(1) == one);
  CHECK(written(std::vector<Colour>{Colour{1}}) == one + one);
  CHECK(written(std::string("x")) == one + "x");
  CHECK(written(Counts{{"x", 1}}) == one + one + "x" + one);
  CHECK(written(std::string_view("x")) == written(std::string("x")));
}

TEST_CASE("an integer that becomes wider is no new version", "[state]") {
  CHECK(read<std::int64_t>(written(std::int32_t{-7})) == -7);
  CHECK(read<std::vector<std::uint64_t>>(written(std::vector<std::uint8_t>{200})) ==
        std::vector<std::uint64_t>{200});
}

TEST_CASE("the same contents of a hash table are the same bytes, in whatever order they came", "[state]") {
  std::unordered_map<int, std::string> up(1);
  std::unordered_map<int, std::string> down(1000);
  for (int i = 0; i < 100; ++i) {
    up[i] = std::to_string(i);
    down[99 - i] = std::to_string(99 - i);
  }

  CHECK(written(up) == written(down));
}

TEST_CASE("a state in which a number does not fit is malformed", "[state]") {
  CHECK_THROWS_AS(read<std::uint8_t>(written(256)), baton::BadState);
  CHECK_THROWS_AS(read<std::int8_t>(written(-129)), baton::BadState);
  CHECK_THROWS_AS(read<Colour>(written(1000)), baton::BadState);
  CHECK_THROWS_AS(read<std::optional<int>>("\x02"), baton::BadState);
}

TEST_CASE("a state with the same key twice is malformed", "[state]") {
  CHECK_THROWS_AS(read<Counts>(written(std::multimap<std::string, int>{{"a", 1}, {"a", 2}})),
                  baton::BadState);
  CHECK_THROWS_AS(read<std::unordered_set<int>>(written(std::vector<int>{1, 1})), baton::BadState);
}

TEST_CASE("a value that ends early is refused at every length, and one that is too long", "[state]") {
  using Everything = std::tuple<std::string, std::vector<Word>, std::optional<bool>, Counts>;
  const std::string state = written(Everything("abc", {{1, 2}, {3, 4}}, true, {{"x", 1}}));

  for (std::size_t size = 0; size < state.size(); ++size) {
    CAPTURE(size);
    CHECK_THROWS_AS(read<Everything>(std::string_view(state).substr(0, size)), baton::BadState);
  }
  CHECK_THROWS_AS(read<Everything>(state + "x"), baton::BadState);
}

TEST_CASE("a number of items beyond what can follow is refused before any memory is taken", "[state]") {
  // 2^60 items of 16 bytes each would be in the address space of nobody.
  CHECK_THROWS_AS(read<std::vector<Word>>(written(std::uint64_t{1} << 60U)), baton::BadState);
  CHECK_THROWS_AS(read<std::set<std::string>>(written(std::uint64_t{2}) + written(std::string())),
                  baton::BadState);
}

TEST_CASE("take_over leaves the value as it is when there is no state", "[state]") {
  FakeHost host;
  CHECK(host.create<Counter>().call("word", "a").reply == "new 0 0");
}

TEST_CASE("take_over reads what this version wrote as it is", "[state]") {
  FakeHost host;
  const SavedState state{3, written(Words{{"a", {5, 6}}})};
  CHECK(host.create<Counter>({}, state).call("word", "a").reply == "given 5 6");
}

TEST_CASE("take_over reads what an earlier version wrote through its converter", "[state]") {
  FakeHost host;
  const SavedState state{1, written(Counts{{"a", 5}})};
  CHECK(host.create<Counter>({}, state).call("word", "a").reply == "given 5 7");
}

TEST_CASE("take_over does not guess: a version without a converter names what is missing", "[state]") {
  FakeHost host;
  CHECK_THROWS_WITH(host.create<Counter>({}, SavedState{2, written(Words())}),
                    "take_over() has no converter<2>, though the description says that version 2 is read");
}

TEST_CASE("take_over refuses a state with bytes behind its end, and a malformed one of an earlier version",
          "[state]") {
  FakeHost host;
  CHECK_THROWS_WITH(host.create<Counter>({}, SavedState{3, written(Words()) + "x"}),
                    "the state is malformed: there are bytes behind its end");
  CHECK_THROWS_WITH(host.create<Counter>({}, SavedState{1, "x"}),
                    "the state is malformed: it ends too early");
}

TEST_CASE("what save() wrote is what the next instance has", "[state]") {
  FakeHost host;
  auto old = host.create<Counter>();
  old.notify("word", "a");
  old.notify("word", "a");

  CHECK(host.create<Counter>({}, old.save()).call("word", "a").reply == "given 2 0");
}
