# Fails when PROGRAM, stripped by STRIP, has more than LIMIT bytes; COPY is where the stripped one goes.
execute_process(COMMAND "${STRIP}" -o "${COPY}" "${PROGRAM}" COMMAND_ERROR_IS_FATAL ANY)
file(SIZE "${COPY}" size)
file(REMOVE "${COPY}")
message(STATUS "${PROGRAM}, stripped: ${size} bytes (limit ${LIMIT})")
if(size GREATER LIMIT)
  message(FATAL_ERROR "too large")
endif()
