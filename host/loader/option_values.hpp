// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/behaviour/options.hpp"
#include "host/loader/manifest.hpp"

#include <tl/expected.hpp>

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace baton {

/// An option as the config file has it: a scalar, or a list of scalars.
struct RawOption {
  std::string name;
  std::variant<std::string, std::vector<std::string>> value;
};

/// What is wrong with one option. The config reader points at its place in the file.
struct OptionProblem {
  std::string option;
  std::string text;
};

/// The option that `given` means by its specification: true/false; 12; 0.5; any text; a list; "250ms",
/// "5s", "2m", "1h"; "10MB" (10,000,000), "64KiB" (65,536) or a bare
/// number of bytes; a path, made absolute against `base_directory`. Else the text of the problem.
[[nodiscard]] tl::expected<Option, std::string> read_option(const OptionSpec& spec, const RawOption& given,
                                                            const std::filesystem::path& base_directory);

/// Every option of the offer in the order of its manifest: what is given, checked, and the defaults
/// of the rest. Else every problem there is: unknown ones (with a suggestion), missing ones, those given
/// twice, wrong types and values out of range.
[[nodiscard]] tl::expected<Options, std::vector<OptionProblem>> complete_options(
    const Offer& offer, std::span<const RawOption> given, const std::filesystem::path& base_directory);

/// All of them as one error: bad_options, a line for each, which names its option.
[[nodiscard]] Error options_error(std::span<const OptionProblem> problems);

/// What the specification has against this value (range, allowed values); nothing when it is allowed.
[[nodiscard]] std::optional<std::string> value_problem(const OptionSpec& spec, const Option& option);

/// "int", "duration", …, as manifests write it.
[[nodiscard]] std::string_view option_type_name(OptionType type);

/// Nothing when no type is called that.
[[nodiscard]] std::optional<OptionType> option_type_from_name(std::string_view name);

}  // namespace baton
