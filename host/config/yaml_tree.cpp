// SPDX-License-Identifier: Apache-2.0
#include "host/config/yaml_tree.hpp"

#include "host/config/yaml_syntax.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

namespace baton {
namespace {

/// Ends a parse from inside an event. Never leaves this file.
struct ParseStopped {};

/// Builds the tree from yaml-cpp's events, not from its nodes: those share aliases, know no end of cycles
/// and have lost the places that matter.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const SourceText& source) : source_(source) {}

  /// What has been built. Unfinished when the parse was stopped.
  YamlTree take() { return std::move(tree_); }

  void report(Place place, std::string message, std::string help) {
    tree_.diagnostics.push_back({Diagnostic::Severity::error, place, std::move(message), std::move(help)});
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (!seen_document_) {
      seen_document_ = true;
      return;
    }
    const Place place = place_of(mark);
    if (source_.line(place.line).starts_with("---")) {
      stop(place, "a second document starts here, expected one", "remove this `---` and what follows it");
    }
    if (is_behind_end(place.line)) {
      stop(place, "a second document starts here, expected one",
           "remove this and what follows it, or the `...` before it");
    }
    stop(place, "this does not continue what stands before it", "is it indented like its neighbours?");
  }

  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node = node_at(mark, YamlNode::Kind::null);
    if (refuse_anchor(node.place, anchor)) {
      node.kind = YamlNode::Kind::refused;
    }
    add(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    YamlNode node = node_at(mark, YamlNode::Kind::refused);
    report(node.place, "an alias (`*`), which is not supported here", "write out what it stands for");
    add(std::move(node));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = node_at(mark, YamlNode::Kind::scalar);
    node.text = value;
    node.is_quoted = tag == "!";
    check_node(node, tag, anchor);
    if (node.kind == YamlNode::Kind::scalar) {
      measure_scalar(node, offset_of(mark));
    }
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, YamlNode::Kind::list, tag, anchor);
  }

  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, YamlNode::Kind::map, tag, anchor);
  }

  void OnMapEnd() override { close(); }

 private:
  /// A list or map whose end has not come yet.
  struct Open {
    YamlNode node;
    std::map<std::string, Place, std::less<>> keys;
    std::optional<YamlNode> key;  // of a map, while its value is awaited
  };

  /// yaml-cpp counts positions, and columns, in bytes from 0.
  static std::size_t offset_of(const YAML::Mark& mark) {
    return mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos);
  }

  Place place_of(const YAML::Mark& mark) const { return source_.place_of(offset_of(mark)); }

  [[noreturn]] void stop(Place place, std::string message, std::string help) {
    report(place, std::move(message), std::move(help));
    throw ParseStopped();
  }

  YamlNode node_at(const YAML::Mark& mark, YamlNode::Kind kind) {
    YamlNode node;
    node.kind = kind;
    node.place = place_of(mark);
    if (++node_count_ > yaml_nodes_max) {
      stop(node.place, fmt::format("more than {} values in one file", yaml_nodes_max),
           "is it the right file?");
    }
    return node;
  }

  /// A `...`, which ends a document, is the last thing above that line that is not blank.
  [[nodiscard]] bool is_behind_end(std::size_t line) const {
    while (line > 1 && source_.line(line - 1).find_first_not_of(' ') == std::string_view::npos) {
      --line;
    }
    return line > 1 && source_.line(line - 1).starts_with("...");
  }

  bool refuse_anchor(Place place, YAML::anchor_t anchor) {
    if (anchor == 0) {
      return false;
    }
    report(place, "an anchor (`&`), which is not supported here", "remove it");
    return true;
  }

  void check_node(YamlNode& node, const std::string& tag, YAML::anchor_t anchor) {
    bool is_refused = refuse_anchor(node.place, anchor);
    if (tag != "?" && tag != "!" && !tag.empty()) {
      report(node.place, "a tag (`!`), which is not supported here",
             "remove it: the type is known from the key");
      is_refused = true;
    }
    if (is_refused) {
      node.kind = YamlNode::Kind::refused;
    }
  }

  /// Finds the end of a scalar that starts at `offset`, which yaml-cpp does not tell.
  void measure_scalar(YamlNode& node, std::size_t offset) {
    const std::string_view rest = source_.text().substr(offset);
    if (!node.is_quoted) {
      node.place.length = plain_length(rest, node.text);
    } else if (rest.starts_with('"') || rest.starts_with('\'')) {
      const std::optional<std::size_t> length = quoted_length(rest);
      if (!length) {
        const Diagnostic problem = unclosed_quote(node.place);
        stop(problem.place, problem.message, problem.help);
      }
      node.place.length = *length;
    }
  }

  void open(const YAML::Mark& mark, YamlNode::Kind kind, const std::string& tag, YAML::anchor_t anchor) {
    Open opened{node_at(mark, kind), {}, std::nullopt};
    check_node(opened.node, tag, anchor);
    opened.node.kind = kind;  // what is inside can be read all the same
    if (open_.size() >= yaml_depth_max) {
      stop(opened.node.place, fmt::format("nested deeper than {} levels", yaml_depth_max),
           "is it the right file?");
    }
    open_.push_back(std::move(opened));
  }

  void close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
  }

  void add(YamlNode node) {
    if (open_.empty()) {
      tree_.root = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::list) {
      parent.node.entries.push_back(std::move(node));
    } else if (!parent.key) {
      check_key(parent, node);
      parent.key = std::move(node);
    } else {
      add_value(parent, std::move(node));
    }
  }

  static void add_value(Open& map, YamlNode node) {
    const YamlNode key = *std::exchange(map.key, std::nullopt);
    if (key.kind != YamlNode::Kind::scalar) {
      return;
    }
    node.key = key.text;
    node.key_place = key.place;
    if (node.kind == YamlNode::Kind::null) {
      node.place = key.place;  // yaml-cpp's is that of whatever comes next
    }
    map.node.entries.push_back(std::move(node));
  }

  void check_key(Open& map, YamlNode& key) {
    if (key.kind == YamlNode::Kind::refused) {
      return;
    }
    if (key.kind == YamlNode::Kind::null) {
      report(key.place, "nothing stands where a key is expected",
             "write `key: value`; `null` and `~` mean nothing in YAML, as a name they need quotes");
      key.kind = YamlNode::Kind::refused;
    } else if (key.kind != YamlNode::Kind::scalar) {
      report(key.place, fmt::format("found {}, expected a key", describe(key)), "write `key: value`");
      key.kind = YamlNode::Kind::refused;
    } else if (key.text == "<<" && !key.is_quoted) {
      report(key.place, "a merge key (`<<`), which is not supported here",
             "write out the keys that it would bring in");
      key.kind = YamlNode::Kind::refused;
    } else if (const auto [first, is_new] = map.keys.emplace(key.text, key.place); !is_new) {
      report(key.place,
             fmt::format("the key {} is there twice, first at {}:{}", in_backticks(key.text),
                         first->second.line, first->second.column),
             "remove one of the two");
    }
  }

  const SourceText& source_;
  YamlTree tree_;
  std::vector<Open> open_;
  std::size_t node_count_ = 0;
  bool seen_document_ = false;
};

