// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugins/sequence_check/sequence.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

namespace baton::test {

/// Takes the standard output, where a LoggerHandler prints "Logging new message: PRODUCER NUMBER", and holds
/// every line against the numbers that its producer has counted: what is printed is what arrived.
class PrintedEvents {
 public:
  static constexpr std::size_t tail_size = 1000;

  explicit PrintedEvents(std::size_t producers) : sequences_(producers) {
    std::array<int, 2> ends{};
    std::fflush(stdout);
    before_ = ::dup(STDOUT_FILENO);
    if (before_ < 0 || ::pipe2(ends.data(), O_CLOEXEC) != 0 || ::dup2(ends[1], STDOUT_FILENO) < 0) {
      throw std::runtime_error("cannot take the standard output");
    }
    ::close(ends[1]);
    (void)::fcntl(ends[0], F_SETPIPE_SZ, 1 << 20);
    reader_ = std::thread([this, from = ends[0]] { read_all(from); });
  }

  PrintedEvents(const PrintedEvents&) = delete;
  PrintedEvents& operator=(const PrintedEvents&) = delete;

  ~PrintedEvents() { finish(); }

  /// Gives the standard output back, and reads what is left. Before the others below.
  void finish() {
    if (!reader_.joinable()) {
      return;
    }
    std::fflush(stdout);
    ::dup2(before_, STDOUT_FILENO);  // the last writing end of the pipe goes with it
    ::close(before_);
    reader_.join();
  }

  [[nodiscard]] const std::vector<Sequence>& sequences() const { return sequences_; }

  /// The last events, oldest first.
  [[nodiscard]] const std::deque<std::string>& tail() const { return tail_; }

  [[nodiscard]] std::size_t foreign_lines() const { return foreign_; }

 private:
  void read_all(int from) {
    std::string rest;
    std::vector<char> buffer(1 << 20);
    for (;;) {
      const ssize_t got = ::read(from, buffer.data(), buffer.size());
      if (got <= 0) {
        break;
      }
      rest.append(buffer.data(), static_cast<std::size_t>(got));
      std::size_t begin = 0;
      for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', begin)) {
        see(std::string_view(rest).substr(begin, end - begin));
        begin = end + 1;
      }
      rest.erase(0, begin);
    }
    foreign_ += rest.empty() ? 0U : 1U;
    ::close(from);
  }

  void see(std::string_view line) {
    constexpr std::string_view words = "Logging new message: ";
    std::size_t producer = 0;
    std::uint64_t number = 0;
    if (!line.starts_with(words)) {
      ++foreign_;
      return;
    }
    line.remove_prefix(words.size());
    const char* const end = line.data() + line.size();
    const auto first = std::from_chars(line.data(), end, producer);
    const auto second = std::from_chars(first.ptr + (first.ptr < end ? 1 : 0), end, number);
    if (second.ec != std::errc() || second.ptr != end || producer >= sequences_.size()) {
      ++foreign_;
      return;
    }
    sequences_[producer].see(number);
    tail_.emplace_back(line);
    if (tail_.size() > tail_size) {
      tail_.pop_front();
    }
  }

  int before_ = -1;
  std::thread reader_;
  std::vector<Sequence> sequences_;  // the reader's, until it has ended; as all below
  std::deque<std::string> tail_;
  std::size_t foreign_ = 0;
};

}  // namespace baton::test
