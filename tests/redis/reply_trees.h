// Arbitrary replies, as trees and as the bytes that a server would send.
#pragma once

#include "redis/protocol/reply.h"
#include "redis/protocol/reply_reader.h"
#include "replies.h"

#include <rapidcheck.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cartd::redis {

struct Tree {
  ReplyView::Type type = ReplyView::Type::nil;
  std::int64_t integer = 0;
  std::string text{};
  std::vector<Tree> elements{};
};

inline bool has_elements(ReplyType type) {
  return type == ReplyType::array || type == ReplyType::map || type == ReplyType::set;
}

/// At `depth` arrays within each other; the texts of strings are made by `any_text`. Push messages are none.
inline Tree any_tree(const rc::Gen<std::string>& any_text, std::size_t depth = 0,
                     RespVersion version = RespVersion::resp2) {
  using Type = ReplyView::Type;
  Tree tree;
  std::vector<Type> types{Type::nil, Type::integer, Type::string, Type::status, Type::error};
  if (version == RespVersion::resp3) types.insert(types.end(), {Type::boolean, Type::real, Type::big_number});
  if (depth < ReplyReader::max_depth) {
    types.insert(types.end(), {Type::array, Type::array});
    if (version == RespVersion::resp3) types.insert(types.end(), {Type::map, Type::set});
  }
  tree.type = *rc::gen::elementOf(types);
  if (tree.type == Type::integer)
    tree.integer = *rc::gen::oneOf(rc::gen::arbitrary<std::int64_t>(), rc::gen::inRange<std::int64_t>(-2, 20'000));
  if (tree.type == Type::string) tree.text = *any_text;
  if (tree.type == Type::status || tree.type == Type::error)
    tree.text = *rc::gen::container<std::string>(rc::gen::inRange('a', 'z'));
  if (tree.type == Type::boolean) tree.integer = *rc::gen::inRange(0, 2);
  if (tree.type == Type::real) tree.text = *rc::gen::element<std::string>("0", "-1.5", "1e300", "inf", "-inf");
  if (tree.type == Type::big_number) tree.text = std::to_string(*rc::gen::arbitrary<std::int64_t>()) + "0000";
  if (has_elements(tree.type)) {
    const auto size = *rc::gen::inRange<std::size_t>(0, 4) * (tree.type == Type::map ? 2 : 1);
    for (std::size_t i = 0; i < size; ++i) tree.elements.push_back(any_tree(any_text, depth + 1, version));
  }
  return tree;
}

inline std::string bytes_of(const Tree& tree) {
  std::string elements;
  for (const Tree& element : tree.elements) elements += bytes_of(element);
  const auto count = [&](std::size_t each) { return std::to_string(tree.elements.size() / each) + "\r\n" + elements; };
  switch (tree.type) {
    case ReplyType::nil: return nil_bytes;
    case ReplyType::integer: return integer_bytes(tree.integer);
    case ReplyType::string: return bulk_bytes(tree.text);
    case ReplyType::status: return "+" + tree.text + "\r\n";
    case ReplyType::error: return "-" + tree.text + "\r\n";
    case ReplyType::boolean: return tree.integer != 0 ? "#t\r\n" : "#f\r\n";
    case ReplyType::real: return "," + tree.text + "\r\n";
    case ReplyType::big_number: return "(" + tree.text + "\r\n";
    case ReplyType::array: return "*" + count(1);
    case ReplyType::map: return "%" + count(2);
    case ReplyType::set: return "~" + count(1);
    case ReplyType::push: break;
  }
  return ">" + count(1);
}

/// Whether `reply` was read as `tree` was meant.
inline bool same(ReplyView reply, const Tree& tree) {
  const bool is_boolean = tree.type == ReplyType::boolean;
  if (reply.type() != tree.type || reply.text() != tree.text || reply.size() != tree.elements.size()) return false;
  if (reply.integer() != (is_boolean ? 0 : tree.integer) || reply.boolean() != (is_boolean && tree.integer != 0))
    return false;
  for (std::size_t i = 0; i < reply.size(); ++i) {
    if (!same(reply[i], tree.elements[i])) return false;
  }
  return true;
}

}  // namespace cartd::redis
