# harsh.cmake - out of memory at every allocation (tests/oom), scribbling over the pool
# (tests/scribble): on the simulated kernel, against the library that the kernel suite uses.

file(GLOB MC_OOM CONFIGURE_DEPENDS ${root}/tests/oom/*.c)
add_executable(oom ${MC_OOM})
target_compile_options(oom PRIVATE ${MC_TESTS})
target_link_libraries(oom PRIVATE memcheck_suite)
foreach(routine McOsPoolAllocate McOsPoolFree McOsMetaAllocate McOsMetaFree)
    target_link_options(oom PRIVATE -Wl,--wrap=${routine})
endforeach()
add_test(NAME oom COMMAND oom)

file(GLOB MC_SCRIBBLE CONFIGURE_DEPENDS ${root}/tests/scribble/*.c)
add_executable(scribble ${MC_SCRIBBLE})
target_compile_options(scribble PRIVATE ${MC_TESTS})
target_link_libraries(scribble PRIVATE memcheck_suite)
add_test(NAME scribble COMMAND scribble)
