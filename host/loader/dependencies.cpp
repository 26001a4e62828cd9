// SPDX-License-Identifier: Apache-2.0
#include "host/loader/dependencies.hpp"

#include "host/loader/process_libraries.hpp"

#include <dlfcn.h>

namespace baton {

std::vector<std::string> missing_dependencies(const std::vector<std::string>& needed) {
  std::vector<std::string> missing;
  for (const std::string& library : needed) {
    if (has_library_named(library) || ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL) != nullptr) {
      continue;
    }
    const char* const text = ::dlerror();
    missing.emplace_back(text == nullptr ? library : text);
  }
  return missing;
}

}  // namespace baton
