// SPDX-License-Identifier: Apache-2.0
#include "host/loader/manifest.hpp"

#include "host/loader/option_values.hpp"
#include "host/loader/units.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

namespace baton {
namespace {

using Json = nlohmann::json;

constexpr std::size_t name_size_max = 64;
constexpr std::size_t text_size_max = 4096;
constexpr std::size_t offers_max = 64;
constexpr std::size_t items_max = 256;

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view name_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:";
constexpr std::string_view version_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.+";

/// Names are used in config files, in "manager/id" and in file names.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= name_size_max && letters.find(text[0]) != std::string_view::npos &&
         text.find_first_not_of(name_characters) == std::string_view::npos;
}

bool is_version(std::string_view text) {
  return !text.empty() && text.size() <= name_size_max && text[0] >= '0' && text[0] <= '9' &&
         text.find_first_not_of(version_characters) == std::string_view::npos;
}

bool has_range(OptionType type) {
  return type == OptionType::integer || type == OptionType::number || type == OptionType::duration ||
         type == OptionType::size;
}

/// Walks the document and keeps the first problem. After one, results are of no meaning.
class ManifestReader {
 public:
  [[nodiscard]] const std::string& problem() const { return problem_; }

  void read(const Json& document, Manifest& manifest) {
    if (!expect(document.is_object(), "manifest", "an object", document)) {
      return;
    }
    manifest.name = name(document, "", "name");
    manifest.version = version(document);
    const Json* const provides = array(document, "", "provides", offers_max);
    if (provides == nullptr || provides->empty()) {
      report("provides", "offers nothing; expected at least one handler or server");
      return;
    }
    for (std::size_t i = 0; i < provides->size(); ++i) {
      manifest.provides.push_back(offer((*provides)[i], fmt::format("provides[{}]", i)));
    }
    check_offers_differ(manifest);
  }

 private:
  void report(const std::string& place, std::string_view text) {
    if (problem_.empty()) {
      problem_ = fmt::format("{}: {}", place, text);
    }
  }

  bool expect(bool holds, const std::string& place, std::string_view wanted, const Json& found) {
    if (!holds) {
      report(place, fmt::format("expected {}, found {}", wanted, shown(found)));
    }
    return holds;
  }

  static std::string shown(const Json& value) {
    if (value.is_structured()) {
      return value.is_array() ? "an array" : "an object";
    }
    return value.dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, name_size_max);
  }

  static std::string join(const std::string& place, std::string_view key) {
    return place.empty() ? std::string(key) : fmt::format("{}.{}", place, key);
  }

  static const Json* member(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
  }

  /// Text that may be absent.
  std::string text(const Json& object, const std::string& place, const char* key) {
    const Json* const value = member(object, key);
    if (value == nullptr || !expect(value->is_string(), join(place, key), "a string", *value)) {
      return {};
    }
    return bounded(value->get<std::string>(), join(place, key));
  }

  std::string bounded(std::string value, const std::string& place) {
    if (value.size() > text_size_max) {
      report(place, fmt::format("is {} bytes long; at most {} are allowed", value.size(), text_size_max));
    }
    return value;
  }

  std::string name(const Json& object, const std::string& place, const char* key) {
    std::string value = text(object, place, key);
    if (!is_name(value)) {
      report(join(place, key),
             fmt::format("\"{}\" is not a name: a letter, then up to {} letters, digits or _-.:", value,
                         name_size_max - 1));
    }
    return value;
  }

  std::string version(const Json& document) {
    std::string value = text(document, "", "version");
    if (!is_version(value)) {
      report("version", fmt::format("\"{}\" is not a version; expected for example 1.0.0", value));
    }
    return value;
  }

  /// An array that may be absent.
  const Json* array(const Json& object, const std::string& place, const char* key, std::size_t size_max) {
    const Json* const value = member(object, key);
    if (value == nullptr || !expect(value->is_array(), join(place, key), "an array", *value)) {
      return nullptr;
    }
    if (value->size() > size_max) {
      report(join(place, key),
             fmt::format("has {} elements; at most {} are allowed", value->size(), size_max));
      return nullptr;
    }
    return value;
  }

  std::vector<std::string> texts(const Json& object, const std::string& place, const char* key) {
    const Json* const values = array(object, place, key, items_max);
    return values == nullptr ? std::vector<std::string>() : text_items(*values, join(place, key));
  }

