# expect_no_flags(TARGET...): a user of plait gets include folders, libraries and C++20, and no flag of
# ours: no warnings, no -Werror, no optimisation. Which backend Asio is built on he must know.
function(expect_no_flags)
  foreach(target IN LISTS ARGN)
    foreach(property INTERFACE_COMPILE_OPTIONS INTERFACE_COMPILE_DEFINITIONS INTERFACE_LINK_OPTIONS)
      get_target_property(value ${target} ${property})
      list(FILTER value EXCLUDE REGEX "^BOOST_ASIO_|-NOTFOUND$")
      if(value)
        message(FATAL_ERROR "${target} hands on ${property} = ${value}")
      endif()
    endforeach()
  endforeach()
endfunction()
