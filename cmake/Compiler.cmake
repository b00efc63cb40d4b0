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
