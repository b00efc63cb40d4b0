// Replies for tests of what reads them, made of the bytes that a server would send.
#pragma once

#include "redis/protocol/reply.h"
#include "redis/protocol/reply_reader.h"

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace cartd::redis {

inline std::string bulk_bytes(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}
inline std::string integer_bytes(std::int64_t number) { return ":" + std::to_string(number) + "\r\n"; }
inline const std::string nil_bytes = "$-1\r\n";

/// An array of `elements`, each as bytes.
inline std::string array_bytes(const std::vector<std::string>& elements) {
  std::string bytes = "*" + std::to_string(elements.size()) + "\r\n";
  for (const std::string& element : elements) bytes += element;
  return bytes;
}
/// An array of strings.
inline std::string list_bytes(const std::vector<std::string>& texts) {
  std::vector<std::string> elements;
  for (const std::string& text : texts) elements.push_back(bulk_bytes(text));
  return array_bytes(elements);
}

inline Reply reply_of(const std::string& bytes) {
  ReplyReader reader;
  reader.feed(bytes);
  auto next = reader.next();
  if (!next || !*next) throw std::runtime_error("the test's bytes are no reply");
  return std::move(**next);
}

}  // namespace cartd::redis
