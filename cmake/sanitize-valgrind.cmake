# sanitize-valgrind.cmake - host programs for Valgrind: run-sanitizers.sh.
set(CMAKE_C_COMPILER gcc)
set(CMAKE_C_FLAGS_INIT "-O1 -g")
set(CMAKE_PROJECT_memcheck_INCLUDE ${CMAKE_CURRENT_LIST_DIR}/sanitize.cmake)
