// SPDX-License-Identifier: Apache-2.0
#include "host/app/command_line.hpp"

#include "host/app/crash_verb.hpp"
#include "host/app/global_options.hpp"
#include "host/app/new_verb.hpp"
#include "host/app/plugin_verbs.hpp"
#include "host/app/record_verb.hpp"
#include "host/app/sys_verb.hpp"
#include "host/app/try_verb.hpp"
#include "host/app/verb_tree.hpp"
#include "host/base/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <memory>

namespace baton {
namespace {

/// Reads one command line with the tree of verbs. Built anew for each: CLI11 keeps what it parsed.
class CommandTree final : VerbTree {
 public:
  explicit CommandTree(bool is_console) : VerbTree(is_console) {}

  [[nodiscard]] std::variant<Invocation, CommandLineReply> parse(const std::vector<std::string>& words) {
    if (words.empty()) {
      return CommandLineReply{ExitCode::usage, app_.help()};
    }
    if (const auto unknown = unknown_verb(words)) {
      return CommandLineReply{ExitCode::usage, *unknown};
    }
    std::vector<std::string> reversed(words.rbegin(), words.rend());  // CLI11's own order
    try {
      if (!is_console_ && words.front() == "__complete") {
        return completion(words);
      }
      app_.parse(std::move(reversed));
    } catch (const CLI::CallForHelp&) {
      return CommandLineReply{ExitCode::done, help()};
    } catch (const CLI::ParseError& error) {
      return CommandLineReply{ExitCode::usage, usage_error(error)};
    }
    const auto chosen = app_.get_subcommands();
    if (chosen.empty()) {
      return CommandLineReply{ExitCode::usage, app_.help()};
    }
    invocation_.verb = chosen.front()->get_name();
    return finish();
  }

  /// The words that are to be completed are no command line yet: they are not parsed.
  [[nodiscard]] Invocation completion(const std::vector<std::string>& words) {
    invocation_.verb = words.front();
    invocation_.words.assign(words.begin() + 1, words.end());
    return invocation_;
  }

  [[nodiscard]] std::vector<VerbSummary> summaries() {
    std::vector<VerbSummary> summaries;
    for (const CLI::App* verb : app_.get_subcommands([](const CLI::App*) { return true; })) {
      if (verb->get_group().empty()) {
        continue;  // hidden
      }
      summaries.push_back({verb->get_name(), verb->get_description(), option_names(*verb)});
    }
    return summaries;
  }

  [[nodiscard]] VerbDescription program_description() const { return described(app_); }

  [[nodiscard]] std::vector<VerbDescription> descriptions() const {
    std::vector<VerbDescription> descriptions;
    for (const CLI::App* verb : app_.get_subcommands([](const CLI::App*) { return true; })) {
      if (!verb->get_group().empty()) {
        descriptions.push_back(described(*verb));
      }
    }
    return descriptions;
  }

 private:
  // ---- What there is ----

  static VerbDescription described(const CLI::App& verb) {
    VerbDescription description{verb.get_name(), verb.get_description(), {}, {}};
    for (const CLI::Option* option : verb.get_options()) {
      auto& list = option->get_positional() ? description.arguments : description.options;
      list.push_back(described(*option));
    }
    const std::string footer = verb.get_footer();
    description.examples =
        footer.substr(std::min(footer.find('\n') + 1, footer.size()));  // behind "Example:"
    return description;
  }

  static VerbOption described(const CLI::Option& option) {
    VerbOption description;
    for (const std::string& name : option.get_snames()) {
      description.names.push_back("-" + name);
    }
    for (const std::string& name : option.get_lnames()) {
      description.names.push_back("--" + name);
    }
    if (option.get_positional()) {
      description.names = {option.get_name(true)};
    }
    description.value = option.get_type_size() == 0 ? "" : option.get_type_name();
    description.help = option.get_description();
    description.is_required = option.get_required();
    description.is_list = option.get_expected_max() > 1;
    return description;
  }

  // ---- What was said ----

  std::variant<Invocation, CommandLineReply> finish() {
    if (auto unclear = read_global_options(format_, timeout_, invocation_)) {
      return CommandLineReply{ExitCode::usage, std::move(*unclear)};
    }
    if (auto wrong = host_usage_error()) {
      return CommandLineReply{ExitCode::usage, std::move(*wrong)};
    }
    if (invocation_.verb == "bench" && invocation_.type.empty()) {
      invocation_.type = "bench";
    }
    if (data_option_is_set()) {
      invocation_.data = data_;
    }
    if (const auto wrong = own_usage_error()) {
      return CommandLineReply{ExitCode::usage, fmt::format("{0}{1}: {2}\n`{0}{1} --help` says more\n",
                                                           program(), invocation_.verb, *wrong)};
    }
    const CLI::App* verb = app_.get_subcommand(invocation_.verb);
    invocation_.words = verb->remaining();
    return invocation_;
  }

