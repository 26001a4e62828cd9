// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/invocation.hpp"

#include <functional>
#include <string>

/// The options that say which host is meant (host_socket.hpp), for verb_tree.hpp, which alone includes CLI11:
/// hence templates.
namespace baton {

/// As in `--socket "$UNSET"`: that must not mean another host.
inline std::function<std::string(const std::string&)> is_given(const std::string& what) {
  return [what](const std::string& text) {
    return text.empty() ? "the " + what + " is empty" : std::string();
  };
}

template <class App>
void add_host_options(App& app, Invocation& invocation) {
  // Not by CLI11's own envname: it has what is exported overrule what was typed before the verb.
  app.add_option("--socket", invocation.socket,
                 "the host's socket; without it and --host that of $BATON_SOCKET, else the default one")
      ->type_name("PATH")
      ->check(is_given("path"));
  app.add_option("--host", invocation.host_name, "the name of the host, for its default socket")
      ->type_name("NAME")
      ->check(is_given("name"));
}

/// Of `run`, which is a host itself.
template <class Verb>
void make_host_options_of_run(Verb& run) {
  run.get_option("--socket")->description("where it listens; as CONFIG says when not given");
  run.remove_option(run.get_option("--host"));
}

/// Of a verb that has hosts of its own.
template <class Verb>
void remove_host_options(Verb& verb) {
  for (const char* name : {"--socket", "--host"}) {
    verb.remove_option(verb.get_option(name));
  }
}

}  // namespace baton
