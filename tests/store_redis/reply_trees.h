// Replies of any shape, for what reads them: a server's bytes are an outside's.
#pragma once

#include "redis/replies.h"

#include <rapidcheck.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace cartd::test {

/// The bytes of one reply: mostly of the types, sizes and numbers that our scripts answer, sometimes of any other.
inline rc::Gen<std::string> any_reply(int depth = 3) {
  using rc::gen::element, rc::gen::map, rc::gen::arbitrary;
  const auto word =
      element<std::string>("v", "c", "u", "x", "o", "a", "m:AAAAAAAB", "m:AAAAAAAA", "l:A", "A", "B", "-1", "0", "1",
                           "7", "12345", "9007199254740993", "18446744073709551615", "99999999999999999999", "1e3", "",
                           "lines", "quantity", "{}", "{\"a\":1}", "\xff\xfe");
  const auto number =
      element<std::int64_t>(0, 1, 2, 3, 4, -1, -2, -3, -4, -5, -6, -7, 11, std::numeric_limits<std::int64_t>::min(),
                            std::numeric_limits<std::int64_t>::max(), std::int64_t{1} << 53);
  const auto text = rc::gen::oneOf(map(word, redis::bulk_bytes), map(arbitrary<std::string>(), redis::bulk_bytes));
  const auto leaf = rc::gen::weightedOneOf<std::string>(
      {{6, text},
       {5, map(number, redis::integer_bytes)},
       {2, rc::gen::just(redis::nil_bytes)},
       {1, rc::gen::just(std::string("+OK\r\n"))},
       {1, map(element<std::string>("ERR internal error", "WRONGTYPE x", "OOM x", ""),
               [](const std::string& words) { return "-" + words + "\r\n"; })}});
  if (depth == 0) return leaf;
  const auto array = rc::gen::mapcat(
      rc::gen::weightedElement<int>({{4, 11}, {3, 2}, {2, 3}, {2, 0}, {2, 1}, {3, 4}, {1, 7}}), [depth](int size) {
        return map(rc::gen::container<std::vector<std::string>>(static_cast<std::size_t>(size), any_reply(depth - 1)),
                   redis::array_bytes);
      });
  return rc::gen::weightedOneOf<std::string>({{3, array}, {2, leaf}});
}

}  // namespace cartd::test
