#include "store/mongodb/document.h"

#include "format/cart_values.h"

#include <bson/bson.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace cartd::mongodb {
namespace {

int length(std::string_view text) { return static_cast<int>(text.size()); }

/// The field, if it is there and of that type.
bool find(const bson_t* bson, std::string_view name, bson_iter_t& at) {
  return bson_iter_init_find_w_len(&at, bson, name.data(), length(name));
}

bool find(const bson_t* bson, std::string_view name, bson_type_t type, bson_iter_t& at) {
  return find(bson, name, at) && bson_iter_type(&at) == type;
}

}  // namespace

Document::Document() : bson_(bson_new()) {}

Document& Document::text(std::string_view name, std::string_view value) {
  bson_append_utf8(bson_.get(), name.data(), length(name), value.data(), length(value));
  return *this;
}

Document& Document::number(std::string_view name, std::int64_t value) {
  if (std::in_range<std::int32_t>(value))
    bson_append_int32(bson_.get(), name.data(), length(name), static_cast<std::int32_t>(value));
  else bson_append_int64(bson_.get(), name.data(), length(name), value);
  return *this;
}

Document& Document::fraction(std::string_view name, double value) {
  bson_append_double(bson_.get(), name.data(), length(name), value);
  return *this;
}

Document& Document::flag(std::string_view name, bool value) {
  bson_append_bool(bson_.get(), name.data(), length(name), value);
  return *this;
}

Document& Document::null(std::string_view name) {
  bson_append_null(bson_.get(), name.data(), length(name));
  return *this;
}

Document& Document::time(std::string_view name, Time value) {
  bson_append_date_time(bson_.get(), name.data(), length(name), static_cast<std::int64_t>(format::number_of(value)));
  return *this;
}

Document& Document::bytes(std::string_view name, std::string_view value) {
  const std::string copy(value);  // bson_append_binary wants unsigned bytes.
  bson_append_binary(bson_.get(), name.data(), length(name), BSON_SUBTYPE_BINARY,
                     reinterpret_cast<const std::uint8_t*>(copy.data()), static_cast<std::uint32_t>(copy.size()));
  return *this;
}

Document& Document::document(std::string_view name, const Document& value) {
  bson_append_document(bson_.get(), name.data(), length(name), value.get());
  return *this;
}

Document& Document::array(std::string_view name, const Document& value) {
  bson_append_array(bson_.get(), name.data(), length(name), value.get());
  return *this;
}

std::size_t Document::size() const { return bson_.get()->len; }

bool Fields::has(std::string_view name) const {
  bson_iter_t at;
  return find(bson_, name, at);
}

std::optional<std::string_view> Fields::text(std::string_view name) const {
  bson_iter_t at;
  if (!find(bson_, name, BSON_TYPE_UTF8, at)) return std::nullopt;
  std::uint32_t size = 0;
  const char* const text = bson_iter_utf8(&at, &size);
  return std::string_view(text, size);
}

std::optional<std::int64_t> Fields::number(std::string_view name) const {
  bson_iter_t at;
  if (find(bson_, name, BSON_TYPE_INT32, at)) return bson_iter_int32(&at);
  if (find(bson_, name, BSON_TYPE_INT64, at)) return bson_iter_int64(&at);
  return std::nullopt;
}

std::optional<bool> Fields::flag(std::string_view name) const {
  bson_iter_t at;
  if (!find(bson_, name, BSON_TYPE_BOOL, at)) return std::nullopt;
  return bson_iter_bool(&at);
}

std::optional<Time> Fields::time(std::string_view name) const {
  bson_iter_t at;
  if (!find(bson_, name, BSON_TYPE_DATE_TIME, at)) return std::nullopt;
  const std::int64_t value = bson_iter_date_time(&at);
  if (value < 0 || static_cast<std::uint64_t>(value) > format::last_time) return std::nullopt;
  return Time(Millis(value));
}

std::optional<std::string_view> Fields::bytes(std::string_view name) const {
  bson_iter_t at;
  if (!find(bson_, name, BSON_TYPE_BINARY, at)) return std::nullopt;
  bson_subtype_t subtype{};
  std::uint32_t size = 0;
  const std::uint8_t* bytes = nullptr;
  bson_iter_binary(&at, &subtype, &size, &bytes);
  if (bytes == nullptr) return std::nullopt;
  return std::string_view(reinterpret_cast<const char*>(bytes), size);
}

std::optional<Document> Fields::document(std::string_view name, bool is_array) const {
  bson_iter_t at;
  if (!find(bson_, name, is_array ? BSON_TYPE_ARRAY : BSON_TYPE_DOCUMENT, at)) return std::nullopt;
  std::uint32_t size = 0;
  const std::uint8_t* data = nullptr;
  if (is_array) bson_iter_array(&at, &size, &data);
  else bson_iter_document(&at, &size, &data);
  BsonPtr copy(data == nullptr ? nullptr : bson_new_from_data(data, size));
  return copy ? std::optional(Document(std::move(copy))) : std::nullopt;
}

}  // namespace cartd::mongodb
