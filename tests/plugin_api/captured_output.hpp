// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace baton::test {

/// Takes what is written to the standard output, from construction to text().
class CapturedOutput {
 public:
  CapturedOutput() : file_(std::tmpfile()), before_(::dup(STDOUT_FILENO)) {
    std::fflush(stdout);
    if (file_ == nullptr || before_ < 0 || ::dup2(::fileno(file_), STDOUT_FILENO) < 0) {
      throw std::runtime_error("cannot take the standard output");
    }
  }

  CapturedOutput(const CapturedOutput&) = delete;
  CapturedOutput& operator=(const CapturedOutput&) = delete;

  ~CapturedOutput() {
    restore();
    std::fclose(file_);
  }

  std::string text() {
    restore();
    std::string text;
    std::rewind(file_);
    for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) {
      text += static_cast<char>(c);
    }
    return text;
  }

 private:
  void restore() {
    if (before_ < 0) {
      return;
    }
    std::fflush(stdout);
    ::dup2(before_, STDOUT_FILENO);
    ::close(before_);
    before_ = -1;
  }

  std::FILE* file_;
  int before_;
};

}  // namespace baton::test
