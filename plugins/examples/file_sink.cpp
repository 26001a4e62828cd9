// SPDX-License-Identifier: Apache-2.0
// Appends a line to a file for each event: its time, its type and its data, as JSON. A batch is one write;
// what the file system does not take is refused, whoever waits in sync_notify is told, and the next batch is
// tried again. It may wait for the disk: give its manager `thread: own`. Call: `written` -> events since it
// was made.
#include <baton/json.hpp>
#include <baton/plugin.hpp>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

class FileSink final : public baton::Handler {
 public:
  static constexpr auto path = baton::required<baton::Path>("path", "the file; its folder must exist");
  static constexpr auto description =
      baton::describe("FileSink")
          .help("appends a line of JSON to a file for each event; call: written")
          .options(path);

  explicit FileSink(const baton::Init& init)
      : file_(::open(std::string(init.options()[path]).c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
                     0644)) {
    if (file_ < 0) {
      throw std::runtime_error(std::string("cannot open the file: ") + std::strerror(errno));
    }
  }

  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;

  ~FileSink() override { ::close(file_); }

  baton::BatchOutcome handle_events(const baton::Batch& events) override {
    lines_.clear();
    for (const baton::Event event : events) {
      lines_ += R"({"time_us": )" + std::to_string(event.time_us()) + R"(, "type": )" +
                baton::json_string(event.type()) + R"(, "data": )" + baton::json_string(event.data()) + "}\n";
    }
    const off_t end = ::lseek(file_, 0, SEEK_END);
    if (::write(file_, lines_.data(), lines_.size()) != static_cast<ssize_t>(lines_.size())) {
      const std::string reason = std::strerror(errno);
      (void)!::ftruncate(file_,
                         end);  // no half lines; that nothing else writes to the file is its owner's affair
      return baton::BatchOutcome::refuse(0, events.size(), reason);
    }
    written_ += events.size();
    return baton::BatchOutcome::all();
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    if (request.type() != "written") {
      return baton::Next::unknown_request;
    }
    reply.json(std::to_string(written_));
    return baton::Next::ok;
  }

 private:
  int file_;
  std::uint64_t written_ = 0;
  std::string lines_;  // of one batch; kept for its memory
};

BATON_PLUGIN("file_sink", "1.0.0", FileSink)
