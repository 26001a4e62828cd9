// SPDX-License-Identifier: Apache-2.0
// volatile_disk MOUNTPOINT IMAGE FLAG_FILE
//
// A disk with a volatile write cache, as one file `disk` in a FUSE mount: put a loop device and a file
// system on it, and any program on that can have its power cut.
//   write   is kept in memory: the drive's cache
//   fsync   writes the cache to IMAGE: the platter
//   SIGUSR1 cuts the power: a random part of the cached sectors reaches IMAGE, the rest is lost, and so is
//           everything that comes later; then FLAG_FILE is created
// A killed process alone proves nothing about a disk: the kernel still writes what it had accepted.
#define FUSE_USE_VERSION 31
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fuse3/fuse.h>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace {

constexpr std::size_t sector_size = 512;
constexpr std::size_t sectors_per_page = 8;  // ext4's superblock page lives or dies as one
using Sector = std::array<char, sector_size>;

class Disk {
 public:
  Disk(int image, off_t size, const char* flag_file) : image_(image), size_(size), flag_file_(flag_file) {}

  [[nodiscard]] off_t size() const { return size_; }

  int read(char* to, std::size_t count, off_t offset) {
    const std::lock_guard lock(mutex_);
    if (offset >= size_) {
      return 0;
    }
    count = std::min(count, static_cast<std::size_t>(size_ - offset));
    const ssize_t got = pread(image_, to, count, offset);
    if (got < 0) {
      return -EIO;
    }
    std::memset(to + got, 0, count - static_cast<std::size_t>(got));
    for_each_part(count, offset,
                  [&](std::uint64_t sector, std::size_t inside, std::size_t at, std::size_t n) {
                    if (const auto cached = cache_.find(sector); cached != cache_.end()) {
                      std::memcpy(to + at, cached->second.data() + inside, n);
                    }
                  });
    return static_cast<int>(count);
  }

  int write(const char* from, std::size_t count, off_t offset) {
    const std::lock_guard lock(mutex_);
    if (is_cut_) {
      return static_cast<int>(count);
    }
    for_each_part(count, offset,
                  [&](std::uint64_t sector, std::size_t inside, std::size_t at, std::size_t n) {
                    std::memcpy(cached(sector).data() + inside, from + at, n);
                  });
    return static_cast<int>(count);
  }

  int flush() {
    const std::lock_guard lock(mutex_);
    if (!is_cut_) {
      for (const auto& [sector, data] : cache_) {
        put(sector, data);
      }
      cache_.clear();
    }
    return 0;
  }

  void cut_power() {
    const std::lock_guard lock(mutex_);
    if (is_cut_) {
      return;
    }
    is_cut_ = true;
    std::mt19937 random(std::random_device{}());
    const unsigned mode = random() % 4;  // none of it, all of it, whole pages, single sectors
    const bool keeps_superblock = (random() & 1U) != 0;
    std::size_t kept = 0;
    bool keeps = false;
    std::uint64_t last_page = ~0ULL;
    for (const auto& [sector, data] : cache_) {
      const std::uint64_t page = sector / sectors_per_page;
      if (mode < 2) {
        keeps = mode == 1;
      } else if (page == 0) {
        keeps = keeps_superblock;
      } else if (mode == 3 || page != last_page) {
        keeps = (random() & 1U) != 0;
      }
      last_page = page;
      if (keeps) {
        put(sector, data);
        ++kept;
      }
    }
    std::fprintf(stderr, "power cut: %zu of %zu unflushed sectors survive\n", kept, cache_.size());
    cache_.clear();
    close(open(flag_file_, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
  }

 private:
  template <class F>
  static void for_each_part(std::size_t count, off_t offset, F part) {
    for (std::size_t done = 0; done < count;) {
      const std::uint64_t at = static_cast<std::uint64_t>(offset) + done;
      const std::size_t inside = at % sector_size;
      const std::size_t n = std::min(sector_size - inside, count - done);
      part(at / sector_size, inside, done, n);
      done += n;
    }
  }

  Sector& cached(std::uint64_t sector) {
    const auto [place, is_new] = cache_.try_emplace(sector);
    if (is_new &&
        pread(image_, place->second.data(), sector_size, static_cast<off_t>(sector * sector_size)) < 0) {
      place->second.fill(0);
    }
    return place->second;
  }

  void put(std::uint64_t sector, const Sector& data) const {
    if (pwrite(image_, data.data(), data.size(), static_cast<off_t>(sector * sector_size)) < 0) {
      std::perror("volatile_disk: image");
    }
  }

  const int image_;
  const off_t size_;
  const char* const flag_file_;
  std::mutex mutex_;
  std::map<std::uint64_t, Sector> cache_;  // in the order of the sectors
  bool is_cut_ = false;
};

Disk& disk() {
  return *static_cast<Disk*>(fuse_get_context()->private_data);
}

int get_attributes(const char* path, struct stat* attributes, fuse_file_info*) {
  std::memset(attributes, 0, sizeof *attributes);
  if (std::string_view(path) == "/") {
    attributes->st_mode = S_IFDIR | 0755;
    attributes->st_nlink = 2;
    return 0;
  }
  if (std::string_view(path) == "/disk") {
    attributes->st_mode = S_IFREG | 0600;
    attributes->st_nlink = 1;
    attributes->st_size = disk().size();
    return 0;
  }
  return -ENOENT;
}

fuse_operations operations() {
  fuse_operations table{};
  table.getattr = get_attributes;
  table.open = [](const char* path, fuse_file_info*) {
    return std::string_view(path) == "/disk" ? 0 : -ENOENT;
  };
  table.read = [](const char*, char* to, std::size_t n, off_t at, fuse_file_info*) {
    return disk().read(to, n, at);
  };
  table.write = [](const char*, const char* from, std::size_t n, off_t at, fuse_file_info*) {
    return disk().write(from, n, at);
  };
  table.fsync = [](const char*, int, fuse_file_info*) {
    return disk().flush();
  };
  table.flush = [](const char*, fuse_file_info*) {
    return 0;
  };  // close(2) is no flush
  table.truncate = [](const char*, off_t, fuse_file_info*) {
    return 0;
  };
  return table;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: volatile_disk MOUNTPOINT IMAGE FLAG_FILE\n");
    return 64;
  }
  const int image = open(argv[2], O_RDWR | O_CLOEXEC);

  struct stat attributes {};

  if (image < 0 || fstat(image, &attributes) != 0) {
    std::perror(argv[2]);
    return 1;
  }
  Disk the_disk(image, attributes.st_size, argv[3]);
  sigset_t cut;
  sigemptyset(&cut);
  sigaddset(&cut, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &cut, nullptr);
  std::thread([&the_disk, cut] {
    for (int signal = 0; sigwait(&cut, &signal) == 0;) {
      the_disk.cut_power();
    }
  }).detach();
  const fuse_operations table = operations();
  std::array<char*, 4> arguments = {argv[0], const_cast<char*>("-f"), const_cast<char*>("-s"), argv[1]};
  const int result = fuse_main(static_cast<int>(arguments.size()), arguments.data(), &table, &the_disk);
  the_disk.flush();  // an orderly shutdown: the drive empties its cache
  return result;
}
