// SPDX-License-Identifier: Apache-2.0
#include "store.hpp"

#include <baton/json.hpp>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace persistence {
namespace {

constexpr std::int64_t application_id = 0x4261746e;  // "Batn"
constexpr std::int64_t layout_version = 1;

constexpr const char* layout = R"sql(
CREATE TABLE IF NOT EXISTS events(
  seq INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  data NOT NULL,
  content_type TEXT NOT NULL,
  time_us INTEGER NOT NULL,
  event_seq INTEGER NOT NULL,
  id TEXT,
  source TEXT,
  traceparent TEXT))sql";

constexpr const char* rows_wanted =
    "FROM events WHERE seq > ?1 AND (?2 IS NULL OR type = ?2) ORDER BY seq LIMIT ?3";

/// What to do about a result of SQLite's.
const char* advice(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return "make room on the disk; events are taken again as soon as there is some";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return "see that the file and its folder can be written by the host's user";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another program holds the file locked; end it, or raise busy_timeout";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "it is damaged, or no database; move it away, and a new one is begun";
    case SQLITE_IOERR:
      return "look at the disk and at the kernel's log";
    default:
      return "look at the file with the sqlite3 shell";
  }
}

/// Why events cannot be stored into a file of `folder`: the topmost part of it that is missing, or no folder.
std::string folder_problem(const std::filesystem::path& folder) {
  std::filesystem::path part;
  for (const std::filesystem::path& name : folder) {
    part /= name;

    struct stat status {};

    if (::stat(part.c_str(), &status) != 0) {
      const int code = errno;
      return "the folder " + part.string() + " cannot be used: " + std::strerror(code) +
             (code == ENOENT ? "; make it first" : "; see that the host's user may enter it");
    }
    if (!S_ISDIR(status.st_mode)) {
      return part.string() + " is not a folder; choose another path";
    }
  }
  return {};
}

void require_folder_of(const std::string& path) {
  const std::filesystem::path file(path);
  if (!file.is_absolute() || !file.has_filename()) {
    throw StoreError("cannot store into '" + path + "': an absolute path of a file is expected");
  }
  const std::string problem = folder_problem(file.parent_path());
  if (!problem.empty()) {
    throw StoreError("cannot store into " + path + ": " + problem);
  }
}

/// A new file is only as durable as its entry in the folder. SQLite does the same for its other files.
void sync_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    throw StoreError("cannot store durably into " + path + ": its folder cannot be opened: " +
                     std::strerror(errno) + "; see that the host's user may read it");
  }
  // EINVAL: a file system that has nothing to sync there.
  const int code = ::fsync(descriptor) == 0 || errno == EINVAL ? 0 : errno;
  ::close(descriptor);
  if (code != 0) {
    throw StoreError("cannot store durably into " + path + ": fsync of its folder: " + std::strerror(code) +
                     "; look at the disk and at the kernel's log");
  }
}

}  // namespace

class Store::Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  ~Statement() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  void bind(int place, std::int64_t value) { sqlite3_bind_int64(statement_, place, value); }

  /// Borrows the text until the statement's use ends. SQLite's limits are far above a message's.
  void bind_text(int place, std::string_view text) {
    sqlite3_bind_text64(statement_, place, text.data() == nullptr ? "" : text.data(), text.size(),
                        SQLITE_STATIC, SQLITE_UTF8);
  }

  void bind_optional(int place, std::string_view text) {
    if (!text.empty()) {
      bind_text(place, text);
    }
  }

  void bind_data(int place, std::string_view data) {
    if (baton::is_utf8(data) && data.find('\0') == std::string_view::npos) {
      bind_text(place, data);
    } else {
      sqlite3_bind_blob64(statement_, place, data.data(), data.size(), SQLITE_STATIC);
    }
  }

  void bind_query(const RowQuery& query) {
    bind(1, query.after);
    bind_optional(2, query.type);
    bind(3, query.limit);
  }

  [[nodiscard]] int step() { return sqlite3_step(statement_); }

  [[nodiscard]] std::int64_t integer(int column) { return sqlite3_column_int64(statement_, column); }

  [[nodiscard]] std::string text(int column) {
    const void* data = sqlite3_column_blob(statement_, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
  }

 private:
  sqlite3_stmt* statement_;
};

Store::Store(Settings settings) : settings_(std::move(settings)) {
  open();
}

void Store::open() {
  require_folder_of(settings_.path);
  constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  sqlite3* database = nullptr;
  const int result = sqlite3_open_v2(settings_.path.c_str(), &database, flags, nullptr);
  database_.reset(database);
  if (database == nullptr) {
    throw std::bad_alloc();
  }
  if (result != SQLITE_OK) {
    throw error("cannot open");
  }
  sqlite3_extended_result_codes(database, 1);
  sqlite3_busy_timeout(
      database, static_cast<int>(std::clamp<std::int64_t>(settings_.busy_timeout.count(), 0, INT_MAX)));
  const bool is_empty = is_new();
  execute("PRAGMA journal_mode=WAL");
  execute("PRAGMA synchronous=" + settings_.synchronous);
  if (is_empty) {
    make_layout();
  }
  sync_folder_of(settings_.path);
  prepare_statements();
}

