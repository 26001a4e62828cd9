// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace baton {

/// A file below host/app/templates: "cpp/handler/@name@.cpp", without the `.in` that keeps tools away from
/// it.
struct TemplateFile {
  std::string_view path;
  std::string_view text;
};

/// All of them, as they were when this program was built. Made by embed_templates.cmake.
[[nodiscard]] std::span<const TemplateFile> template_files();

}  // namespace baton
