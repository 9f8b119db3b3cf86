# sanitize-thread.cmake - host programs under ThreadSanitizer: run-sanitizers.sh. Volatile accesses and
# barriers are announced to it by src/platform/posix/tsan.c.
set(CMAKE_C_COMPILER gcc)
set(CMAKE_C_FLAGS_INIT
    "-O1 -g -fno-omit-frame-pointer -fsanitize=thread --param=tsan-distinguish-volatile=1 -DMC_TSAN")
set(MC_SANITIZE thread)
set(CMAKE_PROJECT_memcheck_INCLUDE ${CMAKE_CURRENT_LIST_DIR}/sanitize.cmake)
