// SPDX-License-Identifier: Apache-2.0
#include <baton/json.hpp>
#include <baton/plugin.hpp>
#include <baton/print.hpp>
#include <baton/type_filter.hpp>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>

namespace {

/// Prints events and keeps the last ones. Events of other types than `types` pass by.
///
/// Calls: `messages` -> JSON array of the data of the kept events, oldest first; `count` -> their number.
/// State 1: the kept messages, as a count (u64) and that many texts.
class LoggerHandler final : public baton::Handler {
 public:
  static constexpr auto max_messages =
      baton::option("max_messages", 1000, "how many messages are kept; the oldest go first")
          .at_least(0)
          .at_most(10'000'000)
          .hot();
  static constexpr auto print =
      baton::option("print", true, "whether they are printed to the standard output").hot();
  static constexpr auto types =
      baton::option("types", baton::List{"msg"}, "types of the events that count; empty: all");
  static constexpr auto description = baton::describe("LoggerHandler")
                                          .help(
                                              "prints events and keeps the last ones: "
                                              "calls messages and count")
                                          .options(max_messages, print, types)
                                          .state(1);

  explicit LoggerHandler(const baton::Init& init) : host_(init.host()), types_(host_, init.options()[types]) {
    init.take_over(messages_);
    change_options(init.options());
  }

  baton::BatchOutcome handle_events(const baton::Batch& events) override {
    lines_.clear();
    for (const baton::Event event : events) {
      if (!types_.matches(event)) {
        continue;
      }
      if (prints_) {
        lines_.append("Logging new message: ").append(event.data()).append("\n");
      }
      keep(event.data());
    }
    print_lines();
    return baton::BatchOutcome::all();
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    if (request.type() == "messages") {
      reply.json(messages_as_json());
    } else if (request.type() == "count") {
      reply.json(std::to_string(messages_.size()));
    } else {
      return baton::Next::unknown_request;
    }
    return baton::Next::ok;
  }

  /// What is more than the new `max_messages` goes, the oldest first.
  void change_options(const baton::Options& options) override {
    max_messages_ = static_cast<std::size_t>(options[max_messages]);
    prints_ = options[print];
    while (messages_.size() > max_messages_) {
      messages_.pop_front();
    }
  }

  /// Not the messages: whoever may see them asks for them.
  void format_status(baton::StatusReport& report) const override {
    report.state_json(R"({"messages": )" + std::to_string(messages_.size()) + R"(, "max_messages": )" +
                      std::to_string(max_messages_) + "}");
  }

  void save(baton::StateWriter& out) const override { out.value(messages_); }

 private:
  void keep(std::string_view message) {
    if (max_messages_ == 0) {
      return;
    }
    if (messages_.size() == max_messages_) {
      messages_.pop_front();
    }
    messages_.emplace_back(message);
  }

  /// Events must not be lost to the other handlers because a terminal was closed: said once, then quiet.
  void print_lines() {
    if (lines_.empty() || baton::print(lines_) || print_failure_reported_) {
      return;
    }
    print_failure_reported_ = true;
    host_.warning(std::string("cannot print: ") + std::strerror(errno));
  }

  [[nodiscard]] std::string messages_as_json() const {
    std::string json = "[";
    for (const std::string& message : messages_) {
      if (json.size() > 1) {
        json += ", ";
      }
      baton::append_json_string(json, message);
    }
    return json += "]";
  }

  baton::Host host_;
  baton::TypeFilter types_;
  std::size_t max_messages_ = 0;
  bool prints_ = false;
  bool print_failure_reported_ = false;
  std::deque<std::string> messages_;
  std::string lines_;  // of one batch; kept for its memory
};

}  // namespace

BATON_PLUGIN("logger", "1.0.0", LoggerHandler)
