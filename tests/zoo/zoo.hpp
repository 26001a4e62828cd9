// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/session.hpp"
#include "tests/system/running_host.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace baton::test {

using Json = nlohmann::json;

/// One real host, with a handler `log/keeper` that counts and must go on counting, a manager `zoo` for the
/// others, and a folder of plugins into which everything is dropped.
class Zoo {
 public:
  Zoo();

  // ---- Files ----

  [[nodiscard]] std::filesystem::path folder() const { return place_.path("plugins"); }

  [[nodiscard]] std::filesystem::path outside(const std::string& name) const { return place_.path(name); }

  /// Puts a copy of the file into the folder, by renaming, and says where.
  std::filesystem::path drop(const std::filesystem::path& from, const std::string& name) const;
  std::filesystem::path drop_bytes(std::string_view bytes, const std::string& name) const;
  /// Empties the folder.
  void clear() const;

  /// Why the host refuses the file of that name: "truncated"; "" when it does not, "unlisted" when the host
  /// does not speak of it.
  std::string verdict(const std::string& name);
  /// All that the host says of the files in the folder.
  Json listed();

  // ---- Handlers ----

  Result<std::string> ask(const std::string& method, const std::string& path, const std::string& body = {},
                          const std::string& content_type = "text/plain");
  /// Installs what the file offers in `zoo`, under that id. The error's text, empty when it is there.
  std::string add(const std::filesystem::path& file, const std::string& id = "guest");
  void remove(const std::string& id = "guest");
  /// The error's text, or "" and the report in `last_report`.
  std::string swap(const std::string& handler, const std::filesystem::path& file);
  std::string call(const std::string& handler, const std::string& request);
  /// The document of the answer.
  Json sync_notify(const std::string& manager, const std::string& type, const std::string& data = "x");
  /// What the host says of the libraries it has loaded.
  Json libraries();

  // ---- The host ----

  /// The error of adding the file, which must not be taken.
  std::string refused_on_add(const std::filesystem::path& file);

  [[nodiscard]] std::string log() const { return place_.log(); }

  [[nodiscard]] const Place& place() const { return place_; }

  /// It is the same process, its handlers have what they had, and it answers.
  void expect_unharmed();

  /// Another connection, for a thread of its own.
  [[nodiscard]] Client another_client() const { return Client(place_.path("host.sock")); }

 private:
  Place place_;
  Client client_{place_.path("host.sock")};
  std::uint64_t checks_ = 0;
  std::int64_t pid_ = 0;
};

/// One line of cases.tsv, as a test.
struct Case {
  std::string id;
  std::function<void(Zoo&)> run;
};

std::vector<Case> file_cases();
std::vector<Case> loading_cases();
std::vector<Case> running_cases();
std::vector<Case> swapping_cases();
std::vector<Case> folder_cases();

/// The content of a file.
std::string bytes_of(const std::filesystem::path& file);

}  // namespace baton::test
