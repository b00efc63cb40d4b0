# The libraries, all from the distribution's packages (see ./dev deps).
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS json url)
find_package(spdlog CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)

# RocksDB's own package asks for the development files of every compressor it was built with; the shared library does not.
find_path(ROCKSDB_INCLUDE rocksdb/db.h REQUIRED)
find_library(ROCKSDB_LIBRARY rocksdb REQUIRED)
add_library(cartd_rocksdb INTERFACE)
target_include_directories(cartd_rocksdb SYSTEM INTERFACE ${ROCKSDB_INCLUDE})
target_link_libraries(cartd_rocksdb INTERFACE ${ROCKSDB_LIBRARY})

# CLI11 comes without a CMake package on some of the supported systems.
find_path(CLI11_INCLUDE CLI/CLI.hpp REQUIRED)
add_library(cartd_cli11 INTERFACE)
target_include_directories(cartd_cli11 SYSTEM INTERFACE ${CLI11_INCLUDE})

# Asio and Beast, compiled once: src/runtime/boost_asio.cpp, src/transport/http/boost_beast.cpp.
add_library(cartd_asio INTERFACE)
target_compile_definitions(cartd_asio INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(cartd_asio INTERFACE Boost::headers Threads::Threads OpenSSL::SSL OpenSSL::Crypto)
