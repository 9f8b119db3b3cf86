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
