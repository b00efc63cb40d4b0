# The layers: one target per folder. A folder's headers are visible, as "folder/header.h", to the targets that link it
# and to no others, so that an arrow that points up does not compile. (Third-party headers all lie in /usr/include;
# for them there is tests/layering.py.)

# cartd_layer(<folder> [SOURCES file...] PUBLIC target... PRIVATE target...)
# defines cartd_<folder>, with the slashes as underscores, from the folder's .cpp files.
function(cartd_layer folder)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE" ${ARGN})
  string(REPLACE "/" "_" name ${folder})
  set(target cartd_${name})
  set(root ${PROJECT_SOURCE_DIR}/src)
  file(GLOB sources CONFIGURE_DEPENDS ${root}/${folder}/*.cpp)
  file(GLOB headers CONFIGURE_DEPENDS ${root}/${folder}/*.h)

  set(include ${PROJECT_BINARY_DIR}/include/${target})
  file(REMOVE_RECURSE ${include})
  file(MAKE_DIRECTORY ${include}/${folder})
  foreach(header IN LISTS headers)
    get_filename_component(file ${header} NAME)
    file(CREATE_LINK ${header} ${include}/${folder}/${file} SYMBOLIC)
  endforeach()

  add_library(${target} STATIC ${sources} ${headers})
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
  target_include_directories(${target} PUBLIC ${include})
  target_link_libraries(${target} PUBLIC ${ARG_PUBLIC} PRIVATE cartd_compiler ${ARG_PRIVATE})

  # Every header compiles alone, with what the folder itself sees. A source file shows it of its own header, which it
  # includes first (tests/layering.py); for headers without a source file there is the target check_headers.
  set(checks)
  foreach(header IN LISTS headers)
    get_filename_component(file ${header} NAME)
    string(REGEX REPLACE "\\.h$" ".cpp" source ${header})
    if(source IN_LIST sources)
      continue()
    endif()
    set(check ${PROJECT_BINARY_DIR}/header_check/${folder}/${file}.cpp)
    file(CONFIGURE OUTPUT ${check} CONTENT "#include \"${folder}/${file}\"\n")
    list(APPEND checks ${check})
  endforeach()
  if(checks)
    # The folder's own flags, without a link to it: that would have it built first.
    add_library(${target}_headers OBJECT EXCLUDE_FROM_ALL ${checks})
    set_target_properties(${target}_headers PROPERTIES UNITY_BUILD OFF)
    target_include_directories(${target}_headers PRIVATE $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
    target_include_directories(${target}_headers SYSTEM PRIVATE
                               $<TARGET_PROPERTY:${target},INTERFACE_SYSTEM_INCLUDE_DIRECTORIES>)
    target_compile_definitions(${target}_headers PRIVATE $<TARGET_PROPERTY:${target},COMPILE_DEFINITIONS>)
    target_compile_options(${target}_headers PRIVATE $<TARGET_PROPERTY:${target},COMPILE_OPTIONS>)
    if(NOT TARGET check_headers)
      add_custom_target(check_headers)
    endif()
    add_dependencies(check_headers ${target}_headers)
  endif()
endfunction()
