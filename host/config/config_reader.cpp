// SPDX-License-Identifier: Apache-2.0
#include "host/config/config_reader.hpp"

#include "host/config/config_sections.hpp"
#include "host/config/source_text.hpp"
#include "host/config/value_reader.hpp"
#include "host/config/yaml_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <tuple>
#include <utility>

namespace baton {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::size_t diagnostics_max = 100;

void append(std::vector<Diagnostic>& to, std::vector<Diagnostic> from) {
  std::ranges::move(from, std::back_inserter(to));
}

void sort_by_place(std::vector<Diagnostic>& diagnostics) {
  std::ranges::stable_sort(diagnostics, {}, [](const Diagnostic& diagnostic) {
    return std::tuple(diagnostic.place.line, diagnostic.place.column);
  });
}

/// More mistakes than anybody reads are one mistake: the wrong file, or one that a program wrote.
void keep_first(std::vector<Diagnostic>& diagnostics) {
  const std::size_t count = diagnostics.size();
  if (count <= diagnostics_max) {
    return;
  }
  const auto severity = has_errors(diagnostics) ? Diagnostic::Severity::error : Diagnostic::Severity::warning;
  diagnostics.resize(diagnostics_max);
  diagnostics.insert(diagnostics.begin(),
                     {severity,
                      {},
                      fmt::format("there are {} mistakes; the first {} follow", count, diagnostics_max),
                      "is it the right file?"});
}

/// No error in the section `plugins`, and no key that may be meant to be it.
bool is_sure_of_plugins(const YamlNode& root, const std::vector<Diagnostic>& diagnostics) {
  std::vector<Place> ends;  // of sections: where the next one begins
  std::optional<Place> plugins;
  for (const YamlNode& section : root.entries) {
    ends.push_back(section.key_place);
    if (section.key == "plugins") {
      plugins = section.key_place;
    }
  }
  const auto is_in_plugins = [&](const Diagnostic& diagnostic) {
    const std::tuple at(diagnostic.place.line, diagnostic.place.column);
    return at >= std::tuple(plugins->line, plugins->column) &&
           std::ranges::none_of(ends, [&](const Place& end) {
             const std::tuple begins(end.line, end.column);
             return begins > std::tuple(plugins->line, plugins->column) && begins <= at;
           });
  };
  const auto is_a_key = [&](const Diagnostic& diagnostic) {
    return std::ranges::any_of(ends, [&](const Place& key) {
      return key.line == diagnostic.place.line && key.column == diagnostic.place.column;
    });
  };
  return root.kind == YamlNode::Kind::map &&
         std::ranges::none_of(diagnostics, [&](const Diagnostic& diagnostic) {
           return diagnostic.severity == Diagnostic::Severity::error &&
                  (plugins ? is_in_plugins(diagnostic) : is_a_key(diagnostic));
         });
}

std::vector<Diagnostic> read_text(std::string_view text, HostConfig& config, bool& knows_plugins) {
  const SourceText source(text);
  std::vector<Diagnostic> diagnostics = check_characters(source);
  if (!diagnostics.empty()) {
    return diagnostics;
  }
  YamlTree tree = parse_yaml(source);
  ValueReader values(config.file.parent_path());
  read_host_config(values, tree.root, config);
  diagnostics = std::move(tree.diagnostics);
  append(diagnostics, values.take_diagnostics());
  sort_by_place(diagnostics);
  knows_plugins = is_sure_of_plugins(tree.root, diagnostics);
  return diagnostics;
}

std::filesystem::path absolute_path(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  return error ? path : absolute.lexically_normal();
}

ReadConfig unreadable(const std::filesystem::path& path, std::string message, std::string help) {
  ReadConfig result;
  result.config.file = absolute_path(path);
  result.diagnostics.push_back({Diagnostic::Severity::error, {}, std::move(message), std::move(help)});
  return result;
}

}  // namespace

ReadConfig parse_config(std::string_view text, const std::filesystem::path& path) {
  if (text.starts_with(byte_order_mark)) {
    text.remove_prefix(byte_order_mark.size());
  }
  ReadConfig result;
  result.source = text;
  result.config.file = absolute_path(path);
  result.diagnostics = read_text(result.source, result.config, result.knows_plugins);
  keep_first(result.diagnostics);
  return result;
}

ReadConfig read_config(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return unreadable(path, "this is a directory, expected a file", "name the YAML file inside it");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const std::string reason = std::generic_category().message(errno);
    return unreadable(path, fmt::format("the file cannot be opened: {}", reason), "");
  }
  // One byte over the limit is enough to see that it is over, whatever the file is (say, /dev/zero).
  std::string text(config_size_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) {
    return unreadable(path, "the file cannot be read to its end", "");
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return parse_config(text, path);
}

}  // namespace baton
