# The fuzz targets: targets/NAME.cpp, with corpus/NAME beside it; and what they try.
set(PLAIT_FUZZ_TARGETS
  address endpoint_description endpoint_strings frame_buffer int_n_string_receiver line_only_receiver
  line_receiver line_receiver_reentered netstring_receiver proxy_header)
set(PLAIT_FUZZ_LINKS
  plait::endpoints plait::intstring plait::line plait::netstring plait::testing)

if(TARGET plait_tls)
  list(APPEND PLAIT_FUZZ_TARGETS start_tls tls_connection)
  list(APPEND PLAIT_FUZZ_LINKS fuzz_tls)
  set(here "${CMAKE_CURRENT_LIST_DIR}")
  add_library(fuzz_tls OBJECT
    "${here}/support/repeatable_random.cpp" "${here}/support/tls_replay.cpp"
    "${here}/../unit/support/test_certificates.cpp")
  target_link_libraries(fuzz_tls PUBLIC plait::tls plait::testing PRIVATE OpenSSL::SSL)
  plait_compile_options(fuzz_tls)
endif()
