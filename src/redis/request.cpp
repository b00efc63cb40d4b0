#include "redis/request.h"

#include <hiredis/hiredis.h>

#include <cassert>
#include <memory>
#include <new>
#include <vector>

namespace cartd::redis {
namespace {
struct FreeCommand {
  void operator()(char* command) const { redisFreeCommand(command); }
};
}  // namespace

Request& Request::add(std::span<const std::string_view> command) {
  assert(!command.empty());
  std::vector<const char*> arguments;
  std::vector<std::size_t> lengths;
  arguments.reserve(command.size());
  lengths.reserve(command.size());
  for (std::string_view argument : command) {
    arguments.push_back(argument.data());
    lengths.push_back(argument.size());
  }
  char* formatted = nullptr;
  const auto length = redisFormatCommandArgv(&formatted, static_cast<int>(command.size()), arguments.data(), lengths.data());
  if (length < 0) throw std::bad_alloc();
  const std::unique_ptr<char, FreeCommand> owner(formatted);
  bytes_.append(formatted, static_cast<std::size_t>(length));
  ++commands_;
  return *this;
}

Request& Request::add(const Request& other) {
  bytes_ += other.bytes_;
  commands_ += other.commands_;
  return *this;
}

}  // namespace cartd::redis
