# baton_add_plugin(<name> SOURCES <file>... [LIBRARIES <target>...] [OUTPUT_DIRECTORY <folder>])
#
# Builds <name>.so: a library that a Baton host can load, and that really goes away when it is let go.
# Sources in C++ or C. LIBRARIES are linked privately; prefer static ones, because a plugin has no RUNPATH.
# The file lands in OUTPUT_DIRECTORY; without it in the variable BATON_PLUGIN_OUTPUT_DIRECTORY; without
# that where CMake puts libraries.
include_guard(GLOBAL)

set(BATON_PLUGIN_MAP "${CMAKE_CURRENT_LIST_DIR}/baton_plugin.map" CACHE INTERNAL "")

function(baton_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "OUTPUT_DIRECTORY" "SOURCES;LIBRARIES")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "baton_add_plugin(${name}): unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "baton_add_plugin(${name}): nothing behind ${arg_KEYWORDS_MISSING_VALUES}")
  endif()
  if(NOT arg_SOURCES)
    message(FATAL_ERROR "baton_add_plugin(${name}): SOURCES is missing")
  endif()
  if(NOT arg_OUTPUT_DIRECTORY)
    set(arg_OUTPUT_DIRECTORY "${BATON_PLUGIN_OUTPUT_DIRECTORY}")
  endif()

  add_library(${name} MODULE ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE baton::plugin_api ${arg_LIBRARIES})
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX ".so"
    POSITION_INDEPENDENT_CODE ON
    CXX_EXTENSIONS OFF
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    # A RUNPATH would make the plugin load libraries from the machine it was built on.
    SKIP_BUILD_RPATH ON INSTALL_RPATH ""
    LINK_DEPENDS "${BATON_PLUGIN_MAP}")
  if(arg_OUTPUT_DIRECTORY)
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${arg_OUTPUT_DIRECTORY}")
  endif()

  # A unique symbol (every std::make_shared() makes one) pins the library: dlclose() would do nothing.
  target_compile_options(${name} PRIVATE
    $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-fno-gnu-unique>)
  # Nothing but the entry leaks out, so that two versions of a plugin never bind to each other's functions.
  target_link_options(${name} PRIVATE
    "LINKER:--version-script=${BATON_PLUGIN_MAP}" "LINKER:--exclude-libs,ALL"
    "LINKER:-z,now" "LINKER:-z,relro" "LINKER:-z,noexecstack" "LINKER:--build-id=sha1")
  # A missing symbol fails this link, not the load at a customer. Clang leaves its sanitizers' runtime to
  # the program, so there the symbols are missing rightly.
  get_directory_property(options COMPILE_OPTIONS)
  if(NOT "${CMAKE_C_FLAGS} ${CMAKE_CXX_FLAGS} ${options}" MATCHES "-fsanitize")
    target_link_options(${name} PRIVATE "LINKER:-z,defs")
  endif()
endfunction()
