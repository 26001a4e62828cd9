# Makes templates.cpp, with the text of each file of templates/, so that the program needs none of them where it runs. What
# plugins in Rust are written against comes from plugin_api/rust.
file(GLOB_RECURSE template_files CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/templates
  ${CMAKE_CURRENT_SOURCE_DIR}/templates/*.in)
list(SORT template_files)
list(TRANSFORM template_files PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/templates/)
list(APPEND template_files ${PROJECT_SOURCE_DIR}/plugin_api/rust/baton.rs)
set(embedded "// Made from host/app/templates by embed_templates.cmake.
#include \"host/app/templates.hpp\"

#include <array>

namespace baton {
namespace {

constexpr std::array files = {
")
foreach(file IN LISTS template_files)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} text)
  string(REPLACE ${CMAKE_CURRENT_SOURCE_DIR}/templates/ "" path ${file})
  string(REPLACE ${PROJECT_SOURCE_DIR}/plugin_api/rust/ rust/any/src/ path ${path})
  string(REGEX REPLACE "\\.in$" "" path ${path})
  string(APPEND embedded "    TemplateFile{\"${path}\", R\"template(${text})template\"},\n")
endforeach()
string(APPEND embedded "};

}  // namespace

std::span<const TemplateFile> template_files() {
  return files;
}

}  // namespace baton
")
set(embedded_file ${PROJECT_BINARY_DIR}/generated/host/app/templates.cpp)
set(embedded_before "")
if(EXISTS ${embedded_file})
  file(READ ${embedded_file} embedded_before)
endif()
if(NOT embedded STREQUAL embedded_before)  # else everything that links it would be built again
  file(WRITE ${embedded_file} "${embedded}")
endif()
