// SPDX-License-Identifier: Apache-2.0
// The next version of word_count_1.cpp, which takes its place while events flow: it also knows when each word
// came last. Calls: `count` WORD, `last` WORD (microseconds since 1970; 0: before this version). State 2: as
// 1, and behind each count the time. It reads 1, too.
#include <baton/plugin.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

class WordCount final : public baton::Handler {
 public:
  static constexpr auto description = baton::describe("WordCount")
                                          .help("counts the words of its events; calls: count, last")
                                          .option("top", 10, "of version 1; not looked at")
                                          .capability("pure_events")
                                          .state(2, {1, 2});

  explicit WordCount(const baton::Init& init) {
    if (const auto state = init.state()) {
      baton::StateReader in(state->data);
      const std::size_t count = in.count(2 * sizeof(std::uint64_t));
      for (std::size_t i = 0; i < count; ++i) {
        const std::string word(in.text());
        const std::uint64_t times = in.u64();
        words_[word] = {times, state->version >= 2 ? in.i64() : 0};
      }
      in.expect_end();
    }
  }

  baton::Next handle_event(const baton::Event& event) override {
    constexpr std::string_view blanks = " \t\r\n";
    const std::string_view text = event.data();
    for (auto at = text.find_first_not_of(blanks); at != std::string_view::npos;) {
      const auto end = std::min(text.find_first_of(blanks, at), text.size());
      Word& word = words_[std::string(text.substr(at, end - at))];
      ++word.count;
      word.last_us = event.time_us();
      at = text.find_first_not_of(blanks, end);
    }
    return baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    if (request.type() != "count" && request.type() != "last") {
      return baton::Next::unknown_request;
    }
    const auto found = words_.find(std::string(request.data()));
    const Word word = found == words_.end() ? Word() : found->second;
    reply.json(request.type() == "count" ? std::to_string(word.count) : std::to_string(word.last_us));
    return baton::Next::ok;
  }

  void save(baton::StateWriter& out) const override {
    out.u64(words_.size());
    for (const auto& [text, word] : words_) {
      out.text(text);
      out.u64(word.count);
      out.i64(word.last_us);
    }
  }

 private:
  struct Word {
    std::uint64_t count = 0;
    std::int64_t last_us = 0;
  };

  std::map<std::string, Word> words_;
};

BATON_PLUGIN("word_count", "2.0.0", WordCount)
