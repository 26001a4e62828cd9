// SPDX-License-Identifier: Apache-2.0
// Three handlers that count the words of events (data: the word), each with another way for a state that may
// be large to its successor. WORDS_VERSION 1 and 2 write states of versions 1 and 2, and 2 reads both: its
// counts also know when a word came last. WORDS_RELEASE is the version of the plugin.
//
// Events: any, `data` is the word. Calls: `fill` N (makes N words, each counted once, so large that a state
// of 1,000,000 is 100 MB or more), `get` WORD, `words`, `total`, `gaps` (how often an event was not the next
// one).
#include <baton/handover_map.hpp>
#include <baton/memory.hpp>
#include <baton/plugin.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

struct Count {
  std::uint64_t count = 0;
#if WORDS_VERSION >= 2
  std::uint64_t last_seq = 0;
#endif
};

Count read_count(baton::StateReader& in, std::uint32_t version) {
  Count count;
  count.count = in.u64();
  if (version >= 2) {
    [[maybe_unused]] const std::uint64_t last_seq = in.u64();
#if WORDS_VERSION >= 2
    count.last_seq = last_seq;
#endif
  }
  return count;
}

void write_count(baton::StateWriter& out, const Count& count) {
  out.u64(count.count);
#if WORDS_VERSION >= 2
  out.u64(count.last_seq);
#endif
}

void count_one(Count& count, [[maybe_unused]] std::uint64_t seq) {
  ++count.count;
#if WORDS_VERSION >= 2
  count.last_seq = seq;
#endif
}

constexpr baton::Description described(std::string_view name) {
  auto description = baton::describe(name).help("counts words");
  if constexpr (WORDS_VERSION >= 2) {
    description.state(WORDS_VERSION, {1, 2});
  } else {
    description.state(WORDS_VERSION);
  }
  return description;
}

/// `fill` makes these: 40 bytes, so that a text of the C++ library takes memory of its own.
std::string filler(std::size_t number) {
  std::string word(40, '-');
  (void)std::to_chars(word.data(), word.data() + word.size(), number);
  return word;
}

/// What all three have in common. `Words` has: count(word, seq), get(word), words().
template <class Words>
class Counter {
 public:
  void count(const baton::Event& event, Words& words) {
    gaps_ += last_seq_ != 0 && event.seq() != last_seq_ + 1 ? 1U : 0U;
    last_seq_ = event.seq();
    ++total_;
    words.count(event.data(), event.seq());
  }

  baton::Next answer(const baton::Request& request, baton::Reply& reply, Words& words) const {
    if (request.type() == "fill") {
      const std::size_t wanted = std::stoull(std::string(request.data()));
      for (std::size_t number = 0; number < wanted; ++number) {
        words.count(filler(number), 0);
      }
      reply.text("ok");
    } else if (request.type() == "get") {
      reply.text(std::to_string(words.get(request.data())));
    } else if (request.type() == "words") {
      reply.text(std::to_string(words.words()));
    } else if (request.type() == "total") {
      reply.text(std::to_string(total_));
    } else if (request.type() == "gaps") {
      reply.text(std::to_string(gaps_));
    } else {
      return baton::Next::unknown_request;
    }
    return baton::Next::ok;
  }

  void write(baton::StateWriter& out) const {
    out.u64(total_);
    out.u64(last_seq_);
    out.u64(gaps_);
  }

  void read(baton::StateReader& in) {
    total_ = in.u64();
    last_seq_ = in.u64();
    gaps_ = in.u64();
  }

 private:
  std::uint64_t total_ = 0;
  std::uint64_t last_seq_ = 0;
  std::uint64_t gaps_ = 0;
};

/// A table of the C++ library, saved and loaded whole.
class WholeWords final : public baton::Handler {
 public:
  static constexpr auto description = described("WholeWords");

  explicit WholeWords(const baton::Init& init) {
    if (const auto state = init.state()) {
      baton::StateReader in(state->data);
      counter_.read(in);
      const std::size_t words = in.count(16);
      words_.all.reserve(words);
      for (std::size_t i = 0; i < words; ++i) {
        std::string word(in.text());
        words_.all.emplace(std::move(word), read_count(in, state->version));
      }
      in.expect_end();
    }
  }

  baton::Next handle_event(const baton::Event& event) override {
    counter_.count(event, words_);
    return baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    return counter_.answer(request, reply, words_);
  }

  void save(baton::StateWriter& out) const override {
    counter_.write(out);
    out.u64(words_.all.size());
    for (const auto& [word, count] : words_.all) {
      out.text(word);
      write_count(out, count);
    }
  }

