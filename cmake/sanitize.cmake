# sanitize.cmake - what the builds for run-sanitizers.sh have beyond others; after project().
if(MC_SANITIZE STREQUAL thread)
    set(posix ${CMAKE_CURRENT_SOURCE_DIR}/src/platform/posix)
    add_library(tsan STATIC ${posix}/tsan.c)
    target_include_directories(tsan PRIVATE ${posix} ${CMAKE_CURRENT_SOURCE_DIR}/include ${CMAKE_CURRENT_SOURCE_DIR}/src/platform)
    link_libraries(tsan)
endif()
