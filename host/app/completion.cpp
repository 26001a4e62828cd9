// SPDX-License-Identifier: Apache-2.0
#include "host/app/completion.hpp"

#include "host/app/command_line.hpp"
#include "host/app/completion_values.hpp"
#include "host/app/crash_verb.hpp"
#include "host/app/new_verb.hpp"
#include "host/app/plugin_verbs.hpp"
#include "host/app/record_verb.hpp"
#include "host/app/session.hpp"
#include "host/app/sys_verb.hpp"
#include "host/app/verb_words.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <span>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;

/// Which kinds of live names may follow a verb, by position.
const std::vector<std::string>& kinds_at(const std::string& verb, std::size_t position) {
  using Kinds = std::vector<std::vector<std::string>>;
  static const std::map<std::string, Kinds> kinds = {
      {"which", {{"managers"}}},
      {"notify", {{"managers"}}},
      {"bench", {{"managers"}}},
      {"record", {{"managers"}}},
      {"sync-notify", {{"managers"}}},
      {"call", {{"handlers", "servers"}}},
      {"cast", {{"servers"}}},
      {"add", {{"managers"}, {"types"}}},
      {"remove", {{"handlers"}}},
      {"swap", {{"handlers", "servers"}, {"types"}}},
      {"upgrade", {{"plugins"}}},
      {"start", {{}, {"types"}}},
      {"stop", {{"managers", "servers"}}},
      {"sys", {{}, {"processes"}}},
      {"plugin", {{}, {"types"}}},
      {"crash", {{}, {"managers", "handlers", "missing"}}},
  };
  static const std::vector<std::string> none;
  const auto verbs = kinds.find(verb);
  return verbs != kinds.end() && position < verbs->second.size() ? verbs->second[position] : none;
}

/// The words behind a verb that are neither options nor their values.
std::vector<std::string> positional_of(std::span<const std::string> before, const VerbSummary& verb) {
  const std::vector<std::string>& with_value = verb.value_options;
  std::vector<std::string> positional;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (std::find(with_value.begin(), with_value.end(), before[i]) != with_value.end()) {
      ++i;
    } else if (!before[i].starts_with("-")) {
      positional.push_back(before[i]);
    }
  }
  return positional;
}

/// `kind`: of types, the only one that is wanted, "handler" or "server"; empty: all.
std::vector<std::string> live_names(const std::vector<std::string>& kinds, const std::string& kind,
                                    Client& client) {
  std::vector<std::string> names;
  if (kinds.empty()) {
    return names;
  }
  const auto body = ask_host(client, {"GET", "/v1/names", {}, {}});
  if (!body) {
    return names;
  }
  const Json document = Json::parse(*body);
  for (const std::string& names_of : kinds) {
    for (const Json& name : document.value(names_of, Json::array())) {
      if (!name.is_object()) {
        names.push_back(name.get<std::string>());
      } else if (kind.empty() || name.value("kind", "") == kind) {
        names.push_back(name.value("name", ""));
      }
    }
  }
  return names;
}

/// What may stand at the place behind these words of a verb.
std::vector<std::string> words_at(const std::string& verb, const std::vector<std::string>& positional,
                                  const std::vector<std::string>& verb_names, Client& client) {
  const std::size_t position = positional.size();
  if (position == 0) {
    if (const auto& actions = plugin_verb_actions(verb); !actions.empty()) {
      return actions;
    }
    if (verb == "help") {
      return verb_names;
    }
    if (verb == "sys" || verb == "new" || verb == "crash") {
      return verb == "sys" ? sys_actions() : verb == "new" ? new_kinds() : crash_actions();
    }
  }
  if (verb == "sys" && position == 2) {
    return sys_switches(positional.front());
  }
  if (verb == "record" && position == 1) {
    return record_switches();
  }
  const std::vector<std::string>& kinds = kinds_at(verb, position);
  return kinds.empty() ? setting_keys(verb, positional, client)
                       : live_names(kinds, kind_wanted(verb, positional), client);
}

/// `words` begin with the verb; the last one is what is typed.
std::vector<std::string> candidates_with_verb(std::span<const std::string> words, bool is_console,
                                              Client& client) {
  const std::vector<VerbSummary> verbs = verb_summaries(is_console);
  std::vector<std::string> names;
  std::transform(verbs.begin(), verbs.end(), std::back_inserter(names),
                 [](const VerbSummary& verb) { return verb.name; });
  if (words.size() <= 1) {
    return names;
  }
  const auto known = std::find_if(verbs.begin(), verbs.end(),
                                  [&words](const VerbSummary& verb) { return verb.name == words.front(); });
  if (known == verbs.end()) {
    return {};
  }
  const std::span<const std::string> before = words.subspan(1, words.size() - 2);
  const std::vector<std::string>& with_value = known->value_options;
  if (!before.empty() && std::find(with_value.begin(), with_value.end(), before.back()) != with_value.end()) {
    return option_values(before.back());
  }
  return words.back().starts_with("-") ? known->options
                                       : words_at(known->name, positional_of(before, *known), names, client);
}

/// Options of the program may stand before the verb.
std::vector<std::string> candidates_of_line(std::span<const std::string> words, Client& client) {
  const VerbDescription program = describe_program();
  const std::size_t at = verb_at(words, program);
  if (words.empty() || at < words.size()) {
    return candidates_with_verb(words.subspan(at), false, client);
  }
  // The last word is an option, or the value of one.
  if (!words.back().starts_with("-")) {
    return words.size() < 2 ? std::vector<std::string>() : option_values(words[words.size() - 2]);
  }
  std::vector<std::string> names;
  for (const VerbOption& option : program.options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

}  // namespace

std::vector<std::string> completions(const std::vector<std::string>& words, bool is_console, Client& client) {
  const std::string prefix = words.empty() ? "" : words.back();
  std::vector<std::string> candidates =
      is_console ? candidates_with_verb(words, true, client) : candidates_of_line(words, client);
  std::erase_if(candidates,
                [&prefix](const std::string& candidate) { return !candidate.starts_with(prefix); });
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  return candidates;
}

std::string_view completion_script(std::string_view shell) {
  if (shell == "bash") {
    return R"(_baton() {
  local IFS=$'\n'
  COMPREPLY=($(baton __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace
}
complete -o default -o nosort -F _baton baton
)";
  }
  if (shell == "zsh") {
    return R"(#compdef baton
local -a candidates
candidates=("${(@f)$(baton __complete -- "${words[@]:1:$((CURRENT-1))}" 2>/dev/null)}")
if [[ $candidates[1] == *= ]]; then compadd -S '' -a candidates; else compadd -a candidates; fi
)";
  }
  if (shell == "fish") {
    return R"(complete -c baton -a '(baton __complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
)";
  }
  return "";
}

}  // namespace baton