bool Store::is_new() {
  const std::int64_t owner = number("PRAGMA application_id");
  const std::int64_t version = number("PRAGMA user_version");
  const bool is_empty = number("SELECT count(*) FROM sqlite_master") == 0;
  if (owner != application_id && !(owner == 0 && is_empty)) {
    throw StoreError(settings_.path + " is the database of another program; choose another path");
  }
  if (version > layout_version) {
    throw StoreError(settings_.path + " was written by a newer PersistenceHandler (layout " +
                     std::to_string(version) + ", this one knows " + std::to_string(layout_version) +
                     "); install that one, or choose another path");
  }
  return is_empty;
}

void Store::make_layout() {
  execute("BEGIN IMMEDIATE");
  execute(layout);  // another instance may have been faster
  execute("PRAGMA application_id=" + std::to_string(application_id));
  execute("PRAGMA user_version=" + std::to_string(layout_version));
  execute("COMMIT");
}

void Store::prepare_statements() {
  begin_ = prepare("BEGIN IMMEDIATE");
  commit_ = prepare("COMMIT");
  rollback_ = prepare("ROLLBACK");
  insert_ = prepare(
      "INSERT INTO events(type, data, content_type, time_us, event_seq, id, source, traceparent) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  select_ =
      prepare(std::string("SELECT seq, type, data, content_type, time_us, id, traceparent ") + rows_wanted);
  count_ = prepare(std::string("SELECT count(*) FROM (SELECT 1 ") + rows_wanted + ")");
  count_all_ = prepare("SELECT count(*) FROM events");
}

void Store::execute(const std::string& sql) {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw error("cannot use");
  }
}

std::int64_t Store::number(const std::string& sql) {
  const Prepared prepared = prepare(sql);
  Statement statement(prepared.get());
  if (statement.step() != SQLITE_ROW) {
    throw error("cannot read");
  }
  return statement.integer(0);
}

Store::Prepared Store::prepare(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(database_.get(), sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
      SQLITE_OK) {
    throw error("cannot use");
  }
  return Prepared(statement);
}

void Store::run(const Prepared& prepared) {
  Statement statement(prepared.get());
  if (statement.step() != SQLITE_DONE) {
    throw error("cannot write to");
  }
}

void Store::append(const std::vector<NewRow>& rows) {
  run(begin_);
  try {
    for (const NewRow& row : rows) {
      insert(row);
    }
    run(commit_);
  } catch (...) {
    // Some failures have rolled back already; then this one says so, and that is all right.
    static_cast<void>(Statement(rollback_.get()).step());
    throw;
  }
}

void Store::insert(const NewRow& row) {
  Statement statement(insert_.get());
  statement.bind_text(1, row.type);
  statement.bind_data(2, row.data);
  statement.bind_text(3, row.content_type);
  statement.bind(4, row.time_us);
  statement.bind(5, static_cast<std::int64_t>(row.event_seq));
  statement.bind_optional(6, row.id);
  statement.bind_optional(7, row.source);
  statement.bind_optional(8, row.traceparent);
  if (statement.step() != SQLITE_DONE) {
    throw error("cannot write to");
  }
}

std::int64_t Store::count() {
  Statement statement(count_all_.get());
  if (statement.step() != SQLITE_ROW) {
    throw error("cannot read");
  }
  return statement.integer(0);
}

std::int64_t Store::count(const RowQuery& query) {
  Statement statement(count_.get());
  statement.bind_query(query);
  if (statement.step() != SQLITE_ROW) {
    throw error("cannot read");
  }
  return statement.integer(0);
}

void Store::read(const RowQuery& query, const std::function<bool(const StoredRow&)>& row) {
  Statement statement(select_.get());
  statement.bind_query(query);
  for (;;) {
    const int result = statement.step();
    if (result == SQLITE_DONE) {
      return;
    }
    if (result != SQLITE_ROW) {
      throw error("cannot read");
    }
    if (!row({statement.integer(0), statement.text(1), statement.text(2), statement.text(3),
              statement.integer(4), statement.text(5), statement.text(6)})) {
      return;
    }
  }
}

StoreError Store::error(const std::string& what) const {
  const int code = sqlite3_extended_errcode(database_.get());
  // Of other failures it is what an earlier one left behind.
  const bool is_system = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
  const int system_code = is_system ? sqlite3_system_errno(database_.get()) : 0;
  std::string text = what + " " + settings_.path + ": " + sqlite3_errmsg(database_.get());
  if (system_code != 0) {
    text += std::string(" (") + std::strerror(system_code) + ")";
  }
  return StoreError(text + "; " + advice(code));
}

}  // namespace persistence
