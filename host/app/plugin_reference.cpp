// SPDX-License-Identifier: Apache-2.0
#include "host/app/plugin_reference.hpp"

#include "host/app/document_text.hpp"
#include "host/app/option_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <cctype>
#include <string_view>
#include <vector>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;

/// Into a cell of a table, or between words.
std::string escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|' || c == '*' || c == '_' || c == '<' || c == '\\' || c == '`') {
      escaped += '\\';
    }
    escaped += c == '\n' ? ' ' : c;
  }
  return escaped;
}

std::string sentence(std::string text) {
  if (text.empty()) {
    return text;
  }
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text.back() == '.' ? text : text + ".";
}

std::string options_table(const Json& options) {
  std::string text = "| option | type | default | allowed | hot | |\n|---|---|---|---|---|---|\n";
  for (const Json& option : options) {
    text +=
        fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", shown_at(option, "name"), shown_at(option, "type"),
                    escaped(default_text(option)), escaped(allowed_text(option)),
                    option.value("hot", false) ? "yes" : "", escaped(shown_at(option, "help")));
  }
  return text;
}

std::string state_sentence(const Json& state) {
  if (state.value("writes", 0) == 0) {
    return "It has no state to hand over: its successor starts afresh.";
  }
  return fmt::format("State: it hands over version {} and takes over {}.", shown_at(state, "writes"),
                     fmt::join(state.value("reads", std::vector<int>()), ", "));
}

/// Texts in quotes: they may look like something else.
std::string yaml_value(const Json& option) {
  const Json& value = option.at("default");
  return value.is_string() || value.is_array() ? value.dump()
                                               : option_value_text(shown_at(option, "type"), value);
}

std::string option_lines(const Json& options, std::string_view indent) {
  if (options.empty()) {
    return {};
  }
  std::string text = fmt::format("{}options:\n", indent);
  for (const Json& option : options) {
    const bool is_given = option.contains("default");
    text += fmt::format("{}  {}{}: {}\n", indent,
                        is_given                          ? ""
                        : option.value("required", false) ? ""
                                                          : "# ",
                        shown_at(option, "name"), is_given ? yaml_value(option) : "...");
  }
  return text;
}

std::string config_piece(const Json& offer) {
  const std::string type = shown_at(offer, "name");
  if (shown_at(offer, "kind") == "server") {
    return fmt::format("servers:\n  NAME:\n    type: {}\n{}", type,
                       option_lines(offer.at("options"), "    "));
  }
  return fmt::format("managers:\n  NAME:\n    handlers:\n      - type: {}\n{}", type,
                     option_lines(offer.at("options"), "        "));
}

std::string offer_section(const Json& offer) {
  std::string text = fmt::format("\n## {} {}\n\n",
                                 sentence(shown_at(offer, "kind")).substr(0, shown_at(offer, "kind").size()),
                                 shown_at(offer, "name"));
  if (const std::string help = shown_at(offer, "help"); !help.empty()) {
    text += sentence(escaped(help)) + "\n\n";
  }
  if (!offer.at("options").empty()) {
    text += options_table(offer.at("options")) + "\n";
  }
  text += state_sentence(offer.at("state")) + "\n\n";
  return text + "```yaml\n" + config_piece(offer) + "```\n";
}

}  // namespace

std::string plugin_reference(const std::string& document) {
  const Json plugins = Json::parse(document).at("plugins");
  std::string text;
  for (const Json& file : plugins) {
    text += fmt::format("{}# {} {}\n", text.empty() ? "" : "\n", shown_at(file, "name"),
                        shown_at(file, "version"));
    if (file.contains("refused")) {
      text += fmt::format("\nIt is refused ({}): {}\n", shown_at(file["refused"], "reason"),
                          escaped(shown_at(file["refused"], "text")));
    }
    for (const Json& offer : file.value("provides", Json::array())) {
      text += offer_section(offer);
    }
  }
  return text.substr(0, text.size() - 1);
}

}  // namespace baton
