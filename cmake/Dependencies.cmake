# The libraries, all from the distribution's packages (see ./dev deps).
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS json url)
find_package(spdlog CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)

# The allocator of every program here; see docs/adr/0003-allocator.md. Sanitizers bring their own.
set(CARTD_ALLOCATOR jemalloc CACHE STRING "jemalloc or system")
set_property(CACHE CARTD_ALLOCATOR PROPERTY STRINGS jemalloc system)
add_library(cartd_allocator INTERFACE)
if(CARTD_ALLOCATOR STREQUAL "jemalloc")
  if(NOT CARTD_SANITIZE)
    find_path(JEMALLOC_INCLUDE jemalloc/jemalloc.h)
    find_library(JEMALLOC_LIBRARY jemalloc)
    if(NOT JEMALLOC_INCLUDE OR NOT JEMALLOC_LIBRARY)
      message(FATAL_ERROR "jemalloc was not found. Install libjemalloc-dev (./dev deps build), or configure with "
                          "-DCARTD_ALLOCATOR=system")
    endif()
    target_include_directories(cartd_allocator SYSTEM INTERFACE ${JEMALLOC_INCLUDE})
    target_compile_definitions(cartd_allocator INTERFACE CARTD_JEMALLOC)
    target_link_libraries(cartd_allocator INTERFACE ${JEMALLOC_LIBRARY})
  endif()
elseif(NOT CARTD_ALLOCATOR STREQUAL "system")
  message(FATAL_ERROR "CARTD_ALLOCATOR is jemalloc or system, not '${CARTD_ALLOCATOR}'")
endif()

# XXH3, compiled into the journal's checksums.
find_path(XXHASH_INCLUDE xxhash.h REQUIRED)
add_library(cartd_xxhash INTERFACE)
target_include_directories(cartd_xxhash SYSTEM INTERFACE ${XXHASH_INCLUDE})

# RocksDB's own package asks for the development files of every compressor that it was built with; the shared library
# does not.
find_path(ROCKSDB_INCLUDE rocksdb/db.h REQUIRED)
find_library(ROCKSDB_LIBRARY rocksdb REQUIRED)
add_library(cartd_rocksdb INTERFACE)
target_include_directories(cartd_rocksdb SYSTEM INTERFACE ${ROCKSDB_INCLUDE})
target_link_libraries(cartd_rocksdb INTERFACE ${ROCKSDB_LIBRARY})

# The client library of PostgreSQL.
find_path(LIBPQ_INCLUDE libpq-fe.h PATH_SUFFIXES postgresql REQUIRED)
find_library(LIBPQ_LIBRARY pq REQUIRED)
add_library(cartd_libpq INTERFACE)
target_include_directories(cartd_libpq SYSTEM INTERFACE ${LIBPQ_INCLUDE})
target_link_libraries(cartd_libpq INTERFACE ${LIBPQ_LIBRARY})

# The client library of MongoDB, and its documents.
find_path(MONGOC_INCLUDE mongoc/mongoc.h PATH_SUFFIXES libmongoc-1.0 REQUIRED)
find_path(BSON_INCLUDE bson/bson.h PATH_SUFFIXES libbson-1.0 REQUIRED)
find_library(MONGOC_LIBRARY mongoc-1.0 REQUIRED)
find_library(BSON_LIBRARY bson-1.0 REQUIRED)
add_library(cartd_mongoc INTERFACE)
target_include_directories(cartd_mongoc SYSTEM INTERFACE ${MONGOC_INCLUDE} ${BSON_INCLUDE})
target_link_libraries(cartd_mongoc INTERFACE ${MONGOC_LIBRARY} ${BSON_LIBRARY})

# CLI11 comes without a CMake package on some of the supported systems.
find_path(CLI11_INCLUDE CLI/CLI.hpp REQUIRED)
add_library(cartd_cli11 INTERFACE)
target_include_directories(cartd_cli11 SYSTEM INTERFACE ${CLI11_INCLUDE})

# Asio and Beast, compiled once: src/runtime/boost_asio.cpp, src/http/boost_beast.cpp.
add_library(cartd_asio INTERFACE)
target_compile_definitions(cartd_asio INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(cartd_asio INTERFACE Boost::headers Threads::Threads OpenSSL::SSL OpenSSL::Crypto)
