# What every target of this project is compiled with. Never exported: an installed package must not
# impose our warnings on its users.
find_program(BATON_CCACHE ccache)
if(BATON_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${BATON_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${BATON_CCACHE})
endif()

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(tl-expected REQUIRED)

add_library(baton_defaults INTERFACE)
target_compile_features(baton_defaults INTERFACE cxx_std_20)
target_include_directories(baton_defaults INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(baton_defaults INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wconversion
  -Wsign-conversion $<$<BOOL:${BATON_WERROR}>:-Werror>
  # Position-independent, so that a program's shared library may have the host in it; but nobody replaces
  # functions of the host by others of their name, and only then they can be inlined.
  $<$<CONFIG:Release,RelWithDebInfo>:-fno-semantic-interposition>)
target_link_libraries(baton_defaults INTERFACE Threads::Threads)
