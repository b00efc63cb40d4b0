// cartd_load: puts a load on a server and prints one JSON object of figures; times are in microseconds.
#include "load.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>

namespace {

using cartd::bench::Load;
using cartd::bench::LoadResult;
using cartd::bench::Protocol;

// One request a line, with \r, \n and \\ written as such.
std::vector<std::string> read_requests(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> requests;
  for (std::string line; std::getline(file, line);) {
    std::string request;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] != '\\') {
        request += line[i];
      } else if (++i < line.size()) {
        request += line[i] == 'r' ? '\r' : line[i] == 'n' ? '\n' : line[i];
      }
    }
    requests.push_back(std::move(request));
  }
  if (requests.empty()) throw std::runtime_error("no requests in " + path);
  return requests;
}

double micros(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1000; }

// The value that the share `q` of the sorted latencies does not exceed (nearest rank).
double quantile(const LoadResult& result, double q) {
  const auto count = result.latencies.size();
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(count)));
  return micros(result.latencies[rank == 0 ? 0 : rank - 1]);
}

void print(const LoadResult& result) {
  if (result.latencies.empty()) throw std::runtime_error("no answer at all");
  const auto count = result.latencies.size();
  const double seconds = micros(result.elapsed) / 1e6;
  std::printf(R"({"requests": %zu, "errors": %llu, "seconds": %.3f, "rate": %.1f, )"
              R"("p50": %.1f, "p99": %.1f, "p99.9": %.1f, "max": %.1f})"
              "\n",
              count, static_cast<unsigned long long>(result.errors), seconds, static_cast<double>(count) / seconds,
              quantile(result, 0.5), quantile(result, 0.99), quantile(result, 0.999), micros(result.latencies.back()));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Puts a load on a server and prints figures as JSON; times in microseconds");
  Load load;
  std::string protocol = "http";
  std::string requests;
  double seconds = 1;
  app.add_option("--protocol", protocol)->check(CLI::IsMember({"http", "resp"}));
  app.add_option("--address", load.address, "an IP address");
  app.add_option("--port", load.port)->required();
  app.add_option("--connections", load.connections)->check(CLI::Range(1, 60000));
  app.add_option("--requests", requests, "a file with one request a line, \\r, \\n and \\\\ escaped")->required();
  app.add_option("--rate", load.rate, "requests per second; without one, as fast as answers come")
      ->check(CLI::PositiveNumber);
  app.add_option("--count", load.count, "end after this many requests");
  app.add_option("--seconds", seconds, "end after this time")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  try {
    load.protocol = protocol == "http" ? Protocol::http : Protocol::resp;
    load.duration = std::chrono::nanoseconds(std::llround(seconds * 1e9));
    load.requests = read_requests(requests);
    print(run(load));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cartd_load: %s\n", error.what());
    return 1;
  }
}
