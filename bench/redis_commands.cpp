// What one command costs through the Redis client: allocations, and CPU time of this process, with so many callers at
// once on one event loop, against the server of a URL. Prints a JSON object.
//   redis_commands redis://127.0.0.1:6379 [callers] [commands in all] [commands in a request]
#include "redis/client.h"

#include <sys/resource.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <utility>

namespace {

std::size_t allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using namespace cartd;
namespace asio = boost::asio;

struct Load {
  redis::Client& client;
  std::size_t left;
  std::size_t batch;
};

// One caller's commands, one request after the other.
asio::awaitable<void> call(Load& load) {
  const std::string key = "bench:cart:0123456789";
  while (load.left > 0) {
    load.left -= std::min(load.left, load.batch);
    redis::Request request;
    for (std::size_t i = 0; i < load.batch; ++i) request.add({"HINCRBY", key, "SKU123", "1"});
    const auto answer =
        co_await load.client.send(key, std::move(request), std::chrono::steady_clock::now() + std::chrono::seconds(10));
    if (!answer || answer->reply.view().is_error()) {
      std::fprintf(stderr, "redis_commands: %s\n",
                   answer ? std::string(answer->reply.view().text()).c_str() : answer.error().why.c_str());
      std::exit(1);
    }
  }
}

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

// So many commands by so many callers, until the last is answered.
void run(asio::io_context& context, redis::Client& client, std::size_t callers, std::size_t commands,
         std::size_t batch) {
  Load load{client, commands, batch};
  std::size_t running = callers;
  for (std::size_t i = 0; i < callers; ++i) {
    asio::co_spawn(context, call(load), [&](std::exception_ptr error) {
      rethrow(std::move(error));
      --running;
    });
  }
  while (running > 0) context.run_one();
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::size_t number(int argc, char** argv, int index, std::size_t otherwise) {
  return argc > index ? std::strtoul(argv[index], nullptr, 10) : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  const auto deployment = redis::parse_deployment(argc > 1 ? argv[1] : "");
  const std::size_t callers = number(argc, argv, 2, 64);
  const std::size_t commands = number(argc, argv, 3, 300'000);
  const std::size_t batch = number(argc, argv, 4, 1);
  if (!deployment || callers == 0 || commands == 0 || batch == 0) {
    std::fprintf(stderr, "usage: redis_commands URL [callers] [commands in all] [commands in a request]\n");
    return 2;
  }
  asio::io_context context(1);
  redis::Client client(context.get_executor(), *deployment, {}, nullptr);
  client.start();
  run(context, client, callers, commands / 10 + 1, batch);  // So that every buffer has its size.

  const std::size_t allocations_before = allocations;
  const double cpu_before = cpu_seconds();
  const auto began = std::chrono::steady_clock::now();
  run(context, client, callers, commands, batch);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const auto count = static_cast<double>(commands);
  std::printf("{\"commands_per_second\": %.0f, \"cpu_us\": %.2f, \"allocations\": %.1f}\n", count / seconds,
              (cpu_seconds() - cpu_before) * 1e6 / count,
              static_cast<double>(allocations - allocations_before) / count);
  client.stop();
  return 0;
}
