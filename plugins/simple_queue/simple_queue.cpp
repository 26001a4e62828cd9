// SPDX-License-Identifier: Apache-2.0
#include <baton/json.hpp>
#include <baton/plugin.hpp>

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace {

/// The lesson's queue.
///
/// Calls: `queue` -> JSON array of the items, first one first; `dequeue` -> the first item, which is taken
/// out, or `null`. Cast: `enqueue` with the item as its data.
/// An item is the text it came in as. It is shown as it is when it is a JSON number, true, false or null
/// (20), else as a JSON string ("twenty").
/// State 1: the items, as a count (u64) and that many texts.
class SimpleQueue final : public baton::Server {
 public:
  static constexpr auto items = baton::option("items", baton::List{}, "what is in the queue at first");
  static constexpr auto max_items =
      baton::option("max_items", 1'000'000, "an item that comes when so many are queued is dropped")
          .at_least(1)
          .hot();
  static constexpr auto description = baton::describe("SimpleQueue")
                                          .help("a queue: calls queue and dequeue, cast enqueue")
                                          .options(items, max_items)
                                          .capability("pure_events")
                                          .state(1);

  explicit SimpleQueue(const baton::Init& init)
      : host_(init.host()), max_items_(static_cast<std::size_t>(init.options()[max_items])) {
    if (!init.take_over(items_)) {
      for (const std::string_view item : init.options()[items]) {
        items_.emplace_back(item);
      }
    }
  }

  baton::Next handle_call(const baton::Request& request, baton::From, baton::Reply& reply) override {
    if (request.type() == "queue") {
      reply.json(items_as_json());
    } else if (request.type() == "dequeue") {
      reply.json(dequeue());
    } else {
      return baton::Next::unknown_request;
    }
    return baton::Next::ok;
  }

  baton::Next handle_cast(const baton::Request& request) override {
    if (request.type() == "enqueue") {
      enqueue(request.data());
    } else {
      host_.warning("unknown cast: " + std::string(request.type()));
    }
    return baton::Next::ok;
  }

  /// What is queued stays, even if it is more than may be from now on.
  void change_options(const baton::Options& options) override {
    max_items_ = static_cast<std::size_t>(options[max_items]);
    overflow_reported_ = false;
  }

  /// Not the items, of which there may be a million.
  void format_status(baton::StatusReport& report) const override {
    report.state_json(R"({"items": )" + std::to_string(items_.size()) + R"(, "max_items": )" +
                      std::to_string(max_items_) + "}");
  }

  void save(baton::StateWriter& out) const override { out.value(items_); }

 private:
  /// A cast has nobody to refuse to, so what is dropped is at least said, once for each time the queue fills.
  void enqueue(std::string_view item) {
    if (items_.size() < max_items_) {
      items_.emplace_back(item);
      return;
    }
    if (!overflow_reported_) {
      host_.warning("the queue is full (max_items: " + std::to_string(max_items_) +
                    "); new items are dropped");
    }
    overflow_reported_ = true;
  }

  [[nodiscard]] std::string dequeue() {
    if (items_.empty()) {
      return "null";
    }
    std::string json;
    baton::append_json_scalar(json, items_.front());
    items_.pop_front();
    overflow_reported_ = false;
    return json;
  }

  [[nodiscard]] std::string items_as_json() const {
    std::string json = "[";
    for (const std::string& item : items_) {
      if (json.size() > 1) {
        json += ", ";
      }
      baton::append_json_scalar(json, item);
    }
    return json += "]";
  }

  baton::Host host_;
  std::size_t max_items_;
  bool overflow_reported_ = false;
  std::deque<std::string> items_;
};

}  // namespace

BATON_PLUGIN("simple_queue", "1.0.0", SimpleQueue)
