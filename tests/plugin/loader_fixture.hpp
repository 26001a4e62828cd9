// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/services.hpp"
#include "host/loader/catalog.hpp"
#include "host/loader/library_store.hpp"
#include "tests/plugin/temporary_folder.hpp"
#include "tests/support/recording_log.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace baton::test {

/// Records what an instance asks of the host, and answers what the test set up.
class RecordingServices final : public Services {
 public:
  std::vector<std::string> asked;
  Result<Reply> answer = Reply{"pong", BATON_TEXT_PLAIN};

  void log(LogLevel level, std::string_view text) override {
    asked.push_back("log " + std::string(log_level_name(level)) + " " + std::string(text));
  }

  Atom intern(std::string_view text) override { return static_cast<Atom>(100 + text.size()); }

  [[nodiscard]] std::string_view atom_text(Atom atom) const override { return atom == 1 ? "text/plain" : ""; }

  [[nodiscard]] std::int64_t now_us() const override { return 1; }

  Result<std::uint64_t> start_timer(Duration delay, const Message& info) override {
    record("start_timer", std::to_string(delay.count()), info);
    return 7;
  }

  Result<void> cancel_timer(std::uint64_t timer) override {
    asked.push_back("cancel_timer " + std::to_string(timer));
    return {};
  }

  Result<void> notify(std::string_view manager, const Message& event) override {
    record("notify", manager, event);
    return {};
  }

  Result<void> cast(std::string_view server, const Message& request) override {
    record("cast", server, request);
    return {};
  }

  Result<Reply> call(std::string_view to, const Message& request, Duration timeout) override {
    record("call", std::string(to) + " " + std::to_string(timeout.count()), request);
    return answer;
  }

  Result<void> reply(std::uint64_t from, Reply reply) override {
    asked.push_back("reply " + std::to_string(from) + " " + reply.data);
    return {};
  }

 private:
  void record(std::string_view verb, std::string_view to, const Message& message) {
    asked.push_back(std::string(verb) + " " + std::string(to) + " " + std::string(view(message.type)) + "#" +
                    std::to_string(message.type_atom) + " " + std::string(view(message.data)));
  }
};

/// A host's loader with one plugin directory. Factories and instances of the test die before it.
struct Loader {
  TemporaryFolder runtime;
  TemporaryFolder plugins;
  RecordingLog log;
  std::unique_ptr<LibraryStore> store = open_store();
  SystemClock clock;
  Quarantine quarantine{clock, log};
  Catalog catalog{{plugins.path()}, log, *store, quarantine};
  RecordingServices services;

  Loader() { ::unsetenv("BATON_FIXTURE_RAN"); }

  std::unique_ptr<LibraryStore> open_store() {
    auto opened = LibraryStore::open(runtime.path() / "run", log);
    REQUIRE(opened);
    return std::move(*opened);
  }

  std::shared_ptr<const HandlerFactory> factory(const std::filesystem::path& file) {
    auto made = catalog.handler_factory_from_file(file, "");
    REQUIRE(made);
    return *made;
  }

  std::unique_ptr<Handler> handler(const std::filesystem::path& file, const InstanceInit& init = {}) {
    auto made = factory(file)->create(init, services);
    REQUIRE(made);
    return std::move(*made);
  }

  LibraryState state_of_last() {
    const auto records = store->records();
    REQUIRE_FALSE(records.empty());
    return records.back().state;
  }
};

inline bool fixture_has_run() {
  return ::getenv("BATON_FIXTURE_RAN") != nullptr;
}

inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Whether the kernel has a file of such a name mapped into this process.
inline bool maps_contain(std::string_view name) {
  return content_of("/proc/self/maps").find(name) != std::string::npos;
}

inline Message message(std::string_view type, std::string_view data = {}) {
  Message result{};
  result.type = to_str(type);
  result.data = to_bytes(data);
  result.content_type = BATON_TEXT_PLAIN;
  return result;
}

}  // namespace baton::test
