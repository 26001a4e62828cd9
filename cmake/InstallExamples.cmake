# At the time of installing, when the prefix is known: the configs of the tree, which name the folders of a build, as
# they are right for this installation. Variables: SOURCE (folder), BINARY (folder), DESTINATION (below the prefix).
file(MAKE_DIRECTORY ${BINARY})
file(GLOB configs ${SOURCE}/*.yaml)
foreach(config IN LISTS configs)
  get_filename_component(name ${config} NAME)
  file(READ ${config} text)
  string(REGEX REPLACE "\n +- \\.\\./build/release/plugins[^\n]*" "" text "${text}")  # beside the installed ones
  string(REPLACE "../build/release/plugins" "${CMAKE_INSTALL_PREFIX}/lib/baton/plugins" text "${text}")
  string(REPLACE "/usr/lib/baton/plugins" "${CMAKE_INSTALL_PREFIX}/lib/baton/plugins" text "${text}")
  string(REPLACE "../build/" "" text "${text}")
  file(WRITE ${BINARY}/${name} "${text}")
  file(INSTALL ${BINARY}/${name} DESTINATION ${CMAKE_INSTALL_PREFIX}/${DESTINATION})
endforeach()