  std::vector<std::string> text_items(const Json& values, const std::string& place) {
    std::vector<std::string> items;
    for (const Json& value : values) {
      if (expect(value.is_string(), place, "strings", value)) {
        items.push_back(bounded(value.get<std::string>(), place));
      }
    }
    return items;
  }

  Offer offer(const Json& json, const std::string& place) {
    Offer result;
    if (!expect(json.is_object(), place, "an object", json)) {
      return result;
    }
    result.kind = kind(json, place);
    result.name = name(json, place, "name");
    result.help = text(json, place, "help");
    state(json, place, result);
    result.capabilities = texts(json, place, "capabilities");
    if (const Json* const options = array(json, place, "options", items_max)) {
      for (std::size_t i = 0; i < options->size(); ++i) {
        result.options.push_back(option((*options)[i], fmt::format("{}.options[{}]", place, i)));
      }
    }
    check_options_differ(result, place);
    return result;
  }

  OfferKind kind(const Json& json, const std::string& place) {
    const std::string value = text(json, place, "kind");
    if (value != "handler" && value != "server") {
      report(join(place, "kind"), fmt::format("\"{}\" is not a kind; expected handler or server", value));
    }
    return value == "server" ? OfferKind::server : OfferKind::handler;
  }

  void state(const Json& json, const std::string& place, Offer& result) {
    const Json* const value = member(json, "state");
    if (value == nullptr || !expect(value->is_object(), join(place, "state"), "an object", *value)) {
      return;
    }
    const std::string inside = join(place, "state");
    if (const Json* const writes = member(*value, "writes")) {
      result.state_writes = state_version(*writes, join(inside, "writes"));
    }
    if (const Json* const reads = array(*value, inside, "reads", items_max)) {
      for (const Json& read : *reads) {
        result.state_reads.push_back(state_version(read, join(inside, "reads")));
      }
    }
  }

  std::uint32_t state_version(const Json& value, const std::string& place) {
    const bool fits = value.is_number_unsigned() && value.get<std::uint64_t>() >= 1 &&
                      value.get<std::uint64_t>() <= std::numeric_limits<std::uint32_t>::max();
    return expect(fits, place, "a whole number from 1 to 4294967295", value) ? value.get<std::uint32_t>() : 0;
  }

  OptionSpec option(const Json& json, const std::string& place) {
    OptionSpec spec;
    if (!expect(json.is_object(), place, "an object", json)) {
      return spec;
    }
    spec.name = name(json, place, "name");
    spec.help = text(json, place, "help");
    spec.type = option_type(json, place);
    spec.required = boolean(json, place, "required");
    spec.is_hot = boolean(json, place, "hot");
    spec.values = texts(json, place, "values");
    spec.min = bound(json, place, "min", spec.type);
    spec.max = bound(json, place, "max", spec.type);
    if (const Json* const value = member(json, "default")) {
      spec.default_value = default_value(spec, *value, join(place, "default"));
    }
    check_option(spec, place);
    return spec;
  }

  OptionType option_type(const Json& json, const std::string& place) {
    const std::string value = text(json, place, "type");
    const std::optional<OptionType> type = option_type_from_name(value);
    if (!type) {
      report(join(place, "type"), fmt::format("\"{}\" is not a type; expected bool, int, number, text, list, "
                                              "duration, size or path",
                                              value));
    }
    return type.value_or(OptionType::text);
  }

  bool boolean(const Json& json, const std::string& place, const char* key) {
    const Json* const value = member(json, key);
    return value != nullptr && expect(value->is_boolean(), join(place, key), "true or false", *value) &&
           value->get<bool>();
  }

  std::optional<double> bound(const Json& json, const std::string& place, const char* key, OptionType type) {
    const Json* const value = member(json, key);
    if (value == nullptr) {
      return std::nullopt;
    }
    if (!has_range(type)) {
      report(join(place, key), fmt::format("has no meaning for a {}", option_type_name(type)));
      return std::nullopt;
    }
    if (const auto quantity = quantity_text(*value, type)) {
      return static_cast<double>(*quantity);
    }
    return expect(value->is_number(), join(place, key), "a number", *value)
               ? std::optional(value->get<double>())
               : std::nullopt;
  }

  /// Durations and sizes may be written as people write them: "5s", "64KiB".
  static std::optional<std::int64_t> quantity_text(const Json& value, OptionType type) {
    if (!value.is_string() || (type != OptionType::duration && type != OptionType::size)) {
      return std::nullopt;
    }
    const auto text = value.get<std::string>();
    const auto quantity = type == OptionType::duration ? parse_duration_ms(text) : parse_size_bytes(text);
    return quantity ? std::optional(*quantity) : std::nullopt;
  }

