// SPDX-License-Identifier: Apache-2.0
#include "query.hpp"
#include "store.hpp"

#include <baton/json.hpp>
#include <baton/plugin.hpp>
#include <baton/print.hpp>
#include <baton/type_filter.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using persistence::Store;

/// Stores events in a SQLite file (store.hpp has its layout). A batch is one transaction, committed before
/// the batch counts as handled: what sync_notify has acknowledged is on the disk.
///
/// When the file cannot be written (the disk is full, the folder is read-only) nothing of the batch is
/// stored, and it is refused with the reason: whoever waits in sync_notify is told, the handler stays, and
/// the next batch is tried again. Nothing that was acknowledged is lost, and nothing is stored twice.
/// It waits for the disk: give its manager `thread: own`.
///
/// Calls: `count` -> number of stored events;
///   `messages` ["after=N limit=N type=T"] -> JSON array of {seq, time_us, type, data}, in order; 100 unless
///     `limit` says otherwise, at most 10000, and no more than fit into 16 MiB: go on with after=<last seq>;
///   `replay` "to=MANAGER [after=N] [limit=N] [type=T]" -> how many are on their way: sends stored events to
///     another manager, a page at a time, with the source "replay". One replay at a time; a successor does
///     not continue it.
///   What is malformed or cannot be read is refused, with the reason.
/// State 1: the path, so that a successor goes on with the same file.
class PersistenceHandler final : public baton::Handler {
 public:
  static constexpr auto path = baton::required<baton::Path>("path", "the file; its folder must exist");
  static constexpr auto types =
      baton::option("types", baton::List{"msg"}, "types of the events that are stored; empty: all");
  static constexpr auto print =
      baton::option("print", true, "whether each stored event is told on the standard output");
  static constexpr auto synchronous =
      baton::option("synchronous", "full", "full survives power cuts; normal and off do not")
          .one_of({"full", "normal", "off"});
  static constexpr auto busy_timeout =
      baton::option("busy_timeout", std::chrono::seconds(5), "how long to wait for another program's lock")
          .at_least(std::chrono::milliseconds(0))
          .at_most(std::chrono::hours(1));
  static constexpr auto description = baton::describe("PersistenceHandler")
                                          .help(
                                              "stores events in a SQLite file, durably: "
                                              "calls messages, count and replay")
                                          .options(path, types, print, synchronous, busy_timeout)
                                          .state(1);

  explicit PersistenceHandler(const baton::Init& init)
      : host_(init.host()),
        manager_(init.process()),
        types_(host_, init.options()[types]),
        prints_(init.options()[print]),
        store_(settings_of(init)) {}

  baton::BatchOutcome handle_events(const baton::Batch& events) override {
    rows_.clear();
    std::size_t first = 0;
    std::size_t last = 0;
    std::size_t index = 0;
    for (const baton::Event event : events) {
      if (types_.matches(event)) {
        first = rows_.empty() ? index : first;
        last = index;
        rows_.push_back({event.type(), event.data(), content_type_text(event), event.time_us(), event.seq(),
                         event.id(), event.source(), event.traceparent()});
      }
      ++index;
    }
    if (rows_.empty()) {
      return baton::BatchOutcome::all();
    }
    try {
      store_.append(rows_);
    } catch (const persistence::StoreError& error) {
      // What lies between them is refused with them. To try again run by run would be exact, but might wait
      // busy_timeout for each of them.
      return baton::BatchOutcome::refuse(first, last - first + 1, error.what());
    }
    tell();
    return baton::BatchOutcome::all();
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    try {
      return answer(request, reply);
    } catch (const persistence::BadQuery& error) {
      throw baton::Refused(error.what());
    } catch (const persistence::StoreError& error) {
      throw baton::Refused(error.what());  // a disk that cannot be read must not cost the handler
    } catch (const baton::SinkFull& error) {
      throw baton::Refused(error.what());  // nor must one enormous event
    }
  }

  baton::Next handle_info(const baton::Info& info) override {
    if (info.type() == page_info && replay_) {
      send_page();
    }
    return baton::Next::ok;
  }

  void save(baton::StateWriter& out) const override { out.text(store_.path()); }

  /// Does not ask the disk: a report must not wait for one that is stuck.
  void format_status(baton::StatusReport& report) const override {
    report.state_json(R"({"path": )" + baton::json_string(store_.path()) + R"(, "replay": )" +
                      (replay_ ? baton::json_string(replay_->to) : std::string("null")) + "}");
  }

 private:
  static constexpr std::string_view page_info = "replay_page";
  static constexpr std::int64_t page_rows = 1000;  // of a replay; a long reader makes the WAL grow
  static constexpr std::size_t answer_bytes = std::size_t{16} << 20U;
  static constexpr std::chrono::milliseconds retry_delay{100};  // the receiver's mailbox is full

