// SPDX-License-Identifier: Apache-2.0
#include "host/config/yaml_editor.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace baton {
namespace {

Error unclear(const Place& place) {
  return {
      Errc::not_supported,
      fmt::format("line {} is written in a way that cannot be changed without rewriting more", place.line)};
}

/// Behind the quote that ends what begins with one at `at`.
std::size_t behind_quotes(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      if (quote == '\'' && at + 1 < text.size() && text[at + 1] == quote) {
        ++at;
        continue;
      }
      return at + 1;
    }
  }
  return text.size();
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// A comment begins with a `#` that has a blank or nothing in front.
bool is_comment(std::string_view text, std::size_t at) {
  return text[at] == '#' && (at == 0 || is_blank(text[at - 1]) || text[at - 1] == '\n');
}

/// Behind the bracket that closes the one at `at`; nothing when none does.
std::optional<std::size_t> behind_brackets(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"' || c == '\'') {
      at = behind_quotes(text, at);
      continue;
    }
    if (is_comment(text, at)) {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return at + 1;
    }
    ++at;
  }
  return std::nullopt;
}

}  // namespace

std::size_t YamlEditor::offset_of(const Place& place) const {
  const std::string_view line = source_.line(place.line);
  const auto begin = static_cast<std::size_t>(line.data() - text().data());
  std::size_t offset = 0;
  for (std::size_t column = 1; column < place.column && offset < line.size(); ++column) {
    offset += first_character(line.substr(offset)).size;
  }
  return begin + offset;
}

std::size_t YamlEditor::line_begin(std::size_t offset) const {
  const std::size_t newline = offset == 0 ? std::string_view::npos : text().rfind('\n', offset - 1);
  return newline == std::string_view::npos ? 0 : newline + 1;
}

std::size_t YamlEditor::line_end(std::size_t offset) const {
  return std::min(text().find('\n', offset), text().size());
}

bool YamlEditor::is_flow(const YamlNode& node) const {
  const std::size_t at = offset_of(node.place);
  return at < text().size() && (text()[at] == '{' || text()[at] == '[');
}

std::size_t YamlEditor::begin_of(const YamlNode& entry) const {
  return offset_of(entry.key.empty() ? entry.place : entry.key_place);
}

std::optional<std::size_t> YamlEditor::end_of(const YamlNode& node, bool is_in_flow) const {
  switch (node.kind) {
    case YamlNode::Kind::scalar:
      return end_of_scalar(node, is_in_flow);
    case YamlNode::Kind::list:
    case YamlNode::Kind::map:
      if (is_flow(node)) {
        return behind_brackets(text(), offset_of(node.place));
      }
      return node.entries.empty() ? std::nullopt : end_of(node.entries.back(), false);
    case YamlNode::Kind::null:
    case YamlNode::Kind::refused:
      break;
  }
  return std::nullopt;
}

std::optional<std::size_t> YamlEditor::end_of_scalar(const YamlNode& node, bool is_in_flow) const {
  const std::size_t begin = offset_of(node.place);
  if (begin >= text().size() || text()[begin] == '|' || text()[begin] == '>') {
    return std::nullopt;
  }
  if (text()[begin] == '"' || text()[begin] == '\'') {
    return behind_quotes(text(), begin);
  }
  std::size_t end = begin;
  const std::size_t limit = line_end(begin);
  while (end < limit && !is_comment(text(), end) &&
         !(is_in_flow && std::string_view(",{}[]").find(text()[end]) != std::string_view::npos)) {
    ++end;
  }
  while (end > begin && (is_blank(text()[end - 1]) || text()[end - 1] == '\r')) {
    --end;
  }
  // A plain scalar over several lines has more in it than its first line.
  return text().substr(begin, end - begin) == node.text ? std::optional(end) : std::nullopt;
}

