// SPDX-License-Identifier: Apache-2.0
#include "host/app/conformance_given.hpp"

#include "host/app/replay_events.hpp"
#include "host/control/event_documents.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace baton {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// A hundred messages as handlers meet them: of several types, with texts, numbers, JSON, no data, bytes that
/// are no text, and a long one. The same each time.
std::vector<DescribedEvent> made_up_events() {
  constexpr std::size_t count = 100;
  constexpr std::size_t long_data = 4096;
  constexpr std::int64_t first_time_us = 1'767'225'600'000'000;
  const std::vector<std::string> types = {"msg", "line", "check", "msg"};
  const std::vector<std::string> texts = {"Hello World",
                                          "to be or not to be",
                                          "42",
                                          "",
                                          "{\"key\": [1, 2.5, null]}",
                                          "Gr\u00fc\u00dfe, \u4e16\u754c",
                                          std::string("\x00\xff\xfe\n\x01", 5),
                                          "-7",
                                          std::string(long_data, 'x'),
                                          "key=value other=\"two words\""};
  std::vector<DescribedEvent> events(count);
  for (std::size_t i = 0; i < count; ++i) {
    events[i].type = types[i % types.size()];
    events[i].data = texts[i % texts.size()];
    events[i].seq = i + 1;
    events[i].time_us = first_time_us + static_cast<std::int64_t>(i);
  }
  return events;
}

/// For an option without which an instance cannot be made, and that nobody has given.
std::string made_up_value(const OptionSpec& spec) {
  switch (spec.type) {
    case OptionType::boolean:
      return "false";
    case OptionType::list:
      return "[]";
    case OptionType::text:
      return spec.values.empty() ? "check" : spec.values.front();
    case OptionType::path:
      return spec.name;
    default:
      break;
  }
  const double number =
      std::clamp(1.0, spec.min.value_or(1.0), std::max(spec.min.value_or(1.0), spec.max.value_or(1.0)));
  return spec.type == OptionType::number     ? fmt::format("{}", number)
         : spec.type == OptionType::duration ? fmt::format("{}ms", static_cast<std::int64_t>(number))
                                             : fmt::format("{}", static_cast<std::int64_t>(number));
}

}  // namespace

Result<void> write_events(const Invocation& invocation, const fs::path& into) {
  if (!invocation.replay.empty()) {
    const auto events = events_of_file(invocation.replay, invocation.event_type, into);
    if (!events) {
      return fail(events.error());
    }
    return events->count > 0 ? Result<void>() : fail(Errc::bad_request, invocation.replay + " has no event");
  }
  std::ofstream stream(into, std::ios::binary);
  for (const DescribedEvent& event : made_up_events()) {
    stream << event_document(event).dump() << '\n';
  }
  stream.close();
  return stream ? Result<void>() : fail(Errc::io_failed, "cannot write into " + into.string());
}

Json options_for(const Offer& offer, const Json& given) {
  Json options = Json::object();
  for (const OptionSpec& spec : offer.options) {
    if (given.contains(spec.name)) {
      options[spec.name] = given[spec.name];
    } else if (spec.required) {
      options[spec.name] = made_up_value(spec);
    } else if (spec.type == OptionType::path && spec.default_value && !spec.default_value->text.empty()) {
      options[spec.name] = fs::path(spec.default_value->text).filename().string();
    }
  }
  return options;
}

Result<void> check_given(const Manifest& manifest, const Json& given) {
  std::set<std::string> known;
  for (const Offer& offer : manifest.provides) {
    for (const OptionSpec& spec : offer.options) {
      known.insert(spec.name);
    }
  }
  for (const auto& [name, value] : given.items()) {
    if (known.count(name) == 0) {
      return fail(Errc::bad_request, fmt::format("nothing in {} has an option `{}`", manifest.name, name));
    }
  }
  return {};
}

}  // namespace baton
