# host-64.cmake - programs for this machine.
set(CMAKE_C_COMPILER gcc)
set(CMAKE_C_FLAGS_INIT "-O1 -g")
