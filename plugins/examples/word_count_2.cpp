// SPDX-License-Identifier: Apache-2.0
// The next version of word_count_1.cpp, which takes its place while events flow: it also knows when each word
// came last. Calls: `count` WORD, `last` WORD (microseconds since 1970; 0: before this version). State 2: a
// map from words to counts and times. It reads 1, too.
#include <baton/plugin.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

class WordCount final : public baton::Handler {
 public:
  static constexpr auto top = baton::option("top", 10, "of version 1; not looked at");
  static constexpr auto description = baton::describe("WordCount")
                                          .help("counts the words of its events; calls: count, last")
                                          .options(top)
                                          .capability("pure_events")
                                          .state(2, {1, 2});

  explicit WordCount(const baton::Init& init) { init.take_over(words_, baton::converter<1>(with_times)); }

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

  void save(baton::StateWriter& out) const override { out.value(words_); }

 private:
  struct Word {
    std::uint64_t count = 0;
    std::int64_t last_us = 0;

    static constexpr auto fields = std::tuple(&Word::count, &Word::last_us);
  };

  static std::map<std::string, Word> with_times(const std::map<std::string, std::uint64_t>& counts) {
    std::map<std::string, Word> words;
    for (const auto& [text, count] : counts) {
      words[text] = {count, 0};
    }
    return words;
  }

  std::map<std::string, Word> words_;
};

BATON_PLUGIN("word_count", "2.0.0", WordCount)
