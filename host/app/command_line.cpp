// SPDX-License-Identifier: Apache-2.0
#include "host/app/command_line.hpp"

#include "host/app/crash_verb.hpp"
#include "host/app/global_options.hpp"
#include "host/app/new_verb.hpp"
#include "host/app/plugin_verbs.hpp"
#include "host/app/record_verb.hpp"
#include "host/app/requests.hpp"
#include "host/app/sys_verb.hpp"
#include "host/app/try_verb.hpp"
#include "host/app/verb_tree.hpp"
#include "host/app/verb_words.hpp"
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
    auto parsed = read(words);
    if (auto* reply = std::get_if<CommandLineReply>(&parsed)) {
      reply->format = format_asked_for(words);
    }
    return parsed;
  }

  [[nodiscard]] std::vector<VerbSummary> summaries() {
    std::vector<VerbSummary> summaries;
    for (const CLI::App* verb : app_.get_subcommands([](const CLI::App*) { return true; })) {
      if (verb->get_group().empty()) {
        continue;  // hidden
      }
      summaries.push_back(
          {verb->get_name(), verb->get_description(), option_names(*verb), value_options(*verb)});
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

  // ---- Parsing ----

  [[nodiscard]] std::variant<Invocation, CommandLineReply> read(const std::vector<std::string>& words) {
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
      const auto chosen = app_.get_subcommands();
      return help_of(chosen.empty() ? &app_ : chosen.front());
    } catch (const CLI::CallForVersion&) {
      invocation_.verb = "version";
      return finish();
    } catch (const CLI::ParseError& error) {
      return CommandLineReply{ExitCode::usage, usage_error(error)};
    }
    const auto chosen = app_.get_subcommands();
    if (chosen.empty()) {
      return CommandLineReply{ExitCode::usage, app_.help()};
    }
    invocation_.verb = chosen.front()->get_name();
    return invocation_.verb == "help" && (!is_console_ || !invocation_.target.empty()) ? help_wanted()
                                                                                       : finish();
  }

  /// The words that are to be completed are no command line yet: they are not parsed.
  [[nodiscard]] Invocation completion(const std::vector<std::string>& words) {
    invocation_.verb = words.front();
    invocation_.words.assign(words.begin() + 1, words.end());
    return invocation_;
  }

  // ---- Help ----

  [[nodiscard]] CommandLineReply help_of(const CLI::App* verb) const {
    const bool is_program = verb == &app_ || is_console_;
    return {ExitCode::done, verb->help(is_program ? "" : "baton")};
  }

  /// What `help` or `help VERB` prints.
  [[nodiscard]] CommandLineReply help_wanted() const {
    if (invocation_.target.empty()) {
      return {ExitCode::done, CommandTree(is_console_).app_.help()};  // of one that has no verb chosen
    }
    const std::vector<std::string> names = verb_names();
    if (std::find(names.begin(), names.end(), invocation_.target) == names.end()) {
      return {ExitCode::usage, unknown_verb_text(invocation_.target, names)};
    }
    return help_of(app_.get_subcommand(invocation_.target));
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
    if (auto wrong = target_usage_error(invocation_)) {
      return wrong;
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

  [[nodiscard]] static std::vector<std::string> value_options(const CLI::App& verb) {
    std::vector<std::string> names;
    for (const VerbOption& option : described(verb).options) {
      if (!option.value.empty()) {
        names.insert(names.end(), option.names.begin(), option.names.end());
      }
    }
    return names;
  }

  [[nodiscard]] std::optional<std::string> unknown_verb(const std::vector<std::string>& words) const {
    const std::size_t at = verb_at(words, described(app_));
    const std::vector<std::string> names = verb_names();
    if (at == words.size() || words[at].starts_with("__") ||
        std::find(names.begin(), names.end(), words[at]) != names.end()) {
      return std::nullopt;
    }
    return unknown_verb_text(words[at], names);
  }

  [[nodiscard]] std::string usage_error(const CLI::ParseError& error) const {
    const auto chosen = app_.get_subcommands();
    const CLI::App& app = chosen.empty() ? app_ : *chosen.front();
    // "baton swap", "swap" at the console.
    const std::string called = chosen.empty() ? "baton" : program() + app.get_name();
    const bool is_before_verb = !app_.remaining().empty();
    const std::vector<std::string> extra = is_before_verb ? app_.remaining() : app.remaining();
    std::string text = fmt::format("{}: {}\n", called, extra.empty() ? error.what() : unexpected(extra));
    for (const std::string& word : extra) {
      const std::string name = word.substr(0, word.find('='));
      const auto near =
          name.starts_with('-') ? closest(name, option_names(is_before_verb ? app_ : app)) : std::nullopt;
      if (near) {
        text += fmt::format("did you mean `{}`?\n", *near);
      }
    }
    if (!data_.empty() && !extra.empty() && !extra.front().starts_with('-')) {
      text += fmt::format("data of several words is quoted: \"{} {}\"\n", data_, fmt::join(extra, " "));
    }
    return text + fmt::format("`{} --help` says more\n", called);
  }

  /// In the order in which they were typed, which CLI11's own text turns round.
  static std::string unexpected(const std::vector<std::string>& words) {
    return fmt::format("`{}` {} not expected", fmt::join(words, " "), words.size() == 1 ? "was" : "were");
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
