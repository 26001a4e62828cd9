// SPDX-License-Identifier: Apache-2.0
#include "host/app/line_editor.hpp"

#include "host/app/words.hpp"

#include <fmt/format.h>
#include <histedit.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <filesystem>
#include <optional>
#include <poll.h>
#include <sys/ioctl.h>
#include <system_error>
#include <unistd.h>

namespace baton {
namespace {

constexpr int history_lines = 1000;

/// Where the history is kept; empty when there is no home.
std::filesystem::path history_file() {
  // NOLINTBEGIN(concurrency-mt-unsafe): nobody changes the environment
  std::filesystem::path folder;
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/') {
    folder = state;
  } else if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') {
    folder = std::filesystem::path(home) / ".local" / "state";
  } else {
    return {};
  }
  // NOLINTEND(concurrency-mt-unsafe)
  folder /= "baton";
  std::error_code ignored;  // without the folder there is no history; that is all
  std::filesystem::create_directories(folder, ignored);
  return folder / "history";
}

std::string common_prefix(const std::vector<std::string>& words) {
  std::string prefix = words.front();
  for (const std::string& word : words) {
    std::size_t length = 0;
    while (length < prefix.size() && length < word.size() && prefix[length] == word[length]) {
      ++length;
    }
    prefix.resize(length);
  }
  return prefix;
}

