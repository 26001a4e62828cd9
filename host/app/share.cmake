# What an installation has besides the program: man pages and completion, which the program writes itself, the lesson,
# configs that work as they are, and the documentation.
include(GNUInstallDirs)
set(BATON_ZSH_COMPLETION_DIR ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING "Where _baton is installed")
set(BATON_FISH_COMPLETION_DIR ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d CACHE STRING
  "Where baton.fish is installed")

set(share ${PROJECT_BINARY_DIR}/share)
set(pages ${share}/man/man1)
add_custom_command(OUTPUT ${share}/written
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${share}
  COMMAND baton __man ${pages}
  COMMAND baton completion bash > ${share}/baton.bash
  COMMAND baton completion zsh > ${share}/_baton
  COMMAND baton completion fish > ${share}/baton.fish
  COMMAND ${CMAKE_COMMAND} -E touch ${share}/written
  DEPENDS baton COMMENT "Writing man pages and completion" VERBATIM)
add_custom_target(baton_share ALL DEPENDS ${share}/written)

install(DIRECTORY ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${share}/baton.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME baton)
install(FILES ${share}/_baton DESTINATION ${BATON_ZSH_COMPLETION_DIR})
install(FILES ${share}/baton.fish DESTINATION ${BATON_FISH_COMPLETION_DIR})

install(DIRECTORY ${PROJECT_SOURCE_DIR}/config/lesson DESTINATION ${CMAKE_INSTALL_DATADIR}/baton)
install(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN *.md)

install(CODE "set(SOURCE [[${PROJECT_SOURCE_DIR}/config]])
  set(BINARY [[${PROJECT_BINARY_DIR}/example_configs]])
  set(DESTINATION [[${CMAKE_INSTALL_DOCDIR}/examples]])
  include([[${PROJECT_SOURCE_DIR}/cmake/InstallExamples.cmake]])")
