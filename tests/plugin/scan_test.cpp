// SPDX-License-Identifier: Apache-2.0
#include "host/loader/scan.hpp"

#include "host/loader/file_content.hpp"
#include "host/loader/plugin_file.hpp"
#include "host/loader/process_libraries.hpp"
#include "tests/plugin/loader_fixture.hpp"

#include <catch2/catch.hpp>
#include <elf.h>

#include <cstring>
#include <functional>

using namespace baton;
using namespace baton::test;

namespace {

std::vector<std::byte> bytes_of(const std::filesystem::path& path) {
  auto content = read_plugin_file(path);
  REQUIRE(content);
  return content->bytes;
}

std::string verdict(std::span<const std::byte> bytes) {
  const auto report = scan(bytes);
  return report ? "accepted" : std::string(refusal_name(report.error().reason));
}

std::string verdict_of_file(const std::filesystem::path& path) {
  return verdict(bytes_of(path));
}

/// The verdict on the good plugin after `change` was made to its ELF header.
std::string verdict_with_header(const std::function<void(Elf64_Ehdr&)>& change) {
  auto bytes = bytes_of(PLUGIN_plain);
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  change(header);
  std::memcpy(bytes.data(), &header, sizeof(header));
  return verdict(bytes);
}

/// The verdict on the good plugin after `change` was made to its first segment of that type.
std::string verdict_with_segment(Elf64_Word type, const std::function<void(Elf64_Phdr&)>& change) {
  auto bytes = bytes_of(PLUGIN_plain);
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    std::byte* const at = bytes.data() + header.e_phoff + i * sizeof(Elf64_Phdr);
    Elf64_Phdr segment;
    std::memcpy(&segment, at, sizeof(segment));
    if (segment.p_type == type) {
      change(segment);
      std::memcpy(at, &segment, sizeof(segment));
      return verdict(bytes);
    }
  }
  FAIL("the plugin has no such segment");
  return {};
}

}  // namespace

TEST_CASE("a good plugin is accepted, and its manifest is read without running it", "[scan]") {
  ::unsetenv("BATON_FIXTURE_RAN");
  const auto bytes = bytes_of(PLUGIN_plain);

  const auto report = scan(bytes);

  REQUIRE(report);
  CHECK(report->abi_major == BATON_ABI_MAJOR);
  CHECK(report->manifest_json.find("FixtureHandler") != std::string::npos);
  CHECK(report->manifest_json.back() == '}');
  CHECK(report->build_id.size() == 40);
  CHECK_FALSE(report->has_thread_local_destructors);
  CHECK_FALSE(fixture_has_run());
}

TEST_CASE("each kind of unusable library is refused with its own reason", "[scan]") {
  ::unsetenv("BATON_FIXTURE_RAN");

  CHECK(verdict_of_file(PLUGIN_no_entry) == "no_entry");
  CHECK(verdict_of_file(PLUGIN_entry_is_function) == "entry_not_data");
  CHECK(verdict_of_file(PLUGIN_no_note) == "no_manifest");
  CHECK(verdict_of_file(PLUGIN_two_notes) == "two_manifests");
  CHECK(verdict_of_file(PLUGIN_abi_other_major) == "other_abi");
  CHECK(verdict_of_file(PLUGIN_static_tls) == "static_tls");
  CHECK(verdict_of_file(PLUGIN_exec_stack) == "exec_stack");
  CHECK(verdict_of_file(PLUGIN_runpath) == "run_path");
  CHECK(verdict_of_file(PLUGIN_nodelete) == "pinned");
#ifdef PLUGIN_unique_symbols
  CHECK(verdict_of_file(PLUGIN_unique_symbols) == "pinned");
#endif
  CHECK_FALSE(fixture_has_run());
}

TEST_CASE("a manifest that is not JSON is refused with what is wrong with it", "[scan]") {
  ::unsetenv("BATON_FIXTURE_RAN");

  const PluginFile file = judge_plugin_file(PLUGIN_manifest_not_json);

  REQUIRE(file.entry.refusal);
  CHECK(refusal_name(file.entry.refusal->reason) == "bad_manifest");
  CHECK(file.entry.refusal->text.find("JSON") != std::string::npos);
  CHECK_FALSE(fixture_has_run());
}

TEST_CASE("a library that needs a sanitizer is refused unless the host runs under the same one", "[scan]") {
  const bool host_has_it = has_library_named("libtsan.so.2");

  CHECK(verdict_of_file(PLUGIN_needs_thread_sanitizer) == (host_has_it ? "accepted" : "sanitizer"));
}

TEST_CASE("what is not a library of this machine is refused before anything else is read", "[scan]") {
  const std::string script = "#!/bin/sh\necho hello\n";

  CHECK(verdict(std::as_bytes(std::span(script))) == "not_elf");
  CHECK(verdict({}) == "not_elf");
  CHECK(verdict_of_file("/proc/self/exe") == "not_a_library");
  CHECK(verdict_with_header([](Elf64_Ehdr& header) { header.e_machine = EM_S390; }) == "wrong_machine");
  CHECK(verdict_with_header([](Elf64_Ehdr& header) { header.e_ident[EI_CLASS] = ELFCLASS32; }) ==
        "wrong_machine");
  CHECK(verdict_with_header([](Elf64_Ehdr& header) { header.e_ident[EI_DATA] = ELFDATA2MSB; }) ==
        "wrong_machine");
  CHECK(verdict_with_header([](Elf64_Ehdr& header) { header.e_type = ET_REL; }) == "not_a_library");
  CHECK(verdict_with_header([](Elf64_Ehdr& header) { header.e_phnum = 0xffff; }) == "damaged");
  CHECK(verdict_with_header([](Elf64_Ehdr& header) { header.e_phoff = ~std::uint64_t{7}; }) == "truncated");
  CHECK(verdict_with_header([](Elf64_Ehdr& header) { header.e_shoff = ~std::uint64_t{7}; }) == "truncated");
}

TEST_CASE("memory that is both writable and executable is refused", "[scan]") {
  const auto all_rights = [](Elf64_Phdr& segment) {
    segment.p_flags = PF_R | PF_W | PF_X;
  };

  CHECK(verdict_with_segment(PT_LOAD, all_rights) == "writable_code");
  CHECK(verdict_with_segment(PT_GNU_STACK, all_rights) == "exec_stack");
  CHECK(verdict_with_segment(PT_GNU_STACK, [](Elf64_Phdr& segment) { segment.p_type = PT_NULL; }) ==
        "exec_stack");
}

TEST_CASE("segments that lie outside the file or at impossible addresses are refused", "[scan]") {
  const auto far = [](Elf64_Phdr& segment) {
    segment.p_offset = ~std::uint64_t{0} - 15;
  };

  CHECK(verdict_with_segment(PT_LOAD, far) == "truncated");
  CHECK(verdict_with_segment(PT_DYNAMIC, far) == "truncated");
  CHECK(verdict_with_segment(PT_NOTE, far) == "truncated");
  CHECK(verdict_with_segment(PT_LOAD, [](Elf64_Phdr& segment) { segment.p_align = 3; }) == "damaged");
  CHECK(verdict_with_segment(PT_DYNAMIC, [](Elf64_Phdr& segment) { segment.p_type = PT_NULL; }) == "damaged");
}
