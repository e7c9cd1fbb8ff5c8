# The fuzz targets: targets/NAME.cpp, with corpus/NAME beside it; and what they try.
set(PLAIT_FUZZ_TARGETS
  address datagram_queue deferred endpoint_description endpoint_strings file_sender frame_buffer
  happy_eyeballs idna int_n_string_receiver line_only_receiver line_receiver line_receiver_reentered
  netstring_receiver output_buffer port_forward proxy_header stream_transport systemd_environment
  timer_queue)
set(PLAIT_FUZZ_LINKS
  plait::endpoints plait::file plait::intstring plait::line plait::net plait::netstring
  plait::portforward plait::testing)

# What the program is made of, but for its main function.
if(TARGET plait_program)
  find_package(CLI11 2.1 REQUIRED)
  list(APPEND PLAIT_FUZZ_TARGETS command_line)
  list(APPEND PLAIT_FUZZ_LINKS fuzz_program)
  get_target_property(folder plait_program SOURCE_DIR)
  get_target_property(sources plait_program SOURCES)
  list(REMOVE_ITEM sources main.cpp)
  list(TRANSFORM sources PREPEND "${folder}/")
  add_library(fuzz_program OBJECT ${sources})
  target_link_libraries(fuzz_program PUBLIC $<TARGET_PROPERTY:plait_program,LINK_LIBRARIES>)
  target_compile_definitions(fuzz_program PRIVATE $<TARGET_PROPERTY:plait_program,COMPILE_DEFINITIONS>)
  plait_compile_options(fuzz_program)
endif()

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
