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

/// At `depth` arrays within each other; the texts of strings are made by `any_text`.
inline Tree any_tree(const rc::Gen<std::string>& any_text, std::size_t depth = 0) {
  using Type = ReplyView::Type;
  Tree tree;
  const auto types = depth < ReplyReader::max_depth
                         ? std::vector<Type>{Type::nil, Type::integer, Type::string, Type::status, Type::error, Type::array, Type::array}
                         : std::vector<Type>{Type::nil, Type::integer, Type::string, Type::status, Type::error};
  tree.type = *rc::gen::elementOf(types);
  if (tree.type == Type::integer)
    tree.integer = *rc::gen::oneOf(rc::gen::arbitrary<std::int64_t>(), rc::gen::inRange<std::int64_t>(-2, 20'000));
  if (tree.type == Type::string) tree.text = *any_text;
  if (tree.type == Type::status || tree.type == Type::error) tree.text = *rc::gen::container<std::string>(rc::gen::inRange('a', 'z'));
  if (tree.type == Type::array) {
    const auto size = *rc::gen::inRange<std::size_t>(0, 4);
    for (std::size_t i = 0; i < size; ++i) tree.elements.push_back(any_tree(any_text, depth + 1));
  }
  return tree;
}

inline std::string bytes_of(const Tree& tree) {
  switch (tree.type) {
    case ReplyView::Type::nil: return nil_bytes;
    case ReplyView::Type::integer: return integer_bytes(tree.integer);
    case ReplyView::Type::string: return bulk_bytes(tree.text);
    case ReplyView::Type::status: return "+" + tree.text + "\r\n";
    case ReplyView::Type::error: return "-" + tree.text + "\r\n";
    case ReplyView::Type::array: break;
  }
  std::vector<std::string> elements;
  for (const Tree& element : tree.elements) elements.push_back(bytes_of(element));
  return array_bytes(elements);
}

}  // namespace cartd::redis
