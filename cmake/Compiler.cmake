# How everything is compiled: warnings are errors, sanitizers where asked for, ccache where there is one.
add_library(cartd_compiler INTERFACE)
target_compile_options(cartd_compiler INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wnull-dereference -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms in inlined Boost and coroutine frames (GCC bugs 105562 and 109561), and, where it optimizes fully, in
  # "text" + std::string (105651) and where it inlines only one of a coroutine frame's new and delete.
  target_compile_options(cartd_compiler INTERFACE -Wno-null-dereference -Wno-maybe-uninitialized -Wno-restrict
                         -Wno-mismatched-new-delete)
endif()

if(CMAKE_UNITY_BUILD)
  # Several sources in one: a type in the nameless namespace of one source looks like one of a header then, and its
  # names hide those of another. Where sources are compiled alone, as for clang-tidy and in a developer's checked
  # build, both warnings stay.
  target_compile_options(cartd_compiler INTERFACE -Wno-shadow)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(cartd_compiler INTERFACE -Wno-subobject-linkage)
  endif()
endif()

# compile_alone(file...): these are not compiled together with others of their target in a unity build, as names of
# theirs are used in another file, too, or as not every program that links them needs them.
function(compile_alone)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

if(CARTD_SANITIZE)
  add_compile_options(-fsanitize=${CARTD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CARTD_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND CARTD_SANITIZE MATCHES "undefined")
    # Clang 14 cannot place that check's data in coroutines ("Cannot represent a difference across sections").
    add_compile_options(-fno-sanitize=function)
  endif()
  if(CARTD_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio orders some accesses by atomic_thread_fence, which the sanitizer does not follow.
    add_compile_options(-Wno-tsan)
  endif()
endif()

find_program(CARTD_CCACHE ccache)
if(CARTD_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CARTD_CCACHE})
endif()