/// Feeds every document to `builder`, which refuses the second. False: the text could not be read to its
/// end, and the reason has been reported.
bool parse_documents(const SourceText& source, TreeBuilder& builder) {
  std::istringstream input{std::string(source.text())};
  // The only place that yaml-cpp's exceptions reach.
  try {
    YAML::Parser parser(input);
    while (parser.HandleNextDocument(builder)) {
    }
    return true;
  } catch (const ParseStopped&) {
    return false;
  } catch (const YAML::Exception& exception) {
    const std::size_t offset = exception.mark.pos < 0 ? 0 : static_cast<std::size_t>(exception.mark.pos);
    const Diagnostic problem = explain_syntax_error(source, source.place_of(offset), exception.msg);
    builder.report(problem.place, problem.message, problem.help);
    return false;
  }
}

}  // namespace

YamlTree parse_yaml(const SourceText& source) {
  TreeBuilder builder(source);
  const bool is_complete = parse_documents(source, builder);
  YamlTree tree = builder.take();
  if (!is_complete) {
    tree.root = YamlNode();
    tree.root.kind = YamlNode::Kind::refused;
  }
  return tree;
}

std::string describe(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::scalar:
      return in_backticks(node.text);
    case YamlNode::Kind::list:
      return "a list";
    case YamlNode::Kind::map:
      return "a map of keys";
    case YamlNode::Kind::refused:
      break;
  }
  return "something else";
}

}  // namespace baton
