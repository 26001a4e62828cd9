// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/command_line.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

/// What can be told of a command line's words before they are parsed, or when they cannot be.
namespace baton {

/// Where the verb stands, behind options of the program and their values; the number of words when there is
/// none.
[[nodiscard]] std::size_t verb_at(std::span<const std::string> words, const VerbDescription& program);

/// Which host these words name, by --socket or --host, however wrong they are; the rest stays default.
[[nodiscard]] Invocation host_named_in(std::span<const std::string> words);

/// The output format that these words ask for, however wrong they are; text when they do not.
[[nodiscard]] OutputFormat format_asked_for(std::span<const std::string> words);

/// What to say of a word that is none of these verbs. A verb that ends or takes away something is never
/// suggested: whoever types what he is told must not lose by it.
[[nodiscard]] std::string unknown_verb_text(const std::string& word, const std::vector<std::string>& verbs);

}  // namespace baton