  Option default_value(const OptionSpec& spec, const Json& value, const std::string& place) {
    Option option;
    option.name = spec.name;
    option.type = spec.type;
    switch (spec.type) {
      case OptionType::boolean:
        option.integer =
            expect(value.is_boolean(), place, "true or false", value) && value.get<bool>() ? 1 : 0;
        break;
      case OptionType::number:
        option.number = expect(value.is_number(), place, "a number", value) ? value.get<double>() : 0;
        break;
      case OptionType::text:
      case OptionType::path:
        option.text = expect(value.is_string(), place, "a string", value) ? bounded(value, place) : "";
        break;
      case OptionType::list:
        if (expect(value.is_array() && value.size() <= items_max, place, "an array of strings", value)) {
          option.items = text_items(value, place);
        }
        break;
      case OptionType::integer:
      case OptionType::duration:
      case OptionType::size:
        option.integer = whole_number(value, spec.type, place);
        break;
    }
    return option;
  }

  std::int64_t whole_number(const Json& value, OptionType type, const std::string& place) {
    if (const auto quantity = quantity_text(value, type)) {
      return *quantity;
    }
    const bool fits =
        value.is_number_integer() &&
        (!value.is_number_unsigned() ||
         value.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
    return expect(fits, place, fmt::format("a whole number ({})", option_type_name(type)), value)
               ? value.get<std::int64_t>()
               : 0;
  }

  void check_option(const OptionSpec& spec, const std::string& place) {
    if (spec.required && spec.default_value) {
      report(place, "is required and has a default; expected one of the two");
    }
    if (spec.min && spec.max && *spec.min > *spec.max) {
      report(place, fmt::format("min {} is more than max {}", *spec.min, *spec.max));
    }
    if (!spec.values.empty() && spec.type != OptionType::text && spec.type != OptionType::list) {
      report(join(place, "values"), fmt::format("has no meaning for a {}", option_type_name(spec.type)));
    }
    if (spec.default_value) {
      if (const auto problem = value_problem(spec, *spec.default_value)) {
        report(join(place, "default"), *problem);
      }
    }
  }

  void check_options_differ(const Offer& offer, const std::string& place) {
    std::set<std::string_view> seen;
    for (const OptionSpec& spec : offer.options) {
      if (!seen.insert(spec.name).second) {
        report(join(place, "options"), fmt::format("has \"{}\" twice", spec.name));
      }
    }
  }

  void check_offers_differ(const Manifest& manifest) {
    std::set<std::pair<OfferKind, std::string_view>> seen;
    for (const Offer& offer : manifest.provides) {
      if (!seen.emplace(offer.kind, offer.name).second) {
        report("provides", fmt::format("has the {} \"{}\" twice", offer_kind_name(offer.kind), offer.name));
      }
    }
  }

  std::string problem_;
};

}  // namespace

std::string_view offer_kind_name(OfferKind kind) {
  return kind == OfferKind::handler ? "handler" : "server";
}

const Offer* Manifest::find(OfferKind kind, std::string_view offer_name) const {
  const auto found = std::ranges::find_if(
      provides, [&](const Offer& offer) { return offer.kind == kind && offer.name == offer_name; });
  return found == provides.end() ? nullptr : &*found;
}

Result<Manifest> parse_manifest(std::string_view json, std::uint16_t abi_major, std::uint16_t abi_minor) {
  Json document;
  try {
    document = Json::parse(json);
  } catch (const Json::exception& error) {
    return fail(Errc::plugin_refused, fmt::format("the manifest is not JSON: {}", error.what()));
  }
  Manifest manifest;
  manifest.abi_major = abi_major;
  manifest.abi_minor = abi_minor;
  ManifestReader reader;
  reader.read(document, manifest);
  if (!reader.problem().empty()) {
    return fail(Errc::plugin_refused, fmt::format("the manifest is malformed: {}", reader.problem()));
  }
  return manifest;
}

TypeInfo type_info(const Manifest& manifest, const Offer& offer, std::uint64_t library) {
  const bool has_pure_events = std::ranges::count(offer.capabilities, pure_events_capability) > 0;
  std::vector<std::string> hot;
  for (const OptionSpec& option : offer.options) {
    if (option.is_hot) {
      hot.push_back(option.name);
    }
  }
  return {offer.name, manifest.version, offer.state_writes, offer.state_reads,
          library,    has_pure_events,  std::move(hot)};
}

}  // namespace baton
