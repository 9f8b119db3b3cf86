# sanitize-undefined-32.cmake - 32-bit host programs under UndefinedBehaviorSanitizer: run-sanitizers.sh.
set(CMAKE_C_COMPILER gcc)
set(CMAKE_C_FLAGS_INIT "-m32 -O1 -g -fsanitize=undefined -fno-sanitize-recover=all")
set(MC_HOST_32 TRUE)
set(CMAKE_PROJECT_memcheck_INCLUDE ${CMAKE_CURRENT_LIST_DIR}/sanitize.cmake)
