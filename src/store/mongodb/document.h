// A document of the database, and its fields, as this store writes and reads them.
#pragma once

#include "domain/time.h"
#include "store/mongodb/driver.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cartd::mongodb {

/// Owned; its fields stand in the order in which they were added. Names and values are copied.
class Document {
 public:
  Document();
  explicit Document(BsonPtr document) : bson_(std::move(document)) {}

  Document& text(std::string_view name, std::string_view value);
  /// In four bytes where it fits: clients show those as a plain number.
  Document& number(std::string_view name, std::int64_t value);
  Document& fraction(std::string_view name, double value);
  Document& flag(std::string_view name, bool value);
  Document& null(std::string_view name);
  /// A date. Times before 1970 are written as 1970, those after the year 9999 as its end: others could not be shown.
  Document& time(std::string_view name, Time value);
  Document& bytes(std::string_view name, std::string_view value);
  Document& document(std::string_view name, const Document& value);
  /// `value` is one whose names are "0", "1" and so on.
  Document& array(std::string_view name, const Document& value);

  std::size_t size() const;
  const bson_t* get() const { return bson_.get(); }

 private:
  BsonPtr bson_;
};

/// The fields of a document that somebody wrote: each value is looked at as hostile. Valid as long as the document.
class Fields {
 public:
  explicit Fields(const Document& document) : bson_(document.get()) {}

  bool has(std::string_view name) const;
  // Nothing: there is no such field, or it is something else.
  std::optional<std::string_view> text(std::string_view name) const;
  std::optional<std::int64_t> number(std::string_view name) const;
  std::optional<bool> flag(std::string_view name) const;
  std::optional<Time> time(std::string_view name) const;
  std::optional<std::string_view> bytes(std::string_view name) const;
  /// A copy; of an array, too, if `is_array`.
  std::optional<Document> document(std::string_view name, bool is_array = false) const;

 private:
  const bson_t* bson_;
};

}  // namespace cartd::mongodb
