# host-32.cmake - 32-bit programs for this machine: Windows NT 4.0 to XP are 32-bit. gcc-multilib.
set(CMAKE_C_COMPILER gcc)
set(CMAKE_C_FLAGS_INIT "-m32 -O1 -g")
set(MC_HOST_32 TRUE)