  static Store::Settings settings_of(const baton::Init& init) {
    Store::Settings settings{std::string(init.options()[path]), std::string(init.options()[synchronous]),
                             init.options()[busy_timeout]};
    if (const auto state = init.state()) {
      baton::StateReader in(state->data);
      const std::string_view old_path = in.text();
      in.expect_end();
      if (old_path != settings.path) {
        throw baton::BadState("the old one stores into " + std::string(old_path) + ", this one into " +
                              settings.path + "; keep the path, or remove one and add the other");
      }
    }
    return settings;
  }

  /// Seldom another one than that of the event before: no need to ask the host each time.
  std::string_view content_type_text(const baton::Event& event) {
    if (event.content_type() != content_type_) {
      content_type_ = event.content_type();
      content_type_text_ = host_.text_of(content_type_);
    }
    return content_type_text_;
  }

  void tell() {
    if (!prints_) {
      return;
    }
    lines_.clear();
    for (const persistence::NewRow& row : rows_) {
      lines_.append("Persisting log message: ").append(row.data).append("\n");
    }
    baton::print(lines_);  // the event is stored; a closed terminal changes nothing about that
  }

  baton::Next answer(const baton::Request& request, baton::Reply& reply) {
    if (request.type() == "count") {
      reply.json(std::to_string(store_.count()));
    } else if (request.type() == "messages") {
      reply.json(messages(persistence::parse_row_query(request.data())));
    } else if (request.type() == "replay") {
      reply.json(start_replay(persistence::parse_replay_query(request.data())));
    } else {
      return baton::Next::unknown_request;
    }
    return baton::Next::ok;
  }

  std::string messages(const persistence::RowQuery& query) {
    std::string json = "[";
    store_.read(query, [&json](const persistence::StoredRow& row) {
      json += json.size() > 1 ? ", " : "";
      json += R"({"seq": )" + std::to_string(row.seq) + R"(, "time_us": )" + std::to_string(row.time_us) +
              R"(, "type": )" + baton::json_string(row.type) + R"(, "data": )" +
              baton::json_string(row.data) + "}";
      return json.size() < answer_bytes;
    });
    return json += "]";
  }

  // ---- Replay ----

  std::string start_replay(persistence::ReplayQuery query) {
    if (query.to == manager_) {
      throw persistence::BadQuery("to=" + query.to +
                                  " is this manager: its events would be stored a second time");
    }
    if (replay_) {
      throw persistence::BadQuery("a replay to " + replay_->to + " is under way; wait for its end");
    }
    const std::int64_t events = store_.count(query.rows);
    replay_ = std::move(query);
    replay_->rows.limit = events;  // what comes in meanwhile is not part of it
    next_page(std::chrono::milliseconds(0));
    return std::to_string(events);
  }

  void next_page(std::chrono::milliseconds delay) {
    if (!host_.start_timer(delay, {.type = page_info})) {
      host_.error("the replay to " + replay_->to + " ends: no timer is to be had");
      replay_.reset();
    }
  }

  void send_page() {
    persistence::RowQuery page = replay_->rows;
    page.limit = std::min(page.limit, page_rows);
    baton::Status status = baton::Status::ok;
    try {
      store_.read(page, [&](const persistence::StoredRow& row) { return send(row, status); });
    } catch (const persistence::StoreError& error) {
      host_.error("the replay to " + replay_->to + " ends: " + error.what());
      replay_.reset();
      return;
    }
    if (status != baton::Status::ok && status != baton::Status::full) {
      host_.error("the replay to " + replay_->to + " ends: " + std::string(to_text(status)));
      replay_.reset();
    } else if (replay_->rows.limit == 0) {
      host_.info("the replay to " + replay_->to + " is complete");
      replay_.reset();
    } else {
      next_page(status == baton::Status::full ? retry_delay : std::chrono::milliseconds(0));
    }
  }

  bool send(const persistence::StoredRow& row, baton::Status& status) {
    status = host_.notify(replay_->to, {.type = row.type,
                                        .data = row.data,
                                        .content_type = host_.intern(row.content_type),
                                        .id = row.id,
                                        .source = "replay",
                                        .traceparent = row.traceparent});
    if (status != baton::Status::ok) {
      return false;
    }
    replay_->rows.after = row.seq;
    --replay_->rows.limit;
    return true;
  }

  baton::Host host_;
  std::string manager_;
  baton::TypeFilter types_;
  bool prints_;
  baton::Atom content_type_ = baton::Atom::none;
  std::string_view content_type_text_;  // the host's, as long as it lives
  Store store_;
  std::optional<persistence::ReplayQuery> replay_;
  std::vector<persistence::NewRow> rows_;  // of one batch; kept for its memory
  std::string lines_;                      // as above
};

}  // namespace

BATON_PLUGIN("persistence", "1.0.0", PersistenceHandler)
