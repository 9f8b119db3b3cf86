# model.cmake - the model test: MemCheck on the simulated kernel beside a naive reference model.

memcheck_library(memcheck_model ${root}/host "${MC_SIM_PLATFORM}" MEMCHECK_TEST_HOOK
    MEMCHECK_REPORT_SLOTS=64)
target_include_directories(memcheck_model PRIVATE ${root}/src/platform/posix)
target_link_libraries(memcheck_model PUBLIC sim)
set_target_properties(memcheck_model PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)

file(GLOB MC_MODEL CONFIGURE_DEPENDS ${root}/tests/model/*.c)
add_executable(model ${MC_MODEL})
target_compile_options(model PRIVATE ${MC_TESTS})
target_include_directories(model PRIVATE ${root}/tests/model)
target_link_libraries(model PRIVATE memcheck_model)
# Each call of the pool by MemCheck goes through pool.c.
foreach(routine ExAllocatePool ExAllocatePoolWithTag ExAllocatePoolWithQuota
        ExAllocatePoolWithQuotaTag ExAllocatePoolWithTagPriority ExAllocatePool2 ExFreePool
        ExFreePoolWithTag RtlFreeUnicodeString)
    target_link_options(model PRIVATE LINKER:--wrap=${routine})
endforeach()
if(MC_HOST_32)
    set_target_properties(model PROPERTIES EXCLUDE_FROM_ALL ON) # by hand: it differs in widths alone
else()
    add_test(NAME model COMMAND model)
endif()