Result<void> YamlEditor::remove(const YamlNode& parent, std::size_t entry) {
  const YamlNode& node = parent.entries.at(entry);
  const bool in_flow = is_flow(parent);
  std::size_t begin = begin_of(node);
  const auto found = end_of(node, in_flow);
  if (!found) {
    return fail(unclear(node.place));
  }
  std::size_t end = *found;
  if (in_flow) {
    const std::size_t comma = text().find_first_not_of(" \t\n", end);
    if (comma != std::string_view::npos && text()[comma] == ',') {
      end = std::min(text().find_first_not_of(' ', comma + 1), text().size());
    } else if (entry > 0) {
      begin = text().rfind(',', begin);
    }
    note(begin, end, "");
    return {};
  }
  const std::size_t first = line_begin(begin);
  std::string_view in_front = text().substr(first, begin - first);
  if (parent.kind == YamlNode::Kind::list) {
    const std::size_t dash = in_front.find('-');
    if (dash == std::string_view::npos) {
      return fail(unclear(node.place));
    }
    in_front = in_front.substr(0, dash);
  }
  if (parent.entries.size() == 1 || in_front.find_first_not_of(" \t") != std::string_view::npos) {
    return fail(unclear(node.place));
  }
  note(first, std::min(line_end(end) + 1, text().size()), "");
  return {};
}

Result<void> YamlEditor::append(const YamlNode& parent, std::string_view entry) {
  if (is_flow(parent)) {
    const auto end = behind_brackets(text(), offset_of(parent.place));
    if (!end) {
      return fail(unclear(parent.place));
    }
    const std::size_t last = text().find_last_not_of(" \t\n", *end - 2);
    const bool is_first =
        parent.entries.empty() && std::ranges::find(edits_, last + 1, &Edit::begin) == edits_.end();
    const bool needs_comma = !is_first && text()[last] != ',';
    note(last + 1, last + 1, (needs_comma ? ", " : "") + std::string(entry));
    return {};
  }
  if (parent.entries.empty()) {
    return fail(unclear(parent.place));
  }
  const YamlNode& last = parent.entries.back();
  const auto end = end_of(last, false);
  const std::size_t begin = begin_of(last);
  const std::size_t first = line_begin(begin);
  std::string lead(text().substr(first, begin - first));
  if (!end || lead.find_first_not_of(" \t-") != std::string::npos ||
      std::count(lead.begin(), lead.end(), '-') > 1) {
    return fail(unclear(last.place));
  }
  if (parent.kind == YamlNode::Kind::map) {  // whose first key may stand behind the dash of a list
    std::replace(lead.begin(), lead.end(), '-', ' ');
  }
  const std::size_t line = line_end(*end);
  const std::string added = lead + std::string(entry);
  if (line < text().size()) {
    note(line + 1, line + 1, added + "\n");
  } else {
    note(line, line, "\n" + added);
  }
  return {};
}

Result<void> YamlEditor::replace(const YamlNode& parent, std::size_t entry, std::string_view value) {
  const YamlNode& node = parent.entries.at(entry);
  const auto end = end_of(node, is_flow(parent));
  if (!end) {
    return fail(unclear(node.place));
  }
  if (parent.kind != YamlNode::Kind::map) {
    note(offset_of(node.place), *end, std::string(value));
    return {};
  }
  const std::size_t colon = text().find(':', begin_of(node));
  note(colon + 1, *end, " " + std::string(value));
  return {};
}

void YamlEditor::append_lines(std::string_view lines) {
  const bool has_newline = text().empty() || text().back() == '\n';
  note(text().size(), text().size(), (has_newline ? "" : "\n") + std::string(lines) + "\n");
}

void YamlEditor::note(std::size_t begin, std::size_t end, std::string replacement) {
  edits_.push_back({begin, end, std::move(replacement)});
}

std::string YamlEditor::result() const {
  std::vector<Edit> edits = edits_;
  std::stable_sort(edits.begin(), edits.end(),
                   [](const Edit& left, const Edit& right) { return left.begin < right.begin; });
  std::string changed;
  std::size_t copied = 0;
  for (const Edit& edit : edits) {
    if (edit.begin > copied) {
      changed += text().substr(copied, edit.begin - copied);
    }
    changed += edit.text;
    copied = std::max(copied, edit.end);
  }
  return changed + std::string(text().substr(std::min(copied, text().size())));
}

}  // namespace baton
