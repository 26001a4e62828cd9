// SPDX-License-Identifier: Apache-2.0
#include "tests/zoo/zoo.hpp"

#include <iterator>

namespace baton::test {

namespace fs = std::filesystem;

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Zoo::Zoo() {
  fs::copy_file(PLUGIN_counter_v1, outside("keeper.so"));
  place_.start(place_.config("managers: {log: {}, zoo: {}}\n", folder().string()));
  const Json recipe = {{"file", outside("keeper.so").string()}, {"id", "keeper"}};
  REQUIRE(ask("POST", "/v1/managers/log/handlers", recipe.dump(), "application/json"));
  pid_ = Json::parse(*ask("GET", "/v1/status")).at("host").at("pid");
}

fs::path Zoo::drop(const fs::path& from, const std::string& name) const {
  return drop_bytes(bytes_of(from), name);
}

fs::path Zoo::drop_bytes(std::string_view bytes, const std::string& name) const {
  const fs::path hidden = folder() / ".arriving";
  std::ofstream(hidden, std::ios::binary) << bytes;
  fs::rename(hidden, folder() / name);
  return folder() / name;
}

void Zoo::clear() const {
  for (const auto& entry : fs::directory_iterator(folder())) {
    fs::remove_all(entry.path());
  }
}

Json Zoo::listed() {
  const auto answer = ask("GET", "/v1/plugins");
  REQUIRE(answer);
  const Json document = Json::parse(*answer);
  Json files = Json::array();
  for (const Json& file : document.at("plugins")) {
    if (!file.contains("elsewhere")) {  // what runs from files that are in no directory now
      files.push_back(file);
    }
  }
  return files;
}

std::string Zoo::verdict(const std::string& name) {
  for (const Json& file : listed()) {
    if (fs::path(file.at("file").get<std::string>()).filename() == name) {
      return file.contains("refused") ? file["refused"].value("reason", "?") : "";
    }
  }
  return "unlisted";
}

Result<std::string> Zoo::ask(const std::string& method, const std::string& path, const std::string& body,
                             const std::string& content_type) {
  return ask_host(client_, {method, path, body, content_type});
}

std::string Zoo::add(const fs::path& file, const std::string& id) {
  const Json recipe = {{"file", file.string()}, {"id", id}};
  const auto added = ask("POST", "/v1/managers/zoo/handlers", recipe.dump(), "application/json");
  return added ? "" : added.error().text;
}

void Zoo::remove(const std::string& id) {
  CHECK(ask("DELETE", "/v1/handlers/zoo/" + id));
}

std::string Zoo::swap(const std::string& handler, const fs::path& file) {
  const Json recipe = {{"file", file.string()}};
  const auto swapped = ask("POST", "/v1/handlers/" + handler + "/swap", recipe.dump(), "application/json");
  return swapped ? "" : swapped.error().text;
}

std::string Zoo::call(const std::string& handler, const std::string& request) {
  const auto answer = ask("POST", "/v1/handlers/" + handler + "/call?type=" + request);
  return answer ? Json::parse(*answer).value("reply", "") : "error: " + answer.error().text;
}

Json Zoo::sync_notify(const std::string& manager, const std::string& type, const std::string& data) {
  const auto answer = ask("POST", "/v1/managers/" + manager + "/notify?mode=sync&type=" + type, data);
  REQUIRE(answer);
  return Json::parse(*answer);
}

Json Zoo::libraries() {
  const auto answer = ask("GET", "/v1/libraries");
  REQUIRE(answer);
  return Json::parse(*answer).at("libraries");
}

std::string Zoo::refused_on_add(const fs::path& file) {
  const std::string error = add(file);
  CHECK_FALSE(error.empty());
  if (error.empty()) {
    remove();
  }
  return error;
}

void Zoo::expect_unharmed() {
  ++checks_;
  CHECK(sync_notify("log", "tick").at("accepted") == 1);
  CHECK(call("log/keeper", "count").starts_with("1.0.0 " + std::to_string(checks_) + " "));
  const Json status = Json::parse(*ask("GET", "/v1/status"));
  CHECK(status.at("host").at("pid") == pid_);
  for (const Json& manager : status.at("managers")) {
    CHECK(manager.at("handlers").size() == (manager.at("name") == "log" ? 1U : 0U));
  }
}

}  // namespace baton::test
