// SPDX-License-Identifier: Apache-2.0
// Counts the words of its events. Call: `top`, the most frequent ones (10, by its option) as a JSON object.
// State 1: a map from words to counts.
#include <baton/json.hpp>
#include <baton/plugin.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

class WordCount final : public baton::Handler {
 public:
  static constexpr auto top = baton::option("top", 10, "how many words the call `top` lists").at_least(1);
  static constexpr auto description = baton::describe("WordCount")
                                          .help("counts the words of its events; call: top")
                                          .options(top)
                                          .capability("pure_events")
                                          .state(1);

  explicit WordCount(const baton::Init& init) : top_(static_cast<std::size_t>(init.options()[top])) {
    init.take_over(counts_);
  }

  baton::Next handle_event(const baton::Event& event) override {
    constexpr std::string_view blanks = " \t\r\n";
    const std::string_view text = event.data();
    for (auto at = text.find_first_not_of(blanks); at != std::string_view::npos;) {
      const auto end = std::min(text.find_first_of(blanks, at), text.size());
      ++counts_[std::string(text.substr(at, end - at))];
      at = text.find_first_not_of(blanks, end);
    }
    return baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    if (request.type() != "top") {
      return baton::Next::unknown_request;
    }
    std::vector<std::pair<std::string_view, std::uint64_t>> words(counts_.begin(), counts_.end());
    std::stable_sort(words.begin(), words.end(),
                     [](auto& one, auto& other) { return one.second > other.second; });
    words.resize(std::min(words.size(), top_));
    std::string json = "{";
    for (const auto& [word, count] : words) {
      json += (json.size() > 1 ? ", " : "") + baton::json_string(word) + ": " + std::to_string(count);
    }
    reply.json(json + "}");
    return baton::Next::ok;
  }

  void save(baton::StateWriter& out) const override { out.value(counts_); }

 private:
  std::size_t top_;
  std::map<std::string, std::uint64_t> counts_;
};

BATON_PLUGIN("word_count", "1.0.0", WordCount)
