// SPDX-License-Identifier: Apache-2.0
// Files that are not what they should be: judged by their bytes, before any of their code runs.
#include "tests/zoo/zoo.hpp"

#include <elf.h>

#include <atomic>
#include <cstring>
#include <random>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>

namespace baton::test {
namespace {

namespace fs = std::filesystem;

const std::string good = PLUGIN_counter_v1;

std::string good_bytes() {
  return bytes_of(good);
}

template <class Change>
std::string with_header(Change change) {
  std::string bytes = good_bytes();
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  change(header);
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

/// Drops these bytes, asks for the verdict, and takes them away again.
std::string verdict_on(Zoo& zoo, std::string_view bytes) {
  zoo.drop_bytes(bytes, "x.so");
  const std::string verdict = zoo.verdict("x.so");
  zoo.clear();
  return verdict;
}

std::string verdict_on_file(Zoo& zoo, const fs::path& file) {
  return verdict_on(zoo, bytes_of(file));
}

std::size_t count_refused(const Json& files) {
  return static_cast<std::size_t>(
      std::count_if(files.begin(), files.end(), [](const Json& file) { return file.contains("refused"); }));
}

void cut(Zoo& zoo) {
  const std::string bytes = good_bytes();
  CHECK(verdict_on(zoo, "") == "not_elf");
  CHECK(verdict_on(zoo, bytes.substr(0, 100)) == "truncated");
  CHECK(verdict_on(zoo, bytes.substr(0, bytes.size() / 2)) == "truncated");
  CHECK(verdict_on(zoo, bytes.substr(0, bytes.size() - 64)) == "truncated");
  constexpr std::size_t pieces = 400;
  for (std::size_t i = 0; i < pieces; ++i) {
    zoo.drop_bytes(bytes.substr(0, bytes.size() * i / pieces), std::to_string(i) + ".so");
  }
  CHECK(count_refused(zoo.listed()) == pieces);
  zoo.clear();
}

void flipped(Zoo& zoo) {
  const std::string bytes = good_bytes();
  std::mt19937 random(4);  // NOLINT: the same ones each time
  constexpr std::size_t flips = 400;
  for (std::size_t i = 0; i < flips; ++i) {
    std::string changed = bytes;
    // Half of them where a mistake does most harm: in the headers and tables.
    const std::size_t end = i % 2 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 2048);
    char& byte = changed[random() % end];
    byte = static_cast<char>(byte ^ (1 << random() % 8));
    zoo.drop_bytes(changed, std::to_string(i) + ".so");
  }
  constexpr std::size_t blocks = 40;
  for (std::size_t i = 0; i < blocks; ++i) {
    std::string changed = bytes;
    const std::size_t at = random() % (bytes.size() - 256);
    for (std::size_t j = 0; j < (i % 2 == 0 ? 16U : 256U); ++j) {
      changed[at + j] = i % 2 == 0 ? static_cast<char>(random()) : '\0';
    }
    zoo.drop_bytes(changed, "block" + std::to_string(i) + ".so");
  }
  CHECK(zoo.listed().size() == flips + blocks);
  CHECK(count_refused(zoo.listed()) > 0);
  zoo.clear();
}

void no_shared_object(Zoo& zoo) {
  std::string noise(4096, '\0');
  std::mt19937 random(4);  // NOLINT: the same ones each time
  std::generate(noise.begin(), noise.end(), [&] { return static_cast<char>(random()); });
  noise[0] = 'x';
  CHECK(verdict_on(zoo, noise) == "not_elf");
  CHECK(verdict_on(zoo, "#!/bin/sh\nrm -rf /\n") == "not_elf");
  CHECK(verdict_on(zoo, "INPUT(libc.so.6)\n") == "not_elf");
  CHECK(verdict_on(zoo, "!<arch>\nx.o/            0           0     0     644     0         `\n") ==
        "not_elf");
  CHECK(verdict_on(zoo, with_header([](Elf64_Ehdr& header) { header.e_type = ET_REL; })) == "not_a_library");
  CHECK(verdict_on_file(zoo, "/bin/true") == "not_a_library");
  CHECK(verdict_on(zoo, std::string(16, 'x') + good_bytes()) == "not_elf");
}

void garbage_behind(Zoo& zoo) {
  CHECK(zoo.add(zoo.drop_bytes(good_bytes() + "garbage", "x.so")).empty());
  CHECK(zoo.call("zoo/guest", "count").starts_with("1.0.0 0 "));
  zoo.remove();
  zoo.clear();
}

void other_machines(Zoo& zoo) {
  CHECK(verdict_on(zoo, with_header([](Elf64_Ehdr& header) { header.e_machine = EM_AARCH64; })) ==
        "wrong_machine");
  CHECK(verdict_on(zoo, with_header([](Elf64_Ehdr& header) { header.e_ident[EI_CLASS] = ELFCLASS32; })) ==
        "wrong_machine");
  CHECK(verdict_on(zoo, with_header([](Elf64_Ehdr& header) { header.e_ident[EI_DATA] = ELFDATA2MSB; })) ==
        "wrong_machine");
}

void lying_tables(Zoo& zoo) {
  CHECK(verdict_on(zoo, with_header([](Elf64_Ehdr& header) { header.e_phnum = 0xffff; })) == "damaged");
  CHECK(verdict_on(zoo, with_header([](Elf64_Ehdr& header) { header.e_phoff = ~std::uint64_t{7}; })) ==
        "truncated");
  std::string huge_note = good_bytes();
  const std::size_t owner = huge_note.find(std::string("Baton\0", 6));
  REQUIRE(owner != std::string::npos);
  const Elf64_Nhdr note = {6, 0xfffffff0, 1};
  std::memcpy(huge_note.data() + owner - sizeof note, &note, sizeof note);
  const std::string verdict = verdict_on(zoo, huge_note);
  CHECK((verdict == "damaged" || verdict == "no_manifest"));
}

void no_file(Zoo& zoo) {
  REQUIRE(::mkfifo((zoo.folder() / "fifo.so").c_str(), 0600) == 0);
  CHECK(zoo.verdict("fifo.so") == "not_a_file");
  fs::create_symlink("/dev/zero", zoo.folder() / "zero.so");
  CHECK(zoo.verdict("zero.so") == "not_a_file");
  fs::create_symlink("loop.so", zoo.folder() / "loop.so");
  CHECK(zoo.verdict("loop.so") == "unreadable");
  fs::create_symlink("nowhere", zoo.folder() / "dangling.so");
  CHECK(zoo.verdict("dangling.so") == "unreadable");
  fs::create_directory(zoo.folder() / "folder.so");
  CHECK(zoo.verdict("folder.so") == "unlisted");
  std::ofstream(zoo.folder() / "sparse.so").close();
  fs::resize_file(zoo.folder() / "sparse.so", std::uintmax_t{5} << 30U);
  CHECK(zoo.verdict("sparse.so") == "too_large");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = zoo.folder() / "socket.so";
  REQUIRE(path.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  const std::string verdict = zoo.verdict("socket.so");
  CHECK((verdict == "not_a_file" || verdict == "unreadable"));  // open() itself refuses a socket
  ::close(listener);
  zoo.clear();
}

void no_entry(Zoo& zoo) {
  CHECK(verdict_on_file(zoo, PLUGIN_no_entry) == "no_entry");
  CHECK(verdict_on_file(zoo, PLUGIN_entry_is_function) == "entry_not_data");
}

void no_note(Zoo& zoo) {
  CHECK(verdict_on_file(zoo, PLUGIN_no_note) == "no_manifest");
  CHECK(verdict_on_file(zoo, PLUGIN_two_notes) == "two_manifests");
  CHECK(verdict_on_file(zoo, PLUGIN_manifest_not_json) == "bad_manifest");
  CHECK(verdict_on_file(zoo, PLUGIN_abi_other_major) == "other_abi");
  const std::string error = zoo.refused_on_add(zoo.drop(PLUGIN_table_other_abi, "x.so"));
  CHECK(contains(error, "ABI"));
  zoo.clear();
}

void rights(Zoo& zoo) {
  CHECK(verdict_on_file(zoo, PLUGIN_exec_stack) == "exec_stack");
  CHECK(verdict_on_file(zoo, PLUGIN_runpath) == "run_path");
}

void never_unloaded(Zoo& zoo) {
  CHECK(verdict_on_file(zoo, PLUGIN_nodelete) == "pinned");
#ifdef PLUGIN_unique_symbols
  CHECK(verdict_on_file(zoo, PLUGIN_unique_symbols) == "pinned");
#endif
  CHECK(verdict_on_file(zoo, PLUGIN_static_tls) == "static_tls");
#ifndef __SANITIZE_THREAD__
  CHECK(verdict_on_file(zoo, PLUGIN_needs_thread_sanitizer) == "sanitizer");
#endif
}

void missing_parts(Zoo& zoo) {
  CHECK(contains(zoo.refused_on_add(zoo.drop(PLUGIN_missing_symbol, "a.so")), "symbol_of_no_library"));
  CHECK(contains(zoo.refused_on_add(zoo.drop(PLUGIN_missing_library, "b.so")), "baton_gone"));
  zoo.clear();
}

void names(Zoo& zoo) {
  const fs::path file = zoo.drop(good, "first\nsecond.so");
  CHECK(zoo.verdict(file.filename()).empty());
  CHECK_FALSE(contains(zoo.log(), "\nsecond.so"));
  zoo.clear();

  zoo.drop(PLUGIN_counter_v1, "one.so");
  zoo.drop(PLUGIN_counter_v1_rebuilt, "two.so");
  const Json recipe = {{"type", "CounterHandler"}};
  const auto added = zoo.ask("POST", "/v1/managers/zoo/handlers", recipe.dump(), "application/json");
  REQUIRE_FALSE(added);
  CHECK(contains(added.error().text, "one.so"));
  CHECK(contains(added.error().text, "two.so"));
  zoo.clear();
}

void anybody_may_write(Zoo& zoo) {
  const fs::path file = zoo.drop(good, "x.so");
  fs::create_hard_link(file, zoo.folder() / "link.so");
  REQUIRE(::chmod(file.c_str(), 06777) == 0);
  CHECK(zoo.add(file).empty());
  std::ofstream(file, std::ios::binary) << "overwritten by anybody";
  CHECK(zoo.call("zoo/guest", "count").starts_with("1.0.0 0 "));
  const Ran modes = shell("find " + zoo.place().path("runtime").string() + " -name '*.so' -perm /7277");
  CHECK(modes.output.empty());  // nobody but its owner may do anything with a copy, and nobody may write it
  zoo.remove();
  zoo.clear();
}

/// What is installed is always what the answer says, whichever file was there at which moment.
void renamed_over(Zoo& zoo) {
  const fs::path file = zoo.drop(PLUGIN_counter_v1, "x.so");
  std::atomic<bool> is_over = false;
  std::thread replacer([&] {
    for (int i = 0; !is_over; ++i) {
      zoo.drop(i % 2 == 0 ? PLUGIN_counter_v2 : PLUGIN_counter_v1, "x.so");
    }
  });
  int added = 0;
  for (int i = 0; i < 60; ++i) {
    const Json recipe = {{"file", file.string()}, {"id", "guest"}};
    const auto answer = zoo.ask("POST", "/v1/managers/zoo/handlers", recipe.dump(), "application/json");
    if (answer) {
      ++added;
      const std::string version = Json::parse(*answer).at("handler").at("version");
      CHECK(zoo.call("zoo/guest", "count").starts_with(version + " 0 "));
      zoo.remove();
    } else {
      CHECK(contains(answer.error().text, "chang"));
    }
  }
  is_over = true;
  replacer.join();
  zoo.clear();
  CHECK(added > 0);
}

}  // namespace

std::vector<Case> file_cases() {
  return {{"F1", cut},
          {"F2", flipped},
          {"F3", no_shared_object},
          {"F4", garbage_behind},
          {"F5", other_machines},
          {"F6", lying_tables},
          {"F7", no_file},
          {"F8", no_entry},
          {"F9", no_note},
          {"F10", rights},
          {"F11", never_unloaded},
          {"F12", missing_parts},
          {"F13", names},
          {"F14", anybody_may_write},
          {"F16", renamed_over}};
}

}  // namespace baton::test
