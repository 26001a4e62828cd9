// SPDX-License-Identifier: Apache-2.0
#include "host/app/replay_events.hpp"

#include "host/app/record_verb.hpp"
#include "host/control/event_documents.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <istream>
#include <utility>

namespace baton {
namespace {

/// Writes the lines of one ReplayEvents.
class EventFile {
 public:
  explicit EventFile(std::filesystem::path file)
      : stream_(file, std::ios::binary | std::ios::trunc), events_{std::move(file), 0, 0} {}

  void add(const std::string& line) {
    stream_ << line << '\n';
    ++events_.count;
  }

  Result<ReplayEvents> close(std::uint64_t left_out) {
    stream_.close();
    if (!stream_) {
      return fail(Errc::io_failed, "cannot write the events into " + events_.file.string());
    }
    events_.left_out = left_out;
    return events_;
  }

  [[nodiscard]] std::size_t count() const { return events_.count; }

 private:
  std::ofstream stream_;
  ReplayEvents events_;
};

}  // namespace

Result<ReplayEvents> events_of_stream(std::istream& stream, const std::string& name, const std::string& type,
                                      const std::filesystem::path& into) {
  EventFile events(into);
  for (std::string line; std::getline(stream, line);) {
    if (!type.empty()) {
      DescribedEvent event;
      event.type = type;
      event.data = std::move(line);
      events.add(event_document(event).dump());
      line.clear();
      continue;
    }
    if (const auto event = read_event(line); !event) {
      return fail(Errc::bad_request,
                  fmt::format("{}:{}: {}; a line is {{\"type\": …, \"data\": …}}, as `baton record MANAGER "
                              "get` writes them; or with --event-type TYPE, the data of an event of that "
                              "type",
                              name, events.count() + 1, event.error().text));
    }
    events.add(line);
  }
  return events.close(0);
}

Result<ReplayEvents> events_of_file(const std::filesystem::path& file, const std::string& type,
                                    const std::filesystem::path& into) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    return fail(Errc::bad_request, "cannot read " + file.string());
  }
  return events_of_stream(stream, file.string(), type, into);
}

Result<ReplayEvents> events_of_manager(Client& client, const std::string& manager,
                                       const std::filesystem::path& into) {
  EventFile events(into);
  const auto record =
      fetch_recorded(client, manager, 0, [&events](const nlohmann::ordered_json& event) -> Result<void> {
        events.add(event.dump());
        return {};
      });
  if (!record) {
    return fail(record.error());
  }
  if (events.count() == 0) {
    return fail(Errc::not_found, why_no_events(manager, *record));
  }
  return events.close(record->value("too_large", std::uint64_t{0}));
}

}  // namespace baton
