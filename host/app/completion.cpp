// SPDX-License-Identifier: Apache-2.0
#include "host/app/completion.hpp"

#include "host/app/command_line.hpp"
#include "host/app/crash_verb.hpp"
#include "host/app/new_verb.hpp"
#include "host/app/plugin_verbs.hpp"
#include "host/app/record_verb.hpp"
#include "host/app/session.hpp"
#include "host/app/sys_verb.hpp"

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

/// Words that are no names and may follow the verb `sys`.
std::vector<std::string> sys_words(std::span<const std::string> before, std::size_t position) {
  const auto action =
      std::find_if(before.begin(), before.end(), [](const auto& word) { return !word.starts_with("-"); });
  if (position == 0) {
    return sys_actions();
  }
  return position == 2 && action != before.end() ? sys_switches(*action) : std::vector<std::string>();
}

std::vector<std::string> live_names(const std::vector<std::string>& kinds, Client& client) {
  std::vector<std::string> names;
  if (kinds.empty()) {
    return names;
  }
  const auto body = ask_host(client, {"GET", "/v1/names", {}, {}});
  if (!body) {
    return names;
  }
  const Json document = Json::parse(*body);
  for (const std::string& kind : kinds) {
    for (const Json& name : document.value(kind, Json::array())) {
      names.push_back(name.is_object() ? name.value("name", "") : name.get<std::string>());
    }
  }
  return names;
}

}  // namespace

std::vector<std::string> completions(const std::vector<std::string>& words, bool is_console, Client& client) {
  const std::string prefix = words.empty() ? "" : words.back();
  std::vector<std::string> candidates;
  const std::vector<VerbSummary> verbs = verb_summaries(is_console);
  if (words.size() <= 1) {
    std::transform(verbs.begin(), verbs.end(), std::back_inserter(candidates),
                   [](const auto& verb) { return verb.name; });
  } else if (prefix.starts_with("-")) {
    const auto verb =
        std::find_if(verbs.begin(), verbs.end(), [&](const auto& known) { return known.name == words[0]; });
    candidates = verb == verbs.end() ? candidates : verb->options;
  } else if (words.size() == 2 && !plugin_verb_actions(words[0]).empty()) {
    candidates = plugin_verb_actions(words[0]);
  } else {
    const std::span<const std::string> before(words.data() + 1, words.size() - 2);
    const auto position = static_cast<std::size_t>(
        std::count_if(before.begin(), before.end(), [](const auto& word) { return !word.starts_with("-"); }));
    if (words[0] == "sys" && position != 1) {
      candidates = sys_words(before, position);
    } else if (words[0] == "record" && position == 1) {
      candidates = record_switches();
    } else if (words[0] == "new" && position == 0) {
      candidates = new_kinds();
    } else if (words[0] == "crash" && position == 0) {
      candidates = crash_actions();
    } else {
      candidates = live_names(kinds_at(words[0], position), client);
    }
  }
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
}
complete -o default -o nosort -F _baton baton
)";
  }
  if (shell == "zsh") {
    return R"(#compdef baton
local -a candidates
candidates=("${(@f)$(baton __complete -- "${words[@]:1:$((CURRENT-1))}" 2>/dev/null)}")
compadd -a candidates
)";
  }
  if (shell == "fish") {
    return R"(complete -c baton -a '(baton __complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
)";
  }
  return "";
}

}  // namespace baton