/// One byte of the terminal's input; nothing at its end.
std::optional<char> read_byte() {
  char byte = 0;
  ssize_t got = 0;
  do {
    pollfd readable{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    poll(&readable, 1, -1);  // another program of this terminal may have asked it not to wait
    got = read(STDIN_FILENO, &byte, 1);
  } while (got < 0 && (errno == EINTR || errno == EAGAIN));
  return got == 1 ? std::optional(byte) : std::nullopt;
}

std::size_t columns_of(std::FILE* screen) {
  winsize size{};
  return ioctl(fileno(screen), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/// How many places a UTF-8 text takes, if none of its characters is wide.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

struct LineEditor::Parts final : SharedTerminal::Editor {
  explicit Parts(SharedTerminal& shared) : terminal(shared) {}

  SharedTerminal& terminal;
  SharedTerminal::Editing* editing = nullptr;  // while a line is
  std::string prompt;
  Complete complete;
  std::filesystem::path file = history_file();
  EditLine* editor = nullptr;
  History* history = nullptr;
  bool was_interrupted = false;  // the last thing that happened at this prompt was a Ctrl-C

  static Parts& of(EditLine* editor) {
    void* data = nullptr;
    el_get(editor, EL_CLIENTDATA, &data);
    return *static_cast<Parts*>(data);
  }

  void erase() override {
    const LineInfo* line = el_line(editor);
    const std::string_view before(line->buffer, static_cast<std::size_t>(line->cursor - line->buffer));
    const std::size_t rows = (width_of(prompt) + width_of(before)) / columns_of(terminal.screen());
    const std::string up = rows == 0 ? "" : fmt::format("\x1b[{}A", rows);
    std::fputs(fmt::format("\r{}\x1b[J", up).c_str(), terminal.screen());
    std::fflush(terminal.screen());
  }

  void redraw() override { el_set(editor, EL_REFRESH); }

  void give_back() override {
    std::fputc('\n', terminal.screen());
    std::fflush(terminal.screen());
    el_set(editor, EL_PREP_TERM, 0);
  }

  /// A character, which may have several bytes. As libedit wants it: 1, or 0 at the end.
  static int read_key(EditLine* editor, wchar_t* key) {
    mbstate_t state{};
    for (;;) {
      const auto byte = of(editor).editing->released(read_byte);
      if (!byte) {
        return 0;
      }
      const std::size_t length = std::mbrtowc(key, &*byte, 1, &state);
      if (length == static_cast<std::size_t>(-1)) {
        state = {};  // no UTF-8: as if it had not been typed
      } else if (length != static_cast<std::size_t>(-2)) {
        return 1;
      }
    }
  }

  static char* show_prompt(EditLine* editor) { return of(editor).prompt.data(); }

  /// As at other prompts: what is typed is forgotten; when there is nothing, a second one leaves.
  static unsigned char interrupt(EditLine* editor, int /*key*/) {
    const LineInfo* line = el_line(editor);
    const bool is_empty = line->buffer == line->lastchar;
    if (is_empty && of(editor).was_interrupted) {
      return CC_EOF;
    }
    of(editor).was_interrupted = true;
    el_cursor(editor, static_cast<int>(line->lastchar - line->cursor));
    line = el_line(editor);
    el_deletestr(editor, static_cast<int>(line->cursor - line->buffer));
    std::fputs(is_empty ? "^C (once more, or Ctrl-D, leaves)\n" : "^C\n", of(editor).terminal.screen());
    return CC_REDISPLAY;
  }

  static unsigned char complete_word(EditLine* editor, int /*key*/) {
    const LineInfo* line = el_line(editor);
    const std::string before(line->buffer, static_cast<std::size_t>(line->cursor - line->buffer));
    auto words = split_words(before);
    if (!words) {
      return CC_ERROR;
    }
    if (before.empty() || before.back() == ' ') {
      words->emplace_back();
    }
    const std::vector<std::string> candidates =
        of(editor).editing->released([&] { return of(editor).complete(*words); });
    if (candidates.empty()) {
      return CC_REFRESH_BEEP;
    }
    const bool is_only = candidates.size() == 1 && !candidates.front().ends_with('=');  // a value follows
    const std::string rest = common_prefix(candidates).substr(words->back().size()) + (is_only ? " " : "");
    if (!rest.empty()) {
      return el_insertstr(editor, rest.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
    }
    std::FILE* const screen = of(editor).terminal.screen();
    std::fputc('\n', screen);
    for (const std::string& candidate : candidates) {
      std::fprintf(screen, "%s  ", candidate.c_str());
    }
    std::fputc('\n', screen);
    return CC_REDISPLAY;
  }
};

LineEditor::LineEditor(SharedTerminal& terminal, std::string prompt, Complete complete)
    : parts_(std::make_unique<Parts>(terminal)) {
  parts_->prompt = std::move(prompt);
  parts_->complete = std::move(complete);
  parts_->editor = el_init("baton", stdin, terminal.screen(), stderr);
  parts_->history = history_init();
  HistEvent event;
  history(parts_->history, &event, H_SETSIZE, history_lines);
  history(parts_->history, &event, H_SETUNIQUE, 1);
  if (!parts_->file.empty()) {
    history(parts_->history, &event, H_LOAD, parts_->file.c_str());
  }
  el_set(parts_->editor, EL_CLIENTDATA, parts_.get());
  el_set(parts_->editor, EL_GETCFN, Parts::read_key);
  el_set(parts_->editor, EL_PROMPT, Parts::show_prompt);
  el_set(parts_->editor, EL_EDITOR, "emacs");
  el_set(parts_->editor, EL_HIST, history, parts_->history);
  // el_set would make wide texts of these, and never free them.
  el_wset(parts_->editor, EL_ADDFN, L"baton-complete", L"completes verbs and names", Parts::complete_word);
  el_wset(parts_->editor, EL_ADDFN, L"baton-interrupt", L"forgets the line", Parts::interrupt);
  el_set(parts_->editor, EL_BIND, "^I", "baton-complete", nullptr);
  // While a line is edited, Ctrl-C is a key and no signal; while a command runs, it is one.
  el_set(parts_->editor, EL_SETTY, "-d", "-intr", "intr=", nullptr);
  el_set(parts_->editor, EL_BIND, "^C", "baton-interrupt", nullptr);
}

LineEditor::~LineEditor() {
  HistEvent event;
  if (!parts_->file.empty()) {
    history(parts_->history, &event, H_SAVE, parts_->file.c_str());
  }
  history_end(parts_->history);
  el_end(parts_->editor);
}

bool LineEditor::read_line(std::string& line) {
  int length = 0;
  parts_->was_interrupted = false;
  SharedTerminal::Editing editing(parts_->terminal, *parts_);
  parts_->editing = &editing;
  const char* text = el_gets(parts_->editor, &length);
  if (text == nullptr || length <= 0) {
    std::fputc('\n', parts_->terminal.screen());
    return false;
  }
  line.assign(text, static_cast<std::size_t>(length));
  if (line.find_first_not_of(" \t\n") != std::string::npos) {
    HistEvent event;
    history(parts_->history, &event, H_ENTER, line.c_str());
  }
  return true;
}

}  // namespace baton
