// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/invocation.hpp"

/// What may follow `baton try FILE`, for verb_tree.hpp, which alone includes CLI11: hence templates.
namespace baton {

inline constexpr const char* try_help =
    "give events and calls to a handler or server of FILE, in a process of its own";

inline constexpr const char* try_examples =
    R"(try ./geo.so --replay events.jsonl --call count --save geo.json
  baton try ./geo-2.so --state geo.json --call "count Oslo"   # does it take the state over?
  baton try ./geo.so city=Oslo --replay - --event-type line < access.log
  baton record log on 1000
  baton try ./geo-2.so --replay log   # beside the one that runs there)";

template <class Verb>
void add_try_options(Verb& verb, Invocation& invocation) {
  verb.add_option("FILE", invocation.file, "the plugin file")->required();
  verb.add_option("--replay", invocation.replay,
                  "events: a file with one a line, - for standard input, or a MANAGER: what it has recorded")
      ->type_name("SOURCE");
  verb.add_option("--event-type", invocation.event_type, "each line of it is the data of such an event")
      ->type_name("TYPE");
  verb.add_option("--call", invocation.calls, "\"REQUEST [DATA]\", after the events; again for another")
      ->type_name("REQUEST")
      ->allow_extra_args(false);
  verb.add_option("--state", invocation.state_from, "make it from the state in this file")->type_name("FILE");
  verb.add_option("--save", invocation.state_to, "write the state that it has at the end into this file")
      ->type_name("FILE");
  auto* const handler =
      verb.add_option("--handler", invocation.handler_type, "which one of FILE")->type_name("TYPE");
  verb.add_option("--server", invocation.server_type, "which one of FILE; events are its casts")
      ->type_name("TYPE")
      ->excludes(handler);
}

}  // namespace baton
