# host.cmake - programs of the host: the simulated kernel, the suites on it, the POSIX platform.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

# ---- the simulated kernel, and MemCheck on it ----

file(GLOB MC_SIM CONFIGURE_DEPENDS ${root}/host/sim*.c)
add_library(sim STATIC ${MC_SIM})
target_compile_options(sim PRIVATE ${MC_TESTS})
target_include_directories(sim PUBLIC ${root}/host ${root}/include)
target_link_libraries(sim PUBLIC Threads::Threads)

set(MC_SIM_PLATFORM ${root}/host/platform_sim.c ${root}/src/platform/posix/image.c
    ${root}/src/platform/posix/format.c)
set_source_files_properties(${root}/host/platform_sim.c PROPERTIES COMPILE_OPTIONS -std=gnu11)

# The kernel suite with these settings: kernel_suite(NAME DEFINITION...)
function(kernel_suite name)
    memcheck_library(memcheck_${name} ${root}/host "${MC_SIM_PLATFORM}" MEMCHECK_TEST_HOOK ${ARGN})
    target_include_directories(memcheck_${name} PRIVATE ${root}/src/platform/posix)
    target_link_libraries(memcheck_${name} PUBLIC sim)
    # Compiled a dozen times, and the one file proves that the sources can stand together.
    set_target_properties(memcheck_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
    add_executable(${name} ${MC_SUITE} ${root}/tests/kernel/world_sim.c)
    target_compile_options(${name} PRIVATE ${MC_TESTS})
    target_link_libraries(${name} PRIVATE memcheck_${name})
    if(ARGN) # the variants differ in what they do, not in how they are compiled: the quicker way
        target_compile_options(memcheck_${name} PRIVATE -O0)
        target_compile_options(${name} PRIVATE -O0)
    endif()
    # MemCheck once more, as another driver has it: every symbol with "Other" before its name.
    set(other ${CMAKE_CURRENT_BINARY_DIR}/other_${name})
    add_custom_command(
        OUTPUT ${other}.a
        COMMAND sh -c "${CMAKE_NM} -g --defined-only $<TARGET_FILE:memcheck_${name}> | sed -n 's/.* [A-Z] \\(Mc.*\\)/\\1 Other\\1/p' >${other}.names"
        COMMAND sh -c "echo McTestReport OtherMcTestReport >>${other}.names"
        COMMAND ${CMAKE_OBJCOPY} --redefine-syms=${other}.names $<TARGET_FILE:memcheck_${name}> ${other}.a
        DEPENDS memcheck_${name} VERBATIM)
    add_custom_target(other_${name} DEPENDS ${other}.a)
    add_dependencies(${name} other_${name})
    # One word, which CMake does not take apart: only weak references ask for it.
    target_link_libraries(${name} PRIVATE "-Wl,--whole-archive,${other}.a,--no-whole-archive")
    add_test(NAME ${name} COMMAND ${name})
endfunction()

kernel_suite(suite)
set(MC_SEED 1)
if(MC_HOST_32)
    set(MC_SEED 4)
endif()
add_test(NAME suite_one_cpu COMMAND suite --mode onecpu --seed ${MC_SEED})
# Each setting of memcfg.h once the other way, those of the last two (more, less) there; with 32 bits,
# where nothing of theirs differs, they would only take time.
if(NOT MC_HOST_32)
    kernel_suite(suite_no_double_frees MEMCHECK_DOUBLE_FREES_OFF)
    kernel_suite(suite_no_free_on_exit MEMCHECK_FREE_ON_EXIT_OFF)
    kernel_suite(suite_prints MEMCHECK_DEBUGPRINT MEMCHECK_FREEPRINT MEMCHECK_HALT_ON_BAD)
    kernel_suite(suite_learn MEMCHECK_LEARN=3)
    kernel_suite(suite_lists MEMCHECK_OWNED_TAGS="KtOw,Ab" MEMCHECK_OWNED_SITES="owned.c:7,+0x770"
        MEMCHECK_SYSTEM_TAGS="KtSy" MEMCHECK_SYSTEM_SITES="system.c" MEMCHECK_SYSTEM_BLOCKS=4)
endif()
# And mixtures of numbers: all that is more than the default, all that is less.
kernel_suite(suite_many MEMCHECK_REDZONE=64 MEMCHECK_FILL=0 MEMCHECK_REPEAT=1 MEMCHECK_FREEPRINT
    MEMCHECK_HALT_ON_BAD MEMCHECK_DEBUGPRINT MEMCHECK_DRIVER_NAME="tested")
if(NOT MC_HOST_32)
    kernel_suite(suite_few MEMCHECK_INFOPRINT_OFF MEMCHECK_QUARANTINE_KB=32
        MEMCHECK_QUARANTINE_BLOCKS=16 MEMCHECK_RETIRED=64)
    # The policies of the ways without edits; above, test_policy.c knows the lists.
    kernel_suite(suite_front MEMCHECK_FRONT_REDZONES)
endif()

# The naive checker in MemCheck's place: no test of its own, tests/naive/run.sh wants it to fail.
add_executable(kernel_naive ${MC_SUITE} ${root}/tests/kernel/world_sim.c ${root}/tests/naive/naive.c)
target_compile_options(kernel_naive PRIVATE ${MC_TESTS})
target_compile_definitions(kernel_naive PRIVATE MEMCHECK_TEST_HOOK)
target_include_directories(kernel_naive PRIVATE ${root}/host ${MC_INCLUDE})
target_link_libraries(kernel_naive PRIVATE sim)

# Switched off nothing of MemCheck is there, so the suite stands on the simulated kernel alone.
add_executable(suite_off ${root}/tests/kernel/kernel_test.c ${root}/tests/kernel/test_settings.c
    ${root}/tests/kernel/world_sim.c)
target_compile_options(suite_off PRIVATE ${MC_TESTS})
target_compile_definitions(suite_off PRIVATE MEMCHECK_OFF)
target_include_directories(suite_off PRIVATE ${root}/host ${MC_INCLUDE})
target_link_libraries(suite_off PRIVATE sim)
add_test(NAME suite_off COMMAND suite_off)

# ---- the POSIX platform: what a user's unit tests link, from the tree and from one file ----

memcheck_library(memcheck ${root}/src/platform/posix "${MC_POSIX}")
target_link_libraries(memcheck PUBLIC Threads::Threads)
memcheck_library_dist(memcheck_dist)
target_link_libraries(memcheck_dist PUBLIC Threads::Threads)

foreach(library memcheck memcheck_dist)
    add_executable(host_${library} ${root}/tests/host/host_program.c)
    target_compile_options(host_${library} PRIVATE ${MC_TESTS})
    target_link_libraries(host_${library} PRIVATE ${library})
    add_test(NAME host_${library} COMMAND host_${library})
endforeach()

# ---- the conformance test ----

add_executable(conformance_posix ${root}/tests/kernel/conformance.c ${MC_POSIX})
target_include_directories(conformance_posix PRIVATE ${root}/src/platform/posix ${MC_INCLUDE})
target_link_libraries(conformance_posix PRIVATE Threads::Threads)
add_executable(conformance_sim ${root}/tests/kernel/conformance.c ${MC_SIM_PLATFORM})
target_include_directories(conformance_sim PRIVATE ${root}/host ${root}/src/platform/posix ${MC_INCLUDE})
target_link_libraries(conformance_sim PRIVATE sim)
foreach(program conformance_posix conformance_sim)
    target_compile_options(${program} PRIVATE ${MC_TESTS})
    add_test(NAME ${program} COMMAND ${program})
endforeach()
include(cmake/harsh.cmake)
include(${root}/tests/model/model.cmake)
