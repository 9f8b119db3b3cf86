# sanitize.cmake - what the builds of run-sanitizers.sh have beyond others; after project(). The
# toolchain files sanitize-*.cmake ask for it.
set(posix ${CMAKE_CURRENT_SOURCE_DIR}/src/platform/posix)
if(MC_SANITIZE STREQUAL thread)
    # For programs of parts, which have no platform; where there is one, it brings the file itself.
    add_library(mc_tsan STATIC ${posix}/tsan.c)
    target_include_directories(mc_tsan PRIVATE ${posix} ${CMAKE_CURRENT_SOURCE_DIR}/include
        ${CMAKE_CURRENT_SOURCE_DIR}/src/platform)
    link_libraries(mc_tsan)
    # Here volatile does not stand for a word that is shared; it keeps a compiler from calling memcpy.
    set(plain core/bytes report/keys report/notice report/paste report/table report/text)
    list(TRANSFORM plain PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/src/)
    list(TRANSFORM plain APPEND .c)
    cmake_language(DEFER CALL set_source_files_properties ${plain}
        DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/tests/unit
        PROPERTIES COMPILE_OPTIONS --param=tsan-distinguish-volatile=0)
endif()

add_executable(control ${CMAKE_CURRENT_SOURCE_DIR}/tests/sanitizers/control.c)
target_include_directories(control PRIVATE ${posix} ${CMAKE_CURRENT_SOURCE_DIR}/include
    ${CMAKE_CURRENT_SOURCE_DIR}/src/platform)
target_link_libraries(control PRIVATE -pthread)
