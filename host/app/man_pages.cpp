// SPDX-License-Identifier: Apache-2.0
#include "host/app/man_pages.hpp"

#include "host/app/version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <utility>

namespace baton {
namespace {

/// One line of a page must not look like a request of roff.
std::string roff_line(std::string_view line) {
  const std::string text = roff_text(line);
  return text.starts_with('.') || text.starts_with('\'') ? "\\&" + text : text;
}

/// Lines that are shown as they are.
std::string verbatim(std::string_view text) {
  std::string page = ".PP\n.RS 4\n.nf\n";
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    page += roff_line(line) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return page + ".fi\n.RE\n";
}

std::string sentence(std::string text) {
  if (!text.empty()) {
    text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  }
  return text + (text.ends_with('.') ? "" : ".");
}

std::string header(std::string_view name) {
  std::string upper(name);
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
  return fmt::format(
      ".\\\" Made from the tree of verbs, as `baton --help` is; not to be edited.\n"
      ".TH {} 1 \"\" \"baton {}\" \"Baton\"\n",
      roff_text(upper), version);
}

/// What CLI11 makes of a type and its check, "N:INT in [1 - 32]": the type, and the check as "1 to 32".
std::pair<std::string, std::string> type_and_range(const std::string& value) {
  const std::size_t colon = std::min(value.find(':'), value.size());
  std::string check = value.substr(std::min(colon + 1, value.size()));
  const std::size_t open = check.find('[');
  const std::size_t dash = check.find(" - ");
  if (open != std::string::npos && dash != std::string::npos && check.ends_with(']')) {
    check =
        check.substr(open + 1, dash - open - 1) + " to " + check.substr(dash + 3, check.size() - dash - 4);
  }
  return {value.substr(0, colon), check};
}

/// "-o FORMAT, --output FORMAT", in man's own letters.
std::string option_head(const VerbOption& option) {
  std::string head;
  for (const std::string& name : option.names) {
    head += fmt::format("{}\\fB{}\\fP", head.empty() ? "" : ", ", roff_text(name));
    if (!option.value.empty()) {
      head += fmt::format(" \\fI{}\\fP", roff_text(type_and_range(option.value).first));
    }
  }
  return head;
}

std::string argument_head(const VerbOption& argument) {
  return fmt::format("\\fI{}\\fP{}", roff_text(argument.names.front()), argument.is_list ? "..." : "");
}

std::string entry(const std::string& head, std::string_view body) {
  return fmt::format(".TP\n{}\n{}\n", head, roff_line(body));
}

std::string arguments_of(const VerbDescription& verb) {
  std::string page;
  for (const VerbOption& argument : verb.arguments) {
    page += entry(argument_head(argument), argument.help);
  }
  return page.empty() ? "" : ".SH ARGUMENTS\n" + page;
}

std::string options_of(const VerbDescription& verb) {
  std::string page;
  for (const VerbOption& option : verb.options) {
    std::string help = option.help;
    if (const std::string range = type_and_range(option.value).second; !range.empty()) {
      help += "; " + range;
    }
    page += entry(option_head(option), help);
  }
  return ".SH OPTIONS\n" + page;
}

std::string exit_status() {
  std::string page = ".SH \"EXIT STATUS\"\n";
  for (const ExitCodeMeaning& known : exit_code_meanings()) {
    page += entry(fmt::format("\\fB{}\\fP", static_cast<int>(known.code)), known.meaning);
  }
  return page;
}

std::string synopsis(const VerbDescription& verb) {
  std::string line = fmt::format("\\fBbaton {}\\fP [\\fIOPTION\\fP]...", roff_text(verb.name));
  for (const VerbOption& argument : verb.arguments) {
    const std::string head = argument_head(argument);
    line += argument.is_required ? " " + head : " [" + head + "]";
  }
  return ".SH SYNOPSIS\n" + line + "\n";
}

ManPage verb_page(const VerbDescription& verb) {
  const std::string name = "baton-" + verb.name;
  std::string page = header(name);
  page += fmt::format(".SH NAME\n{} \\- {}\n", roff_text(name), roff_text(verb.help));
  page += synopsis(verb);
  page += fmt::format(".SH DESCRIPTION\n{}\n", roff_line(sentence(verb.help)));
  page += arguments_of(verb) + options_of(verb);
  if (!verb.examples.empty()) {
    page += ".SH EXAMPLES\n" + verbatim(verb.examples);
  }
  return {name, page + exit_status() + ".SH \"SEE ALSO\"\n\\fBbaton\\fP(1)\n"};
}

constexpr std::string_view description =
    "Baton is a host for native event handlers with the manners of Erlang/OTP. A YAML file names event "
    "managers and servers; handlers are shared objects dropped into a folder; they are added, removed and "
    "swapped while events flow, with their state handed from the old version to the new one.";

constexpr std::string_view description_of_verbs =
    "`baton run` is the host. The other verbs talk to one that runs, over its Unix socket, or need none. "
    "Each has a page of its own, and `baton VERB --help` says the same in short. At a terminal, `run` opens "
    "a console with the same verbs.";

constexpr std::array<std::array<std::string_view, 2>, 3> environment = {{
    {"BATON_SOCKET",
     "the socket of the host that verbs talk to, when there is neither `--socket` nor `--host`; `run` and "
     "`demo` do not look at it"},
    {"XDG_RUNTIME_DIR",
     "the default socket of a host is baton/HOST.sock in this folder; without it, in /run/baton for "
     "root and in /tmp/baton-UID for others"},
    {"XDG_STATE_HOME", "the console keeps its history there; without it, in ~/.local/state"},
}};

constexpr std::array<std::array<std::string_view, 2>, 1> files = {{
    {"/etc/baton/baton.yaml",
     "the config of `baton run` when none is given, behind ./baton.yaml and "
     "./config/baton.yaml"},
}};

template <std::size_t size>
std::string table(std::string_view title, const std::array<std::array<std::string_view, 2>, size>& rows,
                  char font) {
  std::string page = fmt::format(".SH {}\n", title);
  for (const auto& [name, what] : rows) {
    page += entry(fmt::format("\\f{}{}\\fP", font, roff_text(name)), what);
  }
  return page;
}

ManPage program_page(const VerbDescription& program, const std::vector<VerbDescription>& verbs) {
  std::string page = header("baton");
  page += fmt::format(".SH NAME\nbaton \\- {}\n", roff_text(program.help));
  page += ".SH SYNOPSIS\n\\fBbaton\\fP [\\fIOPTION\\fP]... \\fIVERB\\fP [\\fIARGUMENT\\fP]...\n";
  page +=
      fmt::format(".SH DESCRIPTION\n{}\n.PP\n{}\n", roff_line(description), roff_line(description_of_verbs));
  page += ".SH VERBS\n";
  std::string see_also;
  for (const VerbDescription& verb : verbs) {
    page += entry(fmt::format("\\fB{}\\fP", roff_text(verb.name)), verb.help);
    see_also += fmt::format("{}\\fBbaton\\-{}\\fP(1)", see_also.empty() ? "" : ",\n", roff_text(verb.name));
  }
  page += options_of(program) + exit_status();
  page += table("ENVIRONMENT", environment, 'B') + table("FILES", files, 'I');
  return {"baton", page + ".SH \"SEE ALSO\"\n" + see_also + "\n"};
}

}  // namespace

std::string roff_text(std::string_view text) {
  std::string escaped;
  bool is_bold = false;
  for (const char c : text) {
    switch (c) {
      case '\\':
        escaped += "\\e";
        break;
      case '-':
        escaped += "\\-";
        break;
      case '\'':
        escaped += "\\(aq";
        break;
      case '^':
        escaped += "\\(ha";
        break;
      case '~':
        escaped += "\\(ti";
        break;
      case '`':
        is_bold = !is_bold;
        escaped += is_bold ? "\\fB" : "\\fP";
        break;
      default:
        escaped += c;
    }
  }
  return is_bold ? escaped + "\\fP" : escaped;
}

std::vector<ManPage> man_pages() {
  const std::vector<VerbDescription> verbs = describe_verbs();
  std::vector<ManPage> pages = {program_page(describe_program(), verbs)};
  std::ranges::transform(verbs, std::back_inserter(pages), verb_page);
  return pages;
}

Result<void> write_man_pages(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return fail(Errc::io_failed, fmt::format("cannot make {}: {}", folder.string(), error.message()));
  }
  for (const ManPage& page : man_pages()) {
    const std::filesystem::path path = folder / (page.name + ".1");
    std::ofstream file(path);
    if (!(file << page.text << std::flush)) {
      return fail(Errc::io_failed, "cannot write " + path.string());
    }
  }
  return {};
}

}  // namespace baton
