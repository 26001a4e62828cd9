// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/testing/fake_host.hpp>

#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace baton::test {

/// A connection of its own: what it sees has been committed.
class Database {
 public:
  explicit Database(const std::string& path) {
    if (sqlite3_open(path.c_str(), &database_) != SQLITE_OK) {
      throw std::runtime_error(sqlite3_errmsg(database_));
    }
  }

  ~Database() { sqlite3_close(database_); }

  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Rows as "a|b|c", as the sqlite3 shell shows them.
  std::vector<std::string> rows(const std::string& sql) {
    std::vector<std::string> rows;
    char* message = nullptr;
    if (sqlite3_exec(database_, sql.c_str(), add_row, &rows, &message) != SQLITE_OK) {
      const std::string text = message;
      sqlite3_free(message);
      throw std::runtime_error(text);
    }
    return rows;
  }

  /// The one row of an answer.
  std::string row(const std::string& sql) {
    const std::vector<std::string> all = rows(sql);
    return all.size() == 1 ? all.front() : std::to_string(all.size()) + " rows";
  }

 private:
  static int add_row(void* context, int columns, char** values, char**) {
    std::string row;
    for (int i = 0; i < columns; ++i) {
      row.append(i == 0 ? "" : "|").append(values[i] == nullptr ? "NULL" : values[i]);
    }
    static_cast<std::vector<std::string>*>(context)->push_back(std::move(row));
    return 0;
  }

  sqlite3* database_ = nullptr;
};

/// The plugin file, a host, and a folder that goes away at the end.
struct Persistence {
  Persistence() {
    std::string name = (std::filesystem::temp_directory_path() / "baton-store-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::runtime_error("no temporary folder");
    }
    folder = name;
    host.process = "log";
  }

  ~Persistence() { std::filesystem::remove_all(folder); }

  Persistence(const Persistence&) = delete;
  Persistence& operator=(const Persistence&) = delete;

  [[nodiscard]] std::string path(const char* name = "events.db") const { return (folder / name).string(); }

  /// Quiet, and on path() unless `settings` say otherwise.
  testing::Instance create(testing::OptionSettings settings = {},
                           const std::optional<testing::SavedState>& state = {}) {
    settings.try_emplace("path", path());
    settings.try_emplace("print", false);
    return host.create(file, "PersistenceHandler", std::move(settings), state);
  }

  std::filesystem::path folder;
  testing::PluginFile file{PLUGIN_persistence};
  testing::FakeHost host;
};

}  // namespace baton::test
