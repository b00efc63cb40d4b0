// One thing to ask the database, and what it answers. docs/mongodb-layout.md says what the collections hold.
#pragma once

#include "store/mongodb/document.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cartd::mongodb {

namespace collection {
inline constexpr const char* carts = "cartd.carts";
inline constexpr const char* checkouts = "cartd.checkouts";
inline constexpr const char* users = "cartd.users";
inline constexpr const char* schema = "cartd.schema";
}  // namespace collection

struct Operation {
  enum class Kind {
    find,     ///< At most `most` documents that `filter` lets through, with the fields that `body` names.
    insert,   ///< `body`.
    replace,  ///< The document that `filter` finds, by `body`; where there is none, `body` is inserted.
    update,   ///< The document that `filter` finds, by the operators in `body`.
    erase,    ///< All documents that `filter` lets through.
  };

  Kind kind;
  const char* collection;
  Document filter{};
  Document body{};
  std::int64_t most = 1;
  bool by_id = false;  ///< What is found comes in the order of its ids …
  Document order{};    ///< … or in this one, if it is not empty.
};

inline bool is_read(const Operation& operation) { return operation.kind == Operation::Kind::find; }

struct Answer {
  std::vector<Document> found{};
  /// How many documents were written or deleted.
  std::int64_t written = 0;
  /// Nothing was written: there is a document with this id.
  bool is_duplicate = false;
};

}  // namespace cartd::mongodb
