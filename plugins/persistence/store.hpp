// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace persistence {

/// The file cannot be used, or not at the moment; the text has the path, what SQLite says and what to do.
class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An event on its way to the file. Views.
struct NewRow {
  std::string_view type;
  std::string_view data;
  std::string_view content_type;
  std::int64_t time_us = 0;
  std::uint64_t event_seq = 0;  // the manager's number; begins anew with each manager
  std::string_view id;          // this and the next two: empty is NULL
  std::string_view source;
  std::string_view traceparent;
};

/// An event from the file.
struct StoredRow {
  std::int64_t seq = 0;  // the store's number: 1, 2, 3, … without a gap
  std::string type;
  std::string data;
  std::string content_type;
  std::int64_t time_us = 0;
  std::string id;  // this and the next: empty when there was none
  std::string traceparent;
};

/// Which rows: those after `after`, in order, at most `limit`, of one type if it is given.
struct RowQuery {
  std::int64_t after = 0;
  std::int64_t limit = 100;
  std::string type;
};

/// Events in a SQLite file, in WAL mode:
///
///   events(seq INTEGER PRIMARY KEY, type TEXT, data TEXT|BLOB, content_type TEXT, time_us INTEGER,
///          event_seq INTEGER, id TEXT, source TEXT, traceparent TEXT)
///
/// `data` is TEXT when it is UTF-8 and a BLOB otherwise, so that the sqlite3 shell shows what can be shown.
/// application_id is 0x4261746e ("Batn"), user_version the version of this layout, 1. The database of another
/// program is refused before anything is changed in it.
/// Two stores on one file are possible: each transaction waits for the other's, up to `busy_timeout`.
/// One owner, one thread at a time. Every function may wait for the disk and throw StoreError.
class Store {
 public:
  struct Settings {
    std::string path;
    std::string synchronous = "full";  // full: what is committed survives a power cut
    std::chrono::milliseconds busy_timeout{5000};
  };

  explicit Store(Settings settings);

  /// Stores all of them or none: one transaction, on the disk when this returns.
  void append(const std::vector<NewRow>& rows);

  /// Of all events.
  [[nodiscard]] std::int64_t count();
  /// Of the rows that read() would give.
  [[nodiscard]] std::int64_t count(const RowQuery& query);
  /// Gives the rows to `row` one by one; false stops.
  void read(const RowQuery& query, const std::function<bool(const StoredRow&)>& row);

  [[nodiscard]] const std::string& path() const { return settings_.path; }

 private:
  /// A prepared statement; reset when its use ends.
  class Statement;

  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  using Prepared = std::unique_ptr<sqlite3_stmt, Finalize>;

  void open();
  /// Whether the file is an empty database. Throws when it is somebody else's, or of a newer layout.
  [[nodiscard]] bool is_new();
  void make_layout();
  void prepare_statements();
  void execute(const std::string& sql);
  [[nodiscard]] std::int64_t number(const std::string& sql);
  [[nodiscard]] Prepared prepare(const std::string& sql);
  void run(const Prepared& prepared);
  void insert(const NewRow& row);
  [[nodiscard]] StoreError error(const std::string& what) const;

  const Settings settings_;
  std::unique_ptr<sqlite3, Close> database_;  // outlives the statements below
  Prepared begin_;
  Prepared commit_;
  Prepared rollback_;
  Prepared insert_;
  Prepared select_;
  Prepared count_;
  Prepared count_all_;
};

}  // namespace persistence
