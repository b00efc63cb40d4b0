// A plain Redis client for looking at what a server holds, independent of the one under test. It blocks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

struct redisContext;

namespace cartd::test {

/// One value of a reply.
struct RedisValue {
  enum class Type { nil, integer, string, status, error, array };
  Type type = Type::nil;
  std::string text{};  ///< Of strings, statuses and errors.
  std::int64_t integer = 0;
  std::vector<RedisValue> elements{};

  friend bool operator==(const RedisValue&, const RedisValue&) = default;
};

/// One connection.
class RedisProbe {
 public:
  /// Throws std::runtime_error when there is no connection.
  explicit RedisProbe(std::uint16_t port, const std::string& address = "127.0.0.1");
  explicit RedisProbe(const std::filesystem::path& socket);
  ~RedisProbe();
  RedisProbe(RedisProbe&&) noexcept;
  RedisProbe& operator=(RedisProbe&&) noexcept;

  /// The reply to `arguments`, an error reply too. Throws std::runtime_error when the connection is lost.
  RedisValue command(const std::vector<std::string>& arguments);

  /// The text of the reply to `arguments`; throws std::runtime_error on an error reply.
  std::string text(const std::vector<std::string>& arguments);
  /// The integer of the reply to `arguments`; throws std::runtime_error on an error reply.
  std::int64_t integer(const std::vector<std::string>& arguments);

 private:
  struct Free {
    void operator()(redisContext* context) const;
  };
  std::unique_ptr<redisContext, Free> context_;
};

}  // namespace cartd::test
