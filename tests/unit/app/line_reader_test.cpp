// SPDX-License-Identifier: Apache-2.0
#include "host/app/line_reader.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace baton;

namespace {

/// A stream whose writing end is filled by a thread and then closed. A socket pair, and not a pipe: a
/// reader that stops early must not end the test by a signal.
class FilledStream {
 public:
  explicit FilledStream(std::string text) {
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()) == 0);
    writer_ = std::thread([text = std::move(text), end = ends_[1]] {
      for (std::size_t at = 0; at < text.size();) {
        const ssize_t written = send(end, text.data() + at, text.size() - at, MSG_NOSIGNAL);
        at += written > 0 ? static_cast<std::size_t>(written) : text.size();
      }
      close(end);
    });
  }

  ~FilledStream() {
    close(ends_[0]);
    writer_.join();
  }

  [[nodiscard]] int end() const { return ends_[0]; }

 private:
  std::array<int, 2> ends_{};
  std::thread writer_;
};

/// A file that is there as a whole.
class FilledFile {
 public:
  explicit FilledFile(const std::string& text) {
    REQUIRE(write(file_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    REQUIRE(lseek(file_, 0, SEEK_SET) == 0);
  }

  ~FilledFile() { close(file_); }

  [[nodiscard]] int descriptor() const { return file_; }

 private:
  const int file_ = memfd_create("lines", MFD_CLOEXEC);
};

struct Whole {
  std::string lines;
  std::size_t count = 0;
  std::size_t batches = 0;
};

Whole read_all(LineReader& reader, std::size_t lines_max = 512) {
  Whole whole;
  for (;;) {
    const auto batch = reader.next();
    REQUIRE(batch);
    if (batch->count == 0) {
      return whole;
    }
    CHECK(batch->count <= lines_max);
    whole.lines += batch->lines;
    whole.count += batch->count;
    ++whole.batches;
  }
}

}  // namespace

TEST_CASE("every line comes once and in order, in batches of at most lines_max", "[line_reader]") {
  std::string text;
  for (int i = 0; i < 2000; ++i) {
    text += "line " + std::to_string(i) + "\n";
  }
  const FilledStream stream(text);
  LineReader reader(stream.end(), 512);

  const Whole whole = read_all(reader);

  CHECK(whole.lines == text);
  CHECK(whole.count == 2000);
  CHECK(whole.batches >= 4);
}

TEST_CASE("lines that are there already come together", "[line_reader]") {
  std::string text;
  for (int i = 0; i < 2000; ++i) {
    text += "line " + std::to_string(i) + "\n";
  }
  const FilledFile file(text);
  LineReader reader(file.descriptor(), 5000);

  const Whole whole = read_all(reader, 5000);

  CHECK(whole.lines == text);
  CHECK(whole.batches == 1);
}

TEST_CASE("a line in a pipe does not wait for more, and much fits into the pipe meanwhile", "[line_reader]") {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  LineReader reader(ends[0], 512);
  REQUIRE(write(ends[1], "one\ntw", 6) == 6);

  const auto batch = reader.next();

  REQUIRE(batch);
  CHECK(batch->lines == "one\n");
  CHECK(fcntl(ends[0], F_GETPIPE_SZ) >= static_cast<int>(LineReader::read_bytes));
  close(ends[1]);
  CHECK(read_all(reader).lines == "tw\n");
  close(ends[0]);
}

TEST_CASE("lines of any length come whole, also those that do not fit into what is read at once",
          "[line_reader]") {
  std::string text;
  std::size_t count = 0;
  for (std::size_t size = 1; size < LineReader::line_bytes_max; size = size * 3 + 7) {
    for (const char c : {'a', 'b', 'c'}) {
      text += std::string(size, c) + "\n";
      ++count;
    }
  }
  const FilledStream stream(text);
  LineReader reader(stream.end(), 2);

  const Whole whole = read_all(reader, 2);

  CHECK((whole.lines == text));  // not to be printed
  CHECK(whole.count == count);
}

TEST_CASE("a last line without a newline counts, and empty lines are lines", "[line_reader]") {
  const FilledStream stream("a\n\nb");
  LineReader reader(stream.end(), 512);

  const Whole whole = read_all(reader);

  CHECK(whole.lines == "a\n\nb\n");
  CHECK(whole.count == 3);
}

TEST_CASE("an empty input has no lines", "[line_reader]") {
  const FilledStream stream("");
  LineReader reader(stream.end(), 512);

  CHECK(read_all(reader).count == 0);
}

TEST_CASE("a line that is too long is told with its number", "[line_reader]") {
  const FilledStream stream("a\n" + std::string(LineReader::line_bytes_max + 100'000, 'x'));
  LineReader reader(stream.end(), 512);

  REQUIRE(reader.next());
  const auto batch = reader.next();

  REQUIRE_FALSE(batch);
  CHECK(batch.error().text.substr(0, 18) == "line 2 is longer t");
}
