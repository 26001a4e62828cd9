// SPDX-License-Identifier: Apache-2.0
#include "host/app/new_verb.hpp"

#include "host/app/templates.hpp"
#include "host/base/result.hpp"
#include "host/base/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <ostream>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace baton {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t name_size_max = 64;  // of a type, as manifests have it

/// What CMake, cargo or a language understand by these is something else.
constexpr std::array reserved_names = {
    "all",     "alloc",    "baton",   "clean",      "core",     "crate",  "default", "edit_cache",
    "enum",    "extern",   "for",     "help",       "if",       "impl",   "in",      "install",
    "let",     "lib",      "loop",    "main",       "match",    "mod",    "move",    "mut",
    "new",     "package",  "private", "proc_macro", "pub",      "public", "ref",     "rebuild_cache",
    "return",  "self",     "static",  "std",        "struct",   "super",  "switch",  "test",
    "this",    "trait",    "true",    "type",       "typeof",   "union",  "unsafe",  "use",
    "virtual", "where",    "while",   "yield",      "box",      "final",  "macro",   "override",
    "do",      "else",     "try",     "async",      "await",    "dyn",    "as",      "break",
    "const",   "continue", "false",   "fn",         "abstract", "become", "priv"};

/// Types of the templates.
constexpr std::array template_types = {"Answer", "Batch",    "Bytes",       "Handler", "HandlerTable",
                                       "Init",   "Manifest", "Message",     "Outcome", "Plugin",
                                       "Self",   "Server",   "ServerTable", "Sink",    "StateReader"};

bool is_upper(char letter) {
  return std::isupper(static_cast<unsigned char>(letter)) != 0;
}

bool is_alnum(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0;
}

bool is_digit(char letter) {
  return std::isdigit(static_cast<unsigned char>(letter)) != 0;
}

/// "WordCount" of "word_count", "word-count" and "wordCount"; empty when nothing is left.
std::string as_type(std::string_view text) {
  std::string type;
  bool begins_word = true;
  for (const char letter : text) {
    const bool is_usable = is_alnum(letter) && (!type.empty() || !is_digit(letter));
    if (is_usable) {
      type += begins_word ? static_cast<char>(std::toupper(static_cast<unsigned char>(letter))) : letter;
    }
    begins_word = !is_usable;
  }
  return type;
}

std::optional<std::string> name_problem(const std::string& type) {
  const bool is_type = !type.empty() && is_upper(type.front()) && type.size() <= name_size_max &&
                       std::all_of(type.begin(), type.end(), is_alnum);
  if (!is_type) {
    const std::string better = as_type(type).substr(0, name_size_max);
    return fmt::format("`{}` is no name for a type: a capital letter, then letters and digits, at most {}{}",
                       type, name_size_max,
                       better.empty() || better == type ? "" : fmt::format("; try {}", better));
  }
  const std::string name = file_name_of(type);
  const bool is_reserved =
      std::find(reserved_names.begin(), reserved_names.end(), name) != reserved_names.end() ||
      std::find(template_types.begin(), template_types.end(), type) != template_types.end();
  if (is_reserved) {
    return fmt::format(
        "`{}` means something else to CMake, cargo, or the code that is written; try {}Counter", type, type);
  }
  return std::nullopt;
}

// ---- What is written ----------------------------------------------------------------------------------

/// Where the templates of a plugin lie; what comes later adds to what came before.
std::vector<std::string> template_folders(const Invocation& invocation) {
  const std::string& kind = invocation.action;
  if (invocation.language == "rust") {
    return {"rust/any/", "rust/" + kind + "/"};
  }
  return {"cmake/" + kind + "/", "cmake/", invocation.language + "/" + kind + "/"};
}

std::map<std::string, std::string> values_of(const Invocation& invocation) {
  const std::string name = file_name_of(invocation.target);
  const bool is_c = invocation.language == "c";
  return {{"@Type@", invocation.target},
          {"@name@", name},
          {"@source@", name + (is_c ? ".c" : ".cpp")},
          {"@languages@", is_c ? "C CXX" : "CXX"}};
}

std::string filled_in(std::string_view text, const std::map<std::string, std::string>& values) {
  std::string result(text);
  for (const auto& [placeholder, value] : values) {
    for (auto at = result.find(placeholder); at != std::string::npos;
         at = result.find(placeholder, at + value.size())) {
      result.replace(at, placeholder.size(), value);
    }
  }
  return result;
}

/// Path in the new folder -> text.
std::map<std::string, std::string> files_of(const Invocation& invocation) {
  const auto values = values_of(invocation);
  std::map<std::string, std::string> files;
  for (const std::string& folder : template_folders(invocation)) {
    for (const TemplateFile& file : template_files()) {
      if (!file.path.starts_with(folder)) {
        continue;
      }
      std::string path(file.path.substr(folder.size()));
      if (folder == "cmake/" && path.find('/') != std::string::npos) {
        continue;  // of one kind only
      }
      path = path == "gitignore" ? ".gitignore" : filled_in(path, values);
      files[path] = filled_in(file.text, values);
    }
  }
  return files;
}

