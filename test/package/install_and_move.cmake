# Installs BUILD_DIR to INSTALL_DIR and moves that to MOVED_DIR, so that a path into the place of
# installation is a path to nothing.
file(REMOVE_RECURSE "${INSTALL_DIR}" "${MOVED_DIR}")
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD_DIR}" --prefix "${INSTALL_DIR}"
  COMMAND_ERROR_IS_FATAL ANY)
file(RENAME "${INSTALL_DIR}" "${MOVED_DIR}")

# Nor may anything lead back to the sources or the build.
file(GLOB_RECURSE texts "${MOVED_DIR}/*.cmake" "${MOVED_DIR}/*.pc")
if(NOT texts)
  message(FATAL_ERROR "Nothing for find_package or pkg-config was installed")
endif()
foreach(text IN LISTS texts)
  file(READ "${text}" content)
  foreach(place "${BUILD_DIR}" "${INSTALL_DIR}")
    string(FIND "${content}" "${place}" at)
    if(NOT at EQUAL -1)
      message(FATAL_ERROR "${text} names ${place}")
    endif()
  endforeach()
endforeach()
