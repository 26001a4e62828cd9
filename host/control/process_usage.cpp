// SPDX-License-Identifier: Apache-2.0
#include "host/control/process_usage.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace baton {
namespace {

/// The fields of /proc/self/stat from the third on: the second is the program's name, with any characters.
std::vector<std::string> stat_fields() {
  std::ifstream file("/proc/self/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t end_of_name = text.rfind(')');
  if (end_of_name == std::string::npos) {
    return {};
  }
  std::istringstream rest(text.substr(end_of_name + 1));
  return {std::istream_iterator<std::string>(rest), {}};
}

/// Field N of `man proc`; 0 when it is not there.
std::uint64_t field(const std::vector<std::string>& fields, std::size_t number) {
  constexpr std::size_t first = 3;
  std::uint64_t value = 0;
  if (number - first < fields.size()) {
    std::istringstream(fields[number - first]) >> value;
  }
  return value;
}

/// When the machine was started.
std::uint64_t boot_time_seconds() {
  std::ifstream file("/proc/stat");
  std::string word;
  std::uint64_t seconds = 0;
  while (file >> word && word != "btime") {
  }
  file >> seconds;
  return seconds;
}

double seconds_of(const timeval& time) {
  constexpr double micro = 1e-6;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * micro;
}

std::uint64_t count_open_files() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  // The listing has one open itself.
  return error ? 0 : static_cast<std::uint64_t>(std::distance(begin(files), end(files))) - 1;
}

}  // namespace

std::optional<ProcessUsage> process_usage() {
  constexpr std::size_t threads_field = 20;
  constexpr std::size_t start_field = 22;
  constexpr std::size_t virtual_field = 23;
  constexpr std::size_t resident_field = 24;
  const std::vector<std::string> fields = stat_fields();
  if (fields.empty()) {
    return std::nullopt;
  }
  ProcessUsage usage;
  rusage times{};
  ::getrusage(RUSAGE_SELF, &times);
  usage.cpu_seconds = seconds_of(times.ru_utime) + seconds_of(times.ru_stime);
  usage.threads = field(fields, threads_field);
  usage.start_time_seconds =
      static_cast<double>(boot_time_seconds()) +
      static_cast<double>(field(fields, start_field)) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  usage.virtual_bytes = field(fields, virtual_field);
  usage.resident_bytes = field(fields, resident_field) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  usage.open_files = count_open_files();
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    usage.open_files_max = files.rlim_cur;
  }
  return usage;
}

}  // namespace baton
