# Install rules: the rooms with their headers, what find_package(plait) and pkg-config read, and the
# program. Everything installed finds the rest by paths relative to itself, so a tree may be moved.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)
include(PlaitGraph)

# Which package an imported target that a room links comes from, as arguments of find_dependency.
function(plait_package_of target out)
  if(target STREQUAL "Boost::headers")
    set(package "Boost 1.81")
  elseif(target STREQUAL "fmt::fmt")
    set(package "fmt 9")
  elseif(target STREQUAL "Threads::Threads")
    set(package "Threads")
  elseif(target MATCHES "^OpenSSL::")
    set(package "OpenSSL 3")
  elseif(target STREQUAL "IDN2::IDN2")
    set(package "IDN2")
  elseif(target STREQUAL "LibUring::LibUring")
    set(package "LibUring")
  else()
    message(FATAL_ERROR "A room links ${target}: tell cmake/PlaitInstall.cmake which package that is")
  endif()
  set(${out} ${package} PARENT_SCOPE)
endfunction()

# What linking that target takes with pkg-config: OUT_REQUIRES another .pc, OUT_FLAGS plain flags.
function(plait_pkg_config_of target out_requires out_flags)
  set(requires)
  set(flags)
  if(target STREQUAL "fmt::fmt")
    set(requires "fmt >= 9")
  elseif(target STREQUAL "Threads::Threads")
    set(flags "-pthread")
  elseif(target MATCHES "^OpenSSL::")
    set(requires "openssl >= 3")
  elseif(target STREQUAL "IDN2::IDN2")
    set(requires "libidn2")
  elseif(target STREQUAL "LibUring::LibUring")
    set(requires "liburing")
  endif()  # Boost brings no .pc; its headers are where the compiler looks anyway
  set(${out_requires} ${requires} PARENT_SCOPE)
  set(${out_flags} ${flags} PARENT_SCOPE)
endfunction()

function(plait_install)
  get_property(rooms GLOBAL PROPERTY PLAIT_ROOMS)
  plait_closure(rooms ${rooms})
  set(config_dir "${CMAKE_INSTALL_LIBDIR}/cmake/plait")

  # An export set a room: those who ask for one room define no target that they did not ask for.
  set_target_properties(plait_plait PROPERTIES EXPORT_NAME plait)
  foreach(room IN LISTS rooms ITEMS plait)
    set(headers)
    if(NOT room STREQUAL "plait")
      set(headers FILE_SET HEADERS
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT plait_development)
    endif()
    install(TARGETS plait_${room} EXPORT plait-${room}
      ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT plait_development
      LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT plait_runtime
        NAMELINK_COMPONENT plait_development
      RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT plait_runtime
      ${headers})
    install(EXPORT plait-${room} NAMESPACE plait:: FILE plait-${room}-targets.cmake
      DESTINATION "${config_dir}" COMPONENT plait_development)
  endforeach()

  # plaitConfig.cmake
  set(tables)
  set(pc_requires)
  set(pc_flags)
  set(pc_libraries)
  set(pc_definitions)
  foreach(room IN LISTS rooms)
    plait_closure(closure ${room})
    set(packages)
    foreach(each IN LISTS closure)
      plait_links_of(${each} below others)
      foreach(target IN LISTS others)
        plait_package_of(${target} package)
        list(APPEND packages "${package}")
        plait_pkg_config_of(${target} requires flags)
        list(APPEND pc_requires ${requires})
        list(APPEND pc_flags ${flags})
      endforeach()
    endforeach()
    list(REMOVE_DUPLICATES packages)
    string(APPEND tables "set(_plait_rooms_of_${room} \"${closure}\")\n"
      "set(_plait_packages_of_${room} \"${packages}\")\n")
    get_target_property(definitions plait_${room} INTERFACE_COMPILE_DEFINITIONS)
    if(definitions)
      list(APPEND pc_definitions ${definitions})
    endif()
    get_target_property(type plait_${room} TYPE)
    if(NOT type STREQUAL "INTERFACE_LIBRARY")
      list(PREPEND pc_libraries "-lplait_${room}")  # a linker wants those who need before the needed
    endif()
  endforeach()
  set(PLAIT_ROOM_LIST "${rooms}")
  set(PLAIT_ROOM_TABLES "${tables}")
  configure_package_config_file(
    "${plait_SOURCE_DIR}/cmake/plaitConfig.cmake.in" "${plait_BINARY_DIR}/package/plaitConfig.cmake"
    INSTALL_DESTINATION "${config_dir}"
    NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
  write_basic_package_version_file("${plait_BINARY_DIR}/package/plaitConfigVersion.cmake"
    VERSION "${plait_VERSION}" COMPATIBILITY SameMajorVersion)
  install(FILES
    "${plait_BINARY_DIR}/package/plaitConfig.cmake"
    "${plait_BINARY_DIR}/package/plaitConfigVersion.cmake"
    "${plait_SOURCE_DIR}/cmake/FindIDN2.cmake"
    "${plait_SOURCE_DIR}/cmake/FindLibUring.cmake"
    DESTINATION "${config_dir}" COMPONENT plait_development)

  # plait.pc: all rooms at once.
  list(REMOVE_DUPLICATES pc_requires)
  list(REMOVE_DUPLICATES pc_flags)
  list(TRANSFORM pc_definitions PREPEND "-D")
  list(JOIN pc_definitions " " PLAIT_PC_DEFINITIONS)
  list(JOIN pc_requires ", " PLAIT_PC_REQUIRES)
  list(JOIN pc_flags " " PLAIT_PC_FLAGS)
  list(JOIN pc_libraries " " PLAIT_PC_LIBRARIES)
  # The prefix as seen from the file itself. Folders that were given as absolute paths stay so.
  file(RELATIVE_PATH PLAIT_PC_PREFIX
    "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
  string(REGEX REPLACE "/$" "" PLAIT_PC_PREFIX "${PLAIT_PC_PREFIX}")
  foreach(dir LIBDIR INCLUDEDIR)
    set(PLAIT_PC_${dir} "\${prefix}")
    cmake_path(APPEND PLAIT_PC_${dir} "${CMAKE_INSTALL_${dir}}")
  endforeach()
  configure_file("${plait_SOURCE_DIR}/cmake/plait.pc.in" "${plait_BINARY_DIR}/package/plait.pc" @ONLY)
  install(FILES "${plait_BINARY_DIR}/package/plait.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT plait_development)

  if(TARGET plait_program)
    install(TARGETS plait_program
      RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT plait_runtime)
  endif()
  install(FILES "${plait_SOURCE_DIR}/LICENSE"
    DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT plait_development)
endfunction()

plait_install()
