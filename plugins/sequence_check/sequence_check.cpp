// SPDX-License-Identifier: Apache-2.0
#include "sequence.hpp"
#include "times.hpp"

#include <baton/json.hpp>
#include <baton/plugin.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace {

/// Sees whether what producers send arrives: all of it, once, in their order, and how soon. Events whose data
/// is `RUN PRODUCER NUMBER` count, each producer's numbers going up from 1; others pass by. What
/// `baton bench --verify` asks; it can be swapped meanwhile as any handler.
///
/// Calls: `report` -> JSON: events, by instance and by producer; what is missing, duplicated, out of order;
/// the times from acceptance to delivery; the longest pauses.
/// State 1: all of that.
class SequenceCheck final : public baton::Handler {
 public:
  static constexpr auto run = baton::option("run", "bench", "the first word of the events that count");
  static constexpr auto description = baton::describe("SequenceCheck")
                                          .help("sees whether numbered events arrive once and in order")
                                          .options(run)
                                          .state(1);

  explicit SequenceCheck(const baton::Init& init)
      : host_(init.host()), instance_(init.instance()), run_(init.options()[run]) {
    if (const auto state = init.state()) {
      take_over(state->data);
    }
  }

  baton::BatchOutcome handle_events(const baton::Batch& events) override {
    const std::int64_t now = host_.now_us();
    note_pause(events[0], now);
    std::uint64_t& own = by_instance_[instance_];
    for (const baton::Event event : events) {
      if (const auto numbered = numbered_of(event.data())) {
        by_producer_[numbered->producer].see(numbered->number);
        delays_.add(now - event.time_us());
        ++own;
      }
    }
    free_since_us_ = host_.now_us();
    return baton::BatchOutcome::all();
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    if (request.type() != "report") {
      return baton::Next::unknown_request;
    }
    reply.json(report());
    return baton::Next::ok;
  }

  void format_status(baton::StatusReport& report) const override { report.state_json(this->report()); }

  void save(baton::StateWriter& out) const override {
    out.text(run_);
    out.i64(free_since_us_);
    out.u64(by_instance_.size());
    for (const auto& [instance, events] : by_instance_) {
      out.u64(instance);
      out.u64(events);
    }
    out.u64(by_producer_.size());
    for (const auto& [producer, sequence] : by_producer_) {
      out.u64(producer);
      sequence.save(out);
    }
    delays_.save(out);
    pauses_.save(out);
  }

 private:
  struct Numbered {
    std::uint64_t producer = 0;
    std::uint64_t number = 0;
  };

  /// The number at the start of `text`, which is taken away.
  static std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc()) {
      return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
  }

  /// What may follow the number, behind a blank, is padding.
  [[nodiscard]] std::optional<Numbered> numbered_of(std::string_view data) const {
    if (!data.starts_with(run_) || data.size() <= run_.size() || data[run_.size()] != ' ') {
      return std::nullopt;
    }
    data.remove_prefix(run_.size() + 1);
    const auto producer = take_number(data);
    if (!producer || !data.starts_with(' ')) {
      return std::nullopt;
    }
    data.remove_prefix(1);
    const auto number = take_number(data);
    if (!number || *number == 0 || (!data.empty() && data.front() != ' ')) {
      return std::nullopt;
    }
    return Numbered{*producer, *number};
  }

  /// Nobody waited before the first of these was accepted: that time is no pause.
  void note_pause(const baton::Event& first, std::int64_t now) {
    if (free_since_us_ != 0) {
      pauses_.add({std::max(free_since_us_, first.time_us()), now, first.seq()});
    }
  }

  [[nodiscard]] std::string report() const {
    std::uint64_t events = 0;
    std::string instances;
    for (const auto& [instance, count] : by_instance_) {
      events += count;
      append_item(instances, R"({"instance":)" + std::to_string(instance) + R"(,"events":)" +
                                 std::to_string(count) + "}");
    }
    return R"({"events":)" + std::to_string(events) + R"(,"instances":[)" + instances + R"(],"producers":[)" +
           producers_json() + R"(],"delay_us":)" + delays_json() + R"(,"pauses":[)" + pauses_json() + "]}";
  }

  [[nodiscard]] std::string producers_json() const {
    std::string json;
    for (const auto& [producer, sequence] : by_producer_) {
      append_item(json, R"({"producer":)" + std::to_string(producer) +                     //
                            R"(,"events":)" + std::to_string(sequence.events()) +          //
                            R"(,"last":)" + std::to_string(sequence.next() - 1) +          //
                            R"(,"missing":)" + std::to_string(sequence.missing()) +        //
                            R"(,"duplicated":)" + std::to_string(sequence.duplicated()) +  //
                            R"(,"out_of_order":)" + std::to_string(sequence.out_of_order()) + "}");
    }
    return json;
  }

  [[nodiscard]] std::string delays_json() const {
    return R"({"p50":)" + std::to_string(delays_.per_mille(500)) + R"(,"p99":)" +
           std::to_string(delays_.per_mille(990)) + R"(,"p999":)" + std::to_string(delays_.per_mille(999)) +
           R"(,"longest":)" + std::to_string(delays_.longest()) + "}";
  }

  [[nodiscard]] std::string pauses_json() const {
    std::string json;
    for (const Pause& pause : pauses_.all()) {
      append_item(json, R"({"us":)" + std::to_string(pause.length()) + R"(,"from_us":)" +
                            std::to_string(pause.from_us) + R"(,"to_us":)" + std::to_string(pause.to_us) +
                            R"(,"at_event":)" + std::to_string(pause.at_event) + "}");
    }
    return json;
  }

  static void append_item(std::string& list, const std::string& item) {
    if (!list.empty()) {
      list += ",";
    }
    list += item;
  }

  void take_over(std::string_view state) {
    baton::StateReader in(state);
    if (in.text() != run_) {
      throw baton::BadState("the state is that of another run");
    }
    free_since_us_ = in.i64();
    const std::size_t instances = in.count(2 * sizeof(std::uint64_t));
    for (std::size_t i = 0; i < instances; ++i) {
      const std::uint64_t instance = in.u64();
      by_instance_[instance] = in.u64();
    }
    const std::size_t producers = in.count(sizeof(std::uint64_t));
    for (std::size_t i = 0; i < producers; ++i) {
      const std::uint64_t producer = in.u64();
      by_producer_.emplace(producer, Sequence::load(in));
    }
    delays_ = Times::load(in);
    pauses_ = Pauses::load(in);
    in.expect_end();
  }

  baton::Host host_;
  std::uint64_t instance_;
  std::string run_;
  std::int64_t free_since_us_ = 0;  // since then events would have been taken; 0: not yet
  std::map<std::uint64_t, std::uint64_t> by_instance_;
  std::map<std::uint64_t, Sequence> by_producer_;
  Times delays_;
  Pauses pauses_;
};

}  // namespace

BATON_PLUGIN("sequence_check", "1.0.0", SequenceCheck)
