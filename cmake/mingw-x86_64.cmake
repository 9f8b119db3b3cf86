# mingw-x86_64.cmake - drivers for Windows x86-64, by gcc.
set(CMAKE_SYSTEM_NAME Windows)
set(MC_ARCH x86_64)
set(MC_DDK /usr/x86_64-w64-mingw32/include/ddk)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc)
set(CMAKE_C_FLAGS_INIT "-O1 -g")
# No program of this toolchain is run, and drivers have no C runtime to link a test program with.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_FIND_ROOT_PATH /usr/x86_64-w64-mingw32)
