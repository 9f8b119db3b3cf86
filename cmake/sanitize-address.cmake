# sanitize-address.cmake - host programs under AddressSanitizer and UndefinedBehaviorSanitizer:
# run-sanitizers.sh. By clang: gcc's marks of globals (__odr_asan...) do not survive the second copy of
# MemCheck that the suite links, with other names.
set(CMAKE_C_COMPILER clang)
set(CMAKE_C_FLAGS_INIT
    "-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all")
set(MC_SANITIZE address)
set(CMAKE_PROJECT_memcheck_INCLUDE ${CMAKE_CURRENT_LIST_DIR}/sanitize.cmake)
