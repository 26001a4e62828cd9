// SPDX-License-Identifier: Apache-2.0
#include "host/config/config_edit.hpp"

#include "host/config/plan_changes.hpp"
#include "host/config/value_reader.hpp"
#include "host/config/yaml_editor.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace baton {
namespace {

/// Words that need no quotes anywhere, and are neither numbers nor truths.
bool is_plain(std::string_view text) {
  static constexpr std::string_view words[] = {"true", "false", "yes", "no", "on", "off", "null"};
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  const auto is_fine = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '/' || c == '.';
  };
  return !text.empty() && (is_letter(text.front()) || text.front() == '/') &&
         std::all_of(text.begin(), text.end(), is_fine) &&
         std::find(std::begin(words), std::end(words), text) == std::end(words);
}

std::string written(std::string_view text) {
  if (is_plain(text)) {
    return std::string(text);
  }
  std::string quoted = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (code < 0x20 || code == 0x7f) {
      quoted += fmt::format("\\x{:02x}", code);
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string written(const Option& option) {
  switch (option.type) {
    case OptionType::boolean:
      return option.integer != 0 ? "true" : "false";
    case OptionType::integer:
      return std::to_string(option.integer);
    case OptionType::number:
      return fmt::format("{}", option.number);
    case OptionType::duration:
      return fmt::format("{}ms", option.integer);
    case OptionType::size:
      return std::to_string(option.integer);
    case OptionType::list: {
      std::vector<std::string> items;
      std::transform(option.items.begin(), option.items.end(), std::back_inserter(items),
                     [](const std::string& item) { return written(item); });
      return fmt::format("[{}]", fmt::join(items, ", "));
    }
    case OptionType::text:
    case OptionType::path:
      break;
  }
  return written(option.text);
}

Option default_of(const OptionSpec& spec) {
  Option empty;
  empty.name = spec.name;
  empty.type = spec.type;
  return spec.default_value.value_or(empty);
}

/// "{a: 1}": those that are not what they would be without being written.
std::string written_options(const Options& options, const Offer& offer) {
  std::vector<std::string> entries;
  for (const Option& option : options) {
    const auto spec = std::ranges::find(offer.options, option.name, &OptionSpec::name);
    if (spec == offer.options.end() || spec->required || default_of(*spec) != option) {
      entries.push_back(option.name + ": " + written(option));
    }
  }
  return entries.empty() ? "" : fmt::format("{{{}}}", fmt::join(entries, ", "));
}

const YamlNode* member(const YamlNode& map, std::string_view key) {
  const auto found = std::ranges::find(map.entries, key, &YamlNode::key);
  return map.kind != YamlNode::Kind::map || found == map.entries.end() ? nullptr : &*found;
}

std::size_t index_in(const YamlNode& parent, const YamlNode& entry) {
  return static_cast<std::size_t>(&entry - parent.entries.data());
}

template <class Shape>
const Shape* named(const std::vector<Shape>& shapes, std::string_view name) {
  const auto found = std::find_if(shapes.begin(), shapes.end(),
                                  [&](const Shape& shape) { return shape.process.name == name; });
  return found == shapes.end() ? nullptr : &*found;
}

const HandlerShape* handler_of(const HostShape& host, std::string_view target) {
  const std::size_t slash = target.find('/');
  const ManagerShape* manager = named(host.managers, target.substr(0, slash));
  if (manager == nullptr || slash == std::string_view::npos) {
    return nullptr;
  }
  const auto found = std::ranges::find(manager->handlers, target.substr(slash + 1), &HandlerShape::id);
  return found == manager->handlers.end() ? nullptr : &*found;
}

const InstanceShape* instance_of(const HostShape& host, std::string_view target) {
  if (const HandlerShape* handler = handler_of(host, target)) {
    return &handler->made_of;
  }
  const ServerShape* server = named(host.servers, target);
  return server == nullptr ? nullptr : &server->made_of;
}

/// Writes one step after the other into the file, the other way round: what it would do to the host is done
/// to the file instead.
class ConfigEditor {
 public:
  ConfigEditor(std::string_view text, const HostShape& running, const OfferedLookup& lookup)
      : tree_(parse_yaml(SourceText(text))), editor_(text), running_(running), lookup_(lookup) {}

  Result<void> write(const PlanStep& step) {
    const bool is_handler = step.kind == ElementKind::handler;
    const bool is_server = step.kind == ElementKind::server;
    if (step.action == PlanAction::add && is_handler) {
      return take_out(handlers_of(step.target), id_of(step.target), step.target);
    }
    if (step.action == PlanAction::remove && is_handler) {
      return write_handler(step.target);
    }
    if (step.action == PlanAction::start && is_server) {
      return take_out(member(tree_.root, "servers"), step.target, step.target);
    }
    if (step.action == PlanAction::remove && is_server) {
      return write_server(step.target);
    }
    if (step.action == PlanAction::reconfigure || step.action == PlanAction::swap) {
      return write_instance(step.target, is_handler);
    }
    return cannot();
  }

  EditedConfig result() { return {editor_.result(), std::move(changes_)}; }

 private:
  static Result<void> cannot() { return fail(Errc::not_supported, ""); }

  static std::string id_of(const std::string& target) { return target.substr(target.find('/') + 1); }

  const YamlNode* handlers_of(const std::string& target) const {
    const YamlNode* managers = member(tree_.root, "managers");
    const YamlNode* manager =
        managers == nullptr ? nullptr : member(*managers, target.substr(0, target.find('/')));
    return manager == nullptr ? nullptr : member(*manager, "handlers");
  }

  /// The entry of a list of handlers, or of a map of processes, that is called so.
  static const YamlNode* entry_of(const YamlNode& parent, std::string_view name) {
    const auto found = std::find_if(parent.entries.begin(), parent.entries.end(), [&](const YamlNode& entry) {
      if (parent.kind == YamlNode::Kind::map) {
        return entry.key == name;
      }
      const YamlNode* id = member(entry, "id");
      const YamlNode* type = member(entry, "type");
      const YamlNode* called = id != nullptr ? id : type != nullptr ? type : &entry;
      return called->text == name;
    });
    return found == parent.entries.end() ? nullptr : &*found;
  }

  Result<void> take_out(const YamlNode* parent, const std::string& name, const std::string& target) {
    const YamlNode* entry = parent == nullptr ? nullptr : entry_of(*parent, name);
    if (entry == nullptr) {
      return cannot();
    }
    changes_.push_back("- " + target);
    return editor_.remove(*parent, index_in(*parent, *entry));
  }

  /// "type: T, options: {…}".
  Result<std::string> description_of(const InstanceShape& instance, OfferKind kind) const {
    auto options = options_of(instance, kind);
    return options ? "type: " + written(instance.type) + (options->empty() ? "" : ", options: " + *options)
                   : options;
  }

  Result<std::string> options_of(const InstanceShape& instance, OfferKind kind) const {
    const auto offered = lookup_(kind, instance.type, {});
    return offered ? Result<std::string>(written_options(instance.options, offered->offer))
                   : fail(offered.error());
  }

  Result<void> write_handler(const std::string& target) {
    const HandlerShape* handler = handler_of(running_, target);
    const YamlNode* handlers = handlers_of(target);
    if (handler == nullptr || handlers == nullptr || handlers->kind != YamlNode::Kind::list ||
        !changes_of(HandlerRules(), handler->rules).empty()) {
      return cannot();
    }
    const auto what = description_of(handler->made_of, OfferKind::handler);
    if (!what) {
      return fail(what.error());
    }
    const std::string id = handler->id == handler->made_of.type ? "" : ", id: " + written(handler->id);
    const std::size_t behind_type = what->find(',');
    const std::string entry = fmt::format("{{{}{}{}}}", what->substr(0, behind_type), id,
                                          behind_type == std::string::npos ? "" : what->substr(behind_type));
    changes_.push_back("+ " + target + "  " + entry);
    return editor_.append(*handlers, entry);
  }

  Result<void> write_server(const std::string& name) {
    const ServerShape* server = named(running_.servers, name);
    if (server == nullptr) {
      return cannot();
    }
    const auto what = description_of(server->made_of, OfferKind::server);
    if (!what) {
      return fail(what.error());
    }
    const std::string entry = fmt::format("{}: {{{}}}", written(name), *what);
    changes_.push_back("+ " + entry);
    if (const YamlNode* servers = member(tree_.root, "servers")) {
      return editor_.append(*servers, entry);
    }
    editor_.append_lines("\nservers:\n  " + entry);
    return {};
  }

  Result<void> write_instance(const std::string& target, bool is_handler) {
    const InstanceShape* instance = instance_of(running_, target);
    const YamlNode* parent = is_handler ? handlers_of(target) : member(tree_.root, "servers");
    const YamlNode* entry = parent == nullptr ? nullptr : entry_of(*parent, id_of(target));
    if (instance == nullptr || entry == nullptr) {
      return cannot();
    }
    const auto options = options_of(*instance, is_handler ? OfferKind::handler : OfferKind::server);
    if (!options) {
      return fail(options.error());
    }
    changes_.push_back(
        fmt::format("* {}  {}{}{}", target, instance->type, options->empty() ? "" : "  ", *options));
    return entry->kind == YamlNode::Kind::map
               ? write_members(*entry, *instance, *options, is_handler ? id_of(target) : "")
               : write_whole(*parent, *entry, *instance, *options, id_of(target));
  }

  /// An entry that was only the name of a type.
  Result<void> write_whole(const YamlNode& parent, const YamlNode& entry, const InstanceShape& instance,
                           const std::string& options, const std::string& id) {
    const std::string id_part = id == instance.type ? "" : ", id: " + written(id);
    return editor_.replace(parent, index_in(parent, entry),
                           fmt::format("{{type: {}{}{}{}}}", written(instance.type), id_part,
                                       options.empty() ? "" : ", options: ", options));
  }

  Result<void> write_members(const YamlNode& entry, const InstanceShape& instance, const std::string& options,
                             const std::string& id) {
    const YamlNode* type = member(entry, "type");
    if (type == nullptr) {
      return cannot();
    }
    if (type->text != instance.type) {
      if (auto written_type = editor_.replace(entry, index_in(entry, *type), written(instance.type));
          !written_type) {
        return written_type;
      }
      if (!id.empty() && member(entry, "id") == nullptr) {  // it was called by its type
        if (auto named_now = editor_.append(entry, "id: " + written(id)); !named_now) {
          return named_now;
        }
      }
    }
    const std::string value = options.empty() ? "{}" : options;
    const YamlNode* old = member(entry, "options");
    return old != nullptr ? editor_.replace(entry, index_in(entry, *old), value)
                          : editor_.append(entry, "options: " + value);
  }

  const YamlTree tree_;
  YamlEditor editor_;
  const HostShape& running_;
  const OfferedLookup& lookup_;
  std::vector<std::string> changes_;
};

/// The order of a manager that others are put into first: without them, it may well be in order.
bool is_after_add(const Plan& plan, const PlanStep& step) {
  return step.action == PlanAction::reorder &&
         std::any_of(plan.steps.begin(), plan.steps.end(), [&](const PlanStep& other) {
           return other.action == PlanAction::add && other.target.starts_with(step.target + "/");
         });
}

}  // namespace

bool is_of_version_only(const PlanStep& step, const HostShape& running, const HostShape& wanted) {
  if (step.action != PlanAction::swap) {
    return false;
  }
  const InstanceShape* now = instance_of(running, step.target);
  const InstanceShape* then = instance_of(wanted, step.target);
  return now != nullptr && then != nullptr && now->type == then->type &&
         describe_changes(now->options, then->options).empty();
}

Result<EditedConfig> edited_config(std::string_view text, const Plan& plan, const HostShape& running,
                                   const HostShape& wanted, const OfferedLookup& lookup) {
  ConfigEditor editor(text, running, lookup);
  std::string unwritten;
  for (const PlanStep& step : plan.steps) {
    if (is_of_version_only(step, running, wanted) || is_after_add(plan, step)) {
      continue;
    }
    const auto written_step = editor.write(step);
    if (!written_step && written_step.error().code != Errc::not_supported) {
      return fail(written_step.error());
    }
    if (!written_step) {
      const std::string& why = written_step.error().text;
      unwritten += fmt::format("\n  {} {}: {}{}", plan_action_name(step.action), step.target, step.what,
                               why.empty() ? "" : "; " + why);
    }
  }
  if (!unwritten.empty()) {
    return fail(Errc::not_supported,
                "the file was not changed, for this cannot be written into it without losing what is there; "
                "`baton apply` would do this to the host:" +
                    unwritten);
  }
  return editor.result();
}

}  // namespace baton
