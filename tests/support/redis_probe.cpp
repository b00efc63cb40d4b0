#include "support/redis_probe.h"

#include <hiredis/hiredis.h>
#include <sys/time.h>

#include <stdexcept>

namespace cartd::test {
namespace {

constexpr timeval patience{.tv_sec = 20, .tv_usec = 0};

RedisValue convert(const redisReply& reply) {
  RedisValue value;
  switch (reply.type) {
    case REDIS_REPLY_INTEGER:
      value.type = RedisValue::Type::integer;
      value.integer = reply.integer;
      break;
    case REDIS_REPLY_STRING: value.type = RedisValue::Type::string; break;
    case REDIS_REPLY_STATUS: value.type = RedisValue::Type::status; break;
    case REDIS_REPLY_ERROR: value.type = RedisValue::Type::error; break;
    case REDIS_REPLY_ARRAY:
      value.type = RedisValue::Type::array;
      for (std::size_t i = 0; i < reply.elements; ++i) value.elements.push_back(convert(*reply.element[i]));
      break;
    default: break;
  }
  if (reply.str != nullptr) value.text.assign(reply.str, reply.len);
  return value;
}

redisContext* usable(redisContext* context) {
  if (context == nullptr) throw std::runtime_error("no memory for a Redis probe");
  if (context->err != 0) {
    const std::string why = context->errstr;
    redisFree(context);
    throw std::runtime_error("Redis probe: " + why);
  }
  redisSetTimeout(context, patience);
  return context;
}

}  // namespace

void RedisProbe::Free::operator()(redisContext* context) const { redisFree(context); }

RedisProbe::RedisProbe(std::uint16_t port, const std::string& address)
    : context_(usable(redisConnectWithTimeout(address.c_str(), port, patience))) {}

RedisProbe::RedisProbe(const std::filesystem::path& socket)
    : context_(usable(redisConnectUnixWithTimeout(socket.c_str(), patience))) {}

RedisProbe::~RedisProbe() = default;
RedisProbe::RedisProbe(RedisProbe&&) noexcept = default;
RedisProbe& RedisProbe::operator=(RedisProbe&&) noexcept = default;

RedisValue RedisProbe::command(const std::vector<std::string>& arguments) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const std::string& argument : arguments) {
    texts.push_back(argument.data());
    sizes.push_back(argument.size());
  }
  auto* reply = static_cast<redisReply*>(
      redisCommandArgv(context_.get(), static_cast<int>(texts.size()), texts.data(), sizes.data()));
  if (reply == nullptr) throw std::runtime_error(std::string("Redis probe: ") + context_->errstr);
  RedisValue value = convert(*reply);
  freeReplyObject(reply);
  return value;
}

std::string RedisProbe::text(const std::vector<std::string>& arguments) {
  RedisValue value = command(arguments);
  if (value.type == RedisValue::Type::error) throw std::runtime_error("Redis probe: " + value.text);
  return value.text;
}

std::int64_t RedisProbe::integer(const std::vector<std::string>& arguments) {
  const RedisValue value = command(arguments);
  if (value.type == RedisValue::Type::error) throw std::runtime_error("Redis probe: " + value.text);
  return value.integer;
}

}  // namespace cartd::test