 private:
  struct Words {
    std::unordered_map<std::string, Count> all;

    void count(std::string_view word, std::uint64_t seq) { count_one(all[std::string(word)], seq); }

    [[nodiscard]] std::uint64_t get(std::string_view word) const {
      const auto found = all.find(std::string(word));
      return found == all.end() ? 0 : found->second.count;
    }

    [[nodiscard]] std::size_t words() const { return all.size(); }
  };

  Words words_;
  Counter<Words> counter_;
};

/// A HandoverMap: goes over in parts. The numbers of the Counter go with it as one more word.
class PartedWords final : public baton::Handler {
 public:
  static constexpr auto description = described("PartedWords");

  explicit PartedWords(const baton::Init& init) {
    if (const auto state = init.state()) {
      load(state->version, state->data);
    }
  }

  baton::Next handle_event(const baton::Event& event) override {
    counter_.count(event, words_);
    return baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    return counter_.answer(request, reply, words_);
  }

  void save(baton::StateWriter& out) const override {
    counter_.write(out);
    words_.all.save(out, write_count);
  }

  void begin_parts() override { words_.all.begin_parts(); }

  std::uint64_t save_part(baton::StateWriter& out) override {
    counter_.write(out);  // they change with each event: the last part has the last word
    return words_.all.save_part(out, write_count);
  }

  void end_parts() override { words_.all.end_parts(); }

  void load_part(const baton::StatePart& part) override {
    if (!part.is_last) {
      load(part.version, part.data);
    }
  }

 private:
  struct Words {
    baton::HandoverMap<Count> all{2048};

    void count(std::string_view word, std::uint64_t seq) { count_one(all[std::string(word)], seq); }

    [[nodiscard]] std::uint64_t get(std::string_view word) const {
      const Count* const found = all.find(std::string(word));
      return found == nullptr ? 0 : found->count;
    }

    [[nodiscard]] std::size_t words() const { return all.size(); }
  };

  void load(std::uint32_t version, std::string_view data) {
    baton::StateReader in(data);
    counter_.read(in);
    words_.all.load(data.substr(3 * sizeof(std::uint64_t)),
                    [version](baton::StateReader& each) { return read_count(each, version); });
  }

  Words words_;
  Counter<Words> counter_;
};

/// A hash table with open addressing in memory of the host: a successor of the same layout has it at once.
class MemoryWords final : public baton::Handler {
 public:
  // Another version has slots of another layout.
  static constexpr auto description = described("MemoryWords").state(WORDS_VERSION);

  explicit MemoryWords(const baton::Init& init) : words_{{init, "slots", Words::slot_count}} {
    if (const auto state = init.state()) {
      baton::StateReader in(state->data);
      counter_.read(in);
      words_.used = in.u64();
    }
  }

  baton::Next handle_event(const baton::Event& event) override {
    counter_.count(event, words_);
    return baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    return counter_.answer(request, reply, words_);
  }

  void save(baton::StateWriter& out) const override {
    counter_.write(out);
    out.u64(words_.used);
  }

 private:
  struct Slot {
    std::array<char, 48> word;  // with a NUL
    Count count;
  };

  struct Words {
    static constexpr std::size_t slot_count = std::size_t{1} << 21U;

    baton::HostArray<Slot> slots;
    std::size_t used = 0;

    [[nodiscard]] std::size_t slot_of(std::string_view word) const {
      word = word.substr(0, sizeof(Slot::word) - 1);
      std::size_t slot = std::hash<std::string_view>{}(word) % slot_count;
      while (slots[slot].word[0] != '\0' && word != std::string_view(slots[slot].word.data())) {
        slot = (slot + 1) % slot_count;
      }
      return slot;
    }

    void count(std::string_view word, std::uint64_t seq) {
      Slot& slot = slots[slot_of(word)];
      if (slot.word[0] == '\0') {
        if (used >= slot_count / 2) {
          throw baton::Refused("too many words");
        }
        std::memcpy(slot.word.data(), word.data(), std::min(word.size(), sizeof(Slot::word) - 1));
        ++used;
      }
      count_one(slot.count, seq);
    }

    [[nodiscard]] std::uint64_t get(std::string_view word) const { return slots[slot_of(word)].count.count; }

    [[nodiscard]] std::size_t words() const { return used; }
  };

  Words words_;
  Counter<Words> counter_;
};

}  // namespace

BATON_PLUGIN("words", WORDS_RELEASE, WholeWords, PartedWords, MemoryWords)
