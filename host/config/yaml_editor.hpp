// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/config/source_text.hpp"
#include "host/config/yaml_tree.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// Changes of a YAML text that leave every other byte as it is: comments, blank lines, quotes, order. The
/// nodes are those of parse_yaml() for the same text. Changes are noted, and made all at once by result();
/// two of one place are not foreseen. What is written is a line of flow style: "{type: A, id: a}". Threads:
/// one.
class YamlEditor {
 public:
  /// `text` outlives it, and can be read as a tree.
  explicit YamlEditor(std::string_view text) : source_(text) {}

  /// Takes one entry out of a list or map, with the lines that only it has. Errors: not_supported, for a
  /// layout where that is not clear.
  Result<void> remove(const YamlNode& parent, std::size_t entry);

  /// Appends an entry to a list ("{type: A}") or map ("a: 1") that has entries or is written in brackets.
  /// Errors: not_supported.
  Result<void> append(const YamlNode& parent, std::string_view entry);

  /// Writes another value in the place of an entry's. Errors: not_supported.
  Result<void> replace(const YamlNode& parent, std::size_t entry, std::string_view value);

  /// Behind everything else, as lines of its own.
  void append_lines(std::string_view lines);

  [[nodiscard]] std::string result() const;

 private:
  struct Edit {
    std::size_t begin;
    std::size_t end;
    std::string text;
  };

  [[nodiscard]] std::string_view text() const { return source_.text(); }

  [[nodiscard]] std::size_t offset_of(const Place& place) const;
  [[nodiscard]] std::size_t line_begin(std::size_t offset) const;
  [[nodiscard]] std::size_t line_end(std::size_t offset) const;
  /// Whether it is written in brackets.
  [[nodiscard]] bool is_flow(const YamlNode& node) const;
  /// Where its text is over; nothing for a layout that is not understood.
  [[nodiscard]] std::optional<std::size_t> end_of(const YamlNode& node, bool is_in_flow) const;
  [[nodiscard]] std::optional<std::size_t> end_of_scalar(const YamlNode& node, bool is_in_flow) const;
  /// Where the entry begins: its key, or what is behind its dash.
  [[nodiscard]] std::size_t begin_of(const YamlNode& entry) const;
  void note(std::size_t begin, std::size_t end, std::string replacement);

  const SourceText source_;
  std::vector<Edit> edits_;
};

}  // namespace baton