Error cannot(const std::string& what, const fs::path& path, int number) {
  return {Errc::io_failed, fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(number))};
}

Result<void> write_file(const fs::path& path, const std::string& text) {
  std::error_code code;
  fs::create_directories(path.parent_path(), code);
  std::ofstream stream(path, std::ios::binary);
  stream << text;
  stream.close();
  return stream ? Result<void>() : fail(cannot("write", path, errno));
}

/// Writes everything beside its place and then moves it there, which only works when nothing is there.
Result<void> write_folder(const fs::path& folder, const std::map<std::string, std::string>& files) {
  std::error_code code;
  fs::create_directories(folder.parent_path(), code);
  std::string temporary = (folder.parent_path() / ".baton-new-XXXXXX").string();
  if (code || ::mkdtemp(temporary.data()) == nullptr) {
    return fail(cannot("make a folder in", folder.parent_path(), code ? code.value() : errno));
  }
  Result<void> written;
  for (const auto& [path, text] : files) {
    written = written ? write_file(fs::path(temporary) / path, text) : written;
  }
  constexpr mode_t everybody = 0777;
  const mode_t mask = ::umask(0);
  ::umask(mask);
  if (written && (::chmod(temporary.c_str(), everybody & ~mask) != 0 ||
                  ::rename(temporary.c_str(), folder.c_str()) != 0)) {
    const bool is_there = errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR;
    written = is_there ? Result<void>(fail(
                             Errc::already_present,
                             fmt::format("{} is there already and not an empty folder; nothing was written. "
                                         "--into DIR writes elsewhere",
                                         folder.string())))
                       : Result<void>(fail(cannot("make", folder, errno)));
  }
  if (!written) {
    fs::remove_all(temporary, code);
  }
  return written;
}

// ---- What is said -------------------------------------------------------------------------------------

std::vector<std::string> next_commands(const Invocation& invocation, const fs::path& folder) {
  std::vector<std::string> commands = {"cd " + folder.string()};
  if (invocation.language == "rust") {
    commands.insert(commands.end(), {"cargo test", "cargo build --release"});
  } else {
    commands.insert(commands.end(), {"cmake -B build", "cmake --build build", "ctest --test-dir build"});
  }
  return commands;
}

}  // namespace

const std::vector<std::string>& new_kinds() {
  static const std::vector<std::string> kinds = {"handler", "server"};
  return kinds;
}

const std::vector<std::string>& new_languages() {
  static const std::vector<std::string> languages = {"cpp", "c", "rust"};
  return languages;
}

std::string file_name_of(std::string_view type) {
  std::string name;
  for (std::size_t i = 0; i < type.size(); ++i) {
    const bool follows_small = i > 0 && !is_upper(type[i - 1]);
    const bool precedes_small =
        i + 1 < type.size() && std::islower(static_cast<unsigned char>(type[i + 1])) != 0;
    if (i > 0 && is_upper(type[i]) && (follows_small || precedes_small)) {
      name += '_';
    }
    name += static_cast<char>(std::tolower(static_cast<unsigned char>(type[i])));
  }
  return name;
}

std::optional<std::string> new_verb_usage_error(const Invocation& invocation) {
  const auto choice_problem = [](std::string_view what, const std::string& given,
                                 const std::vector<std::string>& choices) -> std::optional<std::string> {
    if (std::find(choices.begin(), choices.end(), given) != choices.end()) {
      return std::nullopt;
    }
    return fmt::format("`{}` is no {}{}; there are {}", given, what, did_you_mean(given, choices),
                       fmt::join(choices, ", "));
  };
  if (auto problem = choice_problem("kind of plugin", invocation.action, new_kinds())) {
    return problem;
  }
  if (auto problem = choice_problem("language", invocation.language, new_languages())) {
    return problem;
  }
  return name_problem(invocation.target);
}

ExitCode run_new(const Invocation& invocation, std::ostream& out, std::ostream& err) {
  const fs::path folder =
      invocation.file.empty() ? fs::path(file_name_of(invocation.target)) : invocation.file;
  const auto files = files_of(invocation);
  fs::path place = fs::absolute(folder).lexically_normal();
  place = place.has_filename() ? place : place.parent_path();
  if (const auto written = write_folder(place, files); !written) {
    err << "baton new: " << written.error().text << std::endl;
    return exit_code_of(written.error().code);
  }
  if (invocation.is_quiet) {
    return ExitCode::done;
  }
  std::vector<std::string> names;
  std::transform(files.begin(), files.end(), std::back_inserter(names),
                 [](const auto& file) { return file.first; });
  const std::vector<std::string> next = next_commands(invocation, folder);
  if (invocation.format != OutputFormat::text) {
    out << Json{{"folder", place.string()},
                {"kind", invocation.action},
                {"type", invocation.target},
                {"language", invocation.language},
                {"files", names},
                {"next", next}}
               .dump()
        << std::endl;
    return ExitCode::done;
  }
  out << fmt::format("created {}\n  {}\nnext:\n  {}\nREADME.md says how to check, run and swap it\n",
                     place.string(), fmt::join(names, "\n  "), fmt::join(next, "\n  "))
      << std::flush;
  return ExitCode::done;
}

}  // namespace baton
