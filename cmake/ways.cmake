# ways.cmake - the bus driver (examples/bus), from one source in each way to MemCheck.
#
# ways/WAY/bus.sys in the build folder, WAY being plain, header, link and so on as below. Below each
# is the layer that judges raw frees (tests/wine/rawways.c). tests/wine/ways.sh runs them.

set(bus ${root}/examples/bus)
set(bus_sources ${bus}/driver.c ${bus}/children.c ${bus}/journal.c ${bus}/names.c ${bus}/pnp.c
    ${bus}/scenario.c)
set(bus_library ${bus}/lib/manager.c ${bus}/lib/text.c)
set(ways ${CMAKE_BINARY_DIR}/ways)

set(raw_ways ${CMAKE_BINARY_DIR}/rawways)
add_custom_command(
    OUTPUT ${raw_ways}/rawplain.o ${raw_ways}/rawheader.o ${raw_ways}/rawlink.o
        ${raw_ways}/librawways.a
    COMMAND ${root}/tests/wine/build-rawways.sh ${MC_ARCH} ${raw_ways}
    DEPENDS ${root}/tests/wine/build-rawways.sh ${root}/tests/wine/rawways.c
        ${root}/tests/wine/rawcheck.c)
add_custom_target(rawways DEPENDS ${raw_ways}/rawplain.o)

# MemCheck around a driver's entry, for the header way: no file of the driver calls INIT and EXIT.
add_library(memcheck_entry STATIC EXCLUDE_FROM_ALL ${root}/src/link/entry.c ${root}/src/link/start.c)
target_include_directories(memcheck_entry PRIVATE ${root}/src/core)

# The link way's object and library, with settings: bus_link(FOLDER SETTING...).
function(bus_link folder)
    set(settings ${ARGN})
    list(TRANSFORM settings PREPEND -D)
    add_custom_command(
        OUTPUT ${ways}/${folder}/memcheck_link.o ${ways}/${folder}/libmemcheck_link.a
        COMMAND ${root}/scripts/build-link.sh ${MC_ARCH} --out ${ways}/${folder} ${settings}
        DEPENDS ${MC_ALL} ${root}/scripts/build-link.sh ${root}/scripts/amalgamate.sh
        VERBATIM)
    add_custom_target(bus_${folder} DEPENDS ${ways}/${folder}/memcheck_link.o)
endfunction()

# bus_driver(NAME WAY MEMCHECK BUG...): NAME.sys without more ado if WAY is plain; by the kit's names
# and the library MEMCHECK if it is header; by the link object of folder MEMCHECK if it is link.
function(bus_driver name way memcheck)
    set(bugs ${ARGN})
    list(TRANSFORM bugs PREPEND BUG_)
    # As delivered by others: built without the header, whatever the way.
    add_library(bus_${name}_library STATIC EXCLUDE_FROM_ALL ${bus_library})
    target_compile_options(bus_${name}_library PRIVATE -std=gnu89 ${MC_WARNINGS})
    target_compile_definitions(bus_${name}_library PRIVATE ${bugs})

    add_executable(bus_${name} ${bus_sources})
    set_target_properties(bus_${name} PROPERTIES OUTPUT_NAME bus SUFFIX .sys
        RUNTIME_OUTPUT_DIRECTORY ${ways}/${name})
    # A function's last call is else a jump, and for the link way returns to the caller's line.
    target_compile_options(bus_${name} PRIVATE -std=gnu89 -fno-optimize-sibling-calls ${MC_WARNINGS})
    target_compile_definitions(bus_${name} PRIVATE ${bugs})
    target_link_options(bus_${name} PRIVATE ${MC_DRIVER_LINK}
        -Wl,--entry,${MC_ENTRY_PREFIX}RawCheckEntry${MC_ENTRY_SUFFIX})
    add_dependencies(bus_${name} rawways)
    set(libraries bus_${name}_library ${raw_ways}/raw${way}.o)
    if("${way}" STREQUAL "header")
        target_include_directories(bus_${name} BEFORE PRIVATE ${root}/include/kit ${root}/include)
        list(APPEND libraries memcheck_entry ${memcheck})
    elseif("${way}" STREQUAL "link")
        add_dependencies(bus_${name} bus_${memcheck})
        list(APPEND libraries ${ways}/${memcheck}/memcheck_link.o)
        set(link_library ${ways}/${memcheck}/libmemcheck_link.a)
    endif()
    target_link_libraries(bus_${name} PRIVATE ${libraries} ${raw_ways}/librawways.a ${link_library}
        ntoskrnl hal)
endfunction()

# What the library frees nobody tells the header way. The children's blocks stay in the driver.
# Wine tells no driver its name.
set(bus_name "MEMCHECK_DRIVER_NAME=\"bus\"")
set(bus_letters "MEMCHECK_SYSTEM_TAGS=\"BusL\"")
set(bus_children "MEMCHECK_OWNED_TAGS=\"BusC\"")
memcheck_library_dist(memcheck_bus ${bus_name})
memcheck_library_dist(memcheck_bus_letters ${bus_name} ${bus_letters})
memcheck_library_dist(memcheck_bus_owned ${bus_name} ${bus_letters} ${bus_children})
memcheck_library_dist(memcheck_bus_answers ${bus_name} "MEMCHECK_OWNED_TAGS=\"BusA\"")
# Which code they are is proved elsewhere; these must only be built.
foreach(library memcheck_bus memcheck_bus_letters memcheck_bus_owned memcheck_bus_answers)
    target_compile_options(${library} PRIVATE -O0)
endforeach()
bus_link(link_object ${bus_name})
bus_link(link_object_owned ${bus_name} ${bus_children})

bus_driver(plain plain "")
bus_driver(header header memcheck_bus_letters)
bus_driver(header-letters header memcheck_bus)
bus_driver(header-answers header memcheck_bus_answers) # a wrong setting: the system frees these
bus_driver(header-owned header memcheck_bus_owned)
bus_driver(link link link_object)
bus_driver(link-owned link link_object_owned)

# The bugs that a plain block shows, and those of children, guarded in front.
set(bus_bugs OVERRUN DOUBLE_FREE LEAK WILD_FREE TEXT_OVERRUN NOTE_OVERRUN)
set(bus_owned_bugs ${bus_bugs} UNDERRUN WRITE_AFTER_FREE WRONG_TAG)
bus_driver(header-bugs header memcheck_bus_letters ${bus_bugs})
bus_driver(header-owned-bugs header memcheck_bus_owned ${bus_owned_bugs})
bus_driver(link-bugs link link_object ${bus_bugs})
bus_driver(link-owned-bugs link link_object_owned ${bus_owned_bugs})