  /// Which host is meant must be clear: the verb may end it.
  [[nodiscard]] std::optional<std::string> host_usage_error() const {
    if (!invocation_.socket.empty() && !invocation_.host_name.empty()) {
      return fmt::format("baton {}: --socket and --host both say which host is meant; give one of them\n",
                         invocation_.verb);
    }
    if (invocation_.verb == "run" && !invocation_.host_name.empty()) {
      return std::string(
          "baton run: --host is for talking to a host; this one's name is its config's `host.name`\n");
    }
    return std::nullopt;
  }

  /// Of the verbs that have actions.
  [[nodiscard]] std::optional<std::string> own_usage_error() const {
    if (invocation_.verb == "sys") {
      return sys_usage_error(invocation_);
    }
    if (invocation_.verb == "record") {
      return record_usage_error(invocation_);
    }
    if (invocation_.verb == "new") {
      return new_verb_usage_error(invocation_);
    }
    if (invocation_.verb == "try") {
      return try_usage_error(invocation_);
    }
    return invocation_.verb == "crash" ? crash_usage_error(invocation_)
                                       : plugin_verb_usage_error(invocation_);
  }

  [[nodiscard]] bool data_option_is_set() const {
    for (const CLI::Option* option : app_.get_subcommand(invocation_.verb)->get_options()) {
      if (option->get_name() == "DATA" && option->count() > 0) {
        return true;
      }
    }
    return false;
  }

  // ---- What is wrong ----

  [[nodiscard]] std::vector<std::string> verb_names() const {
    std::vector<std::string> names;
    for (const CLI::App* verb : app_.get_subcommands([](const CLI::App*) { return true; })) {
      if (!verb->get_group().empty()) {
        names.push_back(verb->get_name());
      }
    }
    return names;
  }

  [[nodiscard]] static std::vector<std::string> option_names(const CLI::App& verb) {
    std::vector<std::string> names;
    for (const CLI::Option* option : verb.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        names.push_back("--" + name);
      }
    }
    return names;
  }

  [[nodiscard]] std::optional<std::string> unknown_verb(const std::vector<std::string>& words) const {
    const auto first =
        std::find_if(words.begin(), words.end(), [](const auto& word) { return word[0] != '-'; });
    // An option with a value of its own may come first; CLI11 then judges.
    if (first == words.end() || first != words.begin()) {
      return std::nullopt;
    }
    const std::vector<std::string> names = verb_names();
    if (first->starts_with("__") || std::find(names.begin(), names.end(), *first) != names.end()) {
      return std::nullopt;
    }
    const auto near = closest(*first, names);
    return fmt::format("baton: `{}` is no command{}\ncommands: {}\n", *first,
                       near ? fmt::format("; did you mean `{}`?", *near) : "", fmt::join(names, ", "));
  }

  [[nodiscard]] std::string usage_error(const CLI::ParseError& error) const {
    const auto chosen = app_.get_subcommands();
    const std::string verb = chosen.empty() ? "" : chosen.front()->get_name();
    std::string text = fmt::format("baton {}: {}\n", verb, error.what());
    if (!chosen.empty()) {
      for (const std::string& word : chosen.front()->remaining()) {
        if (const auto near = closest(word, option_names(*chosen.front()))) {
          text += fmt::format("did you mean `{}`?\n", *near);
        }
      }
    }
    return text + fmt::format("`baton {}{}--help` says more\n", verb, verb.empty() ? "" : " ");
  }

  [[nodiscard]] std::string help() const {
    const auto chosen = app_.get_subcommands();
    return chosen.empty() ? app_.help() : chosen.front()->help();
  }
};

}  // namespace

std::variant<Invocation, CommandLineReply> parse_command_line(const std::vector<std::string>& words,
                                                              bool is_console) {
  return CommandTree(is_console).parse(words);
}

std::vector<VerbSummary> verb_summaries(bool is_console) {
  return CommandTree(is_console).summaries();
}

VerbDescription describe_program() {
  return CommandTree(false).program_description();
}

std::vector<VerbDescription> describe_verbs() {
  return CommandTree(false).descriptions();
}

}  // namespace baton
