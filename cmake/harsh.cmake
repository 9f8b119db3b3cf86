# harsh.cmake - out of memory at every allocation (tests/oom), scribbling over the pool
# (tests/scribble): on the simulated kernel, against the library that the kernel suite uses.
#
# In the test run oom is of 64 bits alone, as what fails does not depend on the word's size; patterns
# and layouts do. Long runs: oom --long (some minutes), scribble --long SECONDS [SEED].

function(harsh_test name)
    file(GLOB sources CONFIGURE_DEPENDS ${root}/tests/${name}/*.c)
    add_executable(${name} ${sources})
    target_compile_options(${name} PRIVATE ${MC_TESTS})
    target_link_libraries(${name} PRIVATE memcheck_suite)
endfunction()

harsh_test(oom)
foreach(routine McOsPoolAllocate McOsPoolFree McOsMetaAllocate McOsMetaFree)
    target_link_options(oom PRIVATE -Wl,--wrap=${routine}) # tests/oom/broken.c
endforeach()
if(MC_HOST_32)
    set_target_properties(oom PROPERTIES EXCLUDE_FROM_ALL TRUE)
else()
    add_test(NAME oom COMMAND oom)
endif()

harsh_test(scribble)
add_test(NAME scribble COMMAND scribble)
