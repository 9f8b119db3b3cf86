# drivers.cmake - what is built for Windows: drivers, by gcc or clang with mingw-w64's kit headers.

set(MC_DRIVER_LINK -shared -nostdlib -Wl,--subsystem,native -Wl,--exclude-all-symbols
    -Wl,--no-insert-timestamp)
if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
    # wdm.h of mingw-w64 gives clang two inline functions that each object then defines.
    list(APPEND MC_DRIVER_LINK -fuse-ld=lld -Wl,--allow-multiple-definition)
endif()
set(MC_ENTRY_PREFIX "")
set(MC_ENTRY_SUFFIX "")
if(MC_ARCH STREQUAL "i686") # stdcall names
    set(MC_ENTRY_PREFIX "_")
    set(MC_ENTRY_SUFFIX "@8")
endif()

include_directories(SYSTEM ${MC_DDK})
add_compile_definitions(_WIN32_WINNT=0x0600)

# A driver: memcheck_driver(NAME ENTRY SOURCE...) makes NAME.sys.
function(memcheck_driver name entry)
    add_executable(${name} ${ARGN})
    set_target_properties(${name} PROPERTIES SUFFIX .sys)
    target_compile_options(${name} PRIVATE ${MC_TESTS})
    target_link_options(${name} PRIVATE ${MC_DRIVER_LINK}
        -Wl,--entry,${MC_ENTRY_PREFIX}${entry}${MC_ENTRY_SUFFIX})
    target_link_libraries(${name} PRIVATE ntoskrnl hal)
endfunction()

memcheck_library(memcheck ${root}/src/platform/nt "${MC_NT}")
memcheck_library(memcheck_hooked ${root}/src/platform/nt "${MC_NT}" MEMCHECK_TEST_HOOK)
memcheck_library_dist(memcheck_dist)
memcheck_library_dist(memcheck_dist_hooked MEMCHECK_TEST_HOOK)

# The tests include headers of the core; with the amalgamation memcheck.h comes from dist/.
target_include_directories(memcheck_dist_hooked PUBLIC ${MC_INCLUDE} ${root}/src/platform/nt)

# ---- the layer that judges raw frees, since Wine does not ----

set(raw ${CMAKE_BINARY_DIR}/rawcheck)
add_custom_command(
    OUTPUT ${raw}/rawcheck.o ${raw}/librawpool.a
    COMMAND ${root}/tests/wine/build-rawcheck.sh ${MC_ARCH} ${raw}
    DEPENDS ${root}/tests/wine/build-rawcheck.sh ${root}/tests/wine/rawcheck.c)
add_custom_target(rawcheck DEPENDS ${raw}/rawcheck.o ${raw}/librawpool.a)

# A driver that runs on that layer.
function(checked_driver name library)
    memcheck_driver(${name} RawCheckEntry ${ARGN})
    add_dependencies(${name} rawcheck)
    # MemCheck, then the layer, then the kit: each is asked for what those before it lack.
    target_link_libraries(${name} PRIVATE ${library} ${raw}/rawcheck.o ${raw}/librawpool.a ntoskrnl hal)
endfunction()

# ---- the kernel suite, from the tree and from one file; the driver whose entry fails ----

checked_driver(memcheck_test memcheck_hooked ${MC_SUITE} ${root}/tests/kernel/world_nt.c)
checked_driver(memcheck_test_dist memcheck_dist_hooked ${MC_SUITE} ${root}/tests/kernel/world_nt.c)
checked_driver(memcheck_fail memcheck_hooked ${root}/tests/kernel/world_nt.c)
target_compile_definitions(memcheck_fail PRIVATE KT_FAIL_ENTRY)

# ---- the conformance test ----

memcheck_driver(conformance DriverEntry ${root}/tests/kernel/conformance.c ${MC_NT})
target_include_directories(conformance PRIVATE ${root}/src/platform/nt ${MC_INCLUDE})

# ---- a driver that knows nothing of MemCheck, in each way to it; once is enough ----

if(MC_ARCH STREQUAL "x86_64" AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
    include(cmake/ways.cmake)
endif()

# ---- the example, as a user builds it: memcheck.c is one file more ----

if(EXISTS ${root}/examples/faulty/driver.c)
    checked_driver(faulty memcheck_dist ${root}/examples/faulty/driver.c ${root}/examples/faulty/bugs.c)
endif()
