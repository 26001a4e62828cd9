// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/exit_code.hpp"
#include "host/app/invocation.hpp"

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// `new handler|server NAME`: the folder of a plugin that builds, tests and runs at once, from the templates
/// that the program has in it.
namespace baton {

/// handler, server.
[[nodiscard]] const std::vector<std::string>& new_kinds();

/// cpp, c, rust.
[[nodiscard]] const std::vector<std::string>& new_languages();

/// "word_count" of "WordCount", "http_log" of "HTTPLog": what files, the plugin and its targets are called.
[[nodiscard]] std::string file_name_of(std::string_view type);

/// What is wrong with the words, for a person; nothing when it is all right.
[[nodiscard]] std::optional<std::string> new_verb_usage_error(const Invocation& invocation);

/// Writes the folder, whole or not at all: never over something that is there.
ExitCode run_new(const Invocation& invocation, std::ostream& out, std::ostream& err);

}  // namespace baton
