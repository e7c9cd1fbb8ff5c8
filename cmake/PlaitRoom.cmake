# plait_room(NAME
#   BASE <framework|protocols>
#   HEADERS <public headers, relative to the current folder>
#   SOURCES <the rest>
#   LINK <PUBLIC|PRIVATE> <targets>...)
#
# Defines the library plait_NAME, called plait::NAME here and by those who find the installed package.
# Its headers are a file set, so that they are installed and each is compiled alone
# (target all_verify_interface_header_sets). A room links only the rooms below it,
# and includes only what it links: test/package/floors_test sees to both.
function(plait_room name)
  cmake_parse_arguments(ROOM "" "BASE" "HEADERS;SOURCES;LINK" ${ARGN})
  set(target plait_${name})
  if(ROOM_SOURCES)
    add_library(${target} ${ROOM_SOURCES})
    set(scope PUBLIC)
    plait_compile_options(${target})
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
    target_compile_features(${target} INTERFACE cxx_std_20)
  endif()
  add_library(plait::${name} ALIAS ${target})
  target_sources(${target} ${scope}
    FILE_SET HEADERS
    BASE_DIRS "${plait_SOURCE_DIR}/${ROOM_BASE}"
    FILES ${ROOM_HEADERS})
  target_link_libraries(${target} ${ROOM_LINK})
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${name}
    VERIFY_INTERFACE_HEADER_SETS ${PROJECT_IS_TOP_LEVEL}
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR})
  set_property(GLOBAL APPEND PROPERTY PLAIT_ROOMS ${name})
endfunction()
