// SPDX-License-Identifier: Apache-2.0
#include "host/loader/process_libraries.hpp"

#include <link.h>

namespace baton {
namespace {

/// Whether `predicate(path)` holds for one of the loaded libraries.
template <class Predicate>
bool any_library(Predicate predicate) {
  const auto visit = [](dl_phdr_info* library, std::size_t, void* context) {
    return (*static_cast<Predicate*>(context))(std::string_view(library->dlpi_name)) ? 1 : 0;
  };
  return dl_iterate_phdr(visit, &predicate) != 0;
}

}  // namespace

bool is_mapped(const std::filesystem::path& path) {
  // By name and not by address: another library may be mapped where this one was. Names are used once.
  return any_library([&](std::string_view loaded) { return loaded == path.native(); });
}

bool has_library_named(std::string_view file_name) {
  return any_library(
      [&](std::string_view loaded) { return loaded.substr(loaded.rfind('/') + 1) == file_name; });
}

}  // namespace baton
