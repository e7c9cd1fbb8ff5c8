# How plait itself is compiled. Nothing here reaches those who link to it.

if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_CXX_EXTENSIONS OFF)
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

  find_program(PLAIT_CCACHE ccache)
  if(PLAIT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${PLAIT_CCACHE}")
  endif()

  # A fast linker, where there is one.
  find_program(PLAIT_MOLD mold)
  find_program(PLAIT_LLD ld.lld)
  if(PLAIT_MOLD)
    add_link_options(-fuse-ld=mold)
  elseif(PLAIT_LLD)
    add_link_options(-fuse-ld=lld)
  endif()
endif()

# Options of every target of ours: plait_compile_options(TARGET).
function(plait_compile_options target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow=local
    $<$<CXX_COMPILER_ID:Clang>:-Wno-unknown-warning-option>
    $<$<BOOL:${PLAIT_WERROR}>:-Werror>
    # Optimising, GCC 12 sees faults in strings and variants where none are.
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-error=maybe-uninitialized
    -Wno-error=restrict -Wno-error=array-bounds -Wno-error=stringop-overflow>)
  if(PLAIT_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${PLAIT_SANITIZE} -fno-omit-frame-pointer
      -fno-sanitize-recover=all
      # GCC's thread sanitizer does not see Asio's fences; the locks, which do the work, it does.
      $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
    target_link_options(${target} PUBLIC -fsanitize=${PLAIT_SANITIZE})
  endif()
endfunction()
