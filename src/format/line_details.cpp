#include "format/line_details.h"

#include "format/line_options.h"
#include "util/json_document.h"
#include "util/utf8.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <optional>

namespace cartd::format {
namespace {

using nlohmann::json;

// An array of 5 elements, or of 6 with options, or of 8 with a price before, whose first one is a uint64.
constexpr std::string_view without_options = "\x95\xCF";
constexpr std::string_view with_options = "\x96\xCF";
constexpr std::string_view with_price_was = "\x98\xCF";

/// Takes the parser's events in the one order that line details have, and stops at the first other one: so neither
/// nesting nor a declared length can cost anything.
class DetailsReader final : public nlohmann::json_sax<json> {
 public:
  /// The details, once all elements were read.
  std::optional<LineDetails> take() {
    if (place_ != end_ || amount_.has_value() != currency_.has_value()) return std::nullopt;
    if (amount_) details_.unit_price = Money{*amount_, *currency_};
    if (amount_was_ && currency_was_) details_.price_was = Money{*amount_was_, *currency_was_};
    return std::move(details_);
  }

  bool start_array(std::size_t elements) override {
    if (elements == 6) end_ = Place::amount_was;
    if (elements == 8) end_ = Place::end;
    return at(Place::begin) && (elements == 5 || elements == 6 || elements == 8);
  }
  bool end_array() override { return place_ == end_; }

  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) return false;
    return number_integer(static_cast<number_integer_t>(value));
  }
  bool number_integer(number_integer_t value) override {
    if (at(Place::added_at)) {
      details_.added_at = Time(Millis(value));
      return value >= 0;
    }
    if (at(Place::amount)) amount_ = value;
    else if (end_ == Place::end && at(Place::amount_was)) amount_was_ = value;
    else return false;
    return value >= 0 && value <= max_unit_price;
  }

  bool string(string_t& text) override {
    if (at(Place::name)) {
      details_.name = std::move(text);
      return util::is_utf8(details_.name) && !util::has_control(details_.name);
    }
    if (at(Place::currency)) return read_currency(text, currency_);
    if (end_ == Place::end && at(Place::currency_was)) return read_currency(text, currency_was_);
    if (end_ != Place::options && at(Place::options)) {
      details_.options = std::move(text);
      return is_line_options(details_.options);
    }
    if (!at(Place::metadata)) return false;
    details_.metadata = std::move(text);
    return util::is_json_object(details_.metadata);
  }

  bool null() override {
    return at(Place::name) || at(Place::amount) || at(Place::currency) || at(Place::metadata) ||
           (end_ == Place::end && at(Place::options));
  }

  bool boolean(bool) override { return false; }
  bool number_float(number_float_t, const string_t&) override { return false; }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return false; }
  bool key(string_t&) override { return false; }
  bool end_object() override { return false; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  /// The next value.
  enum class Place { begin, added_at, name, amount, currency, metadata, options, amount_was, currency_was, end };

  static bool read_currency(std::string_view text, std::optional<Currency>& currency) {
    const auto parsed = Currency::parse(text);
    if (parsed) currency = *parsed;
    return parsed.has_value();
  }

  /// True, and one place on, when `place` is what comes next.
  bool at(Place place) {
    if (place_ != place) return false;
    place_ = static_cast<Place>(static_cast<int>(place) + 1);
    return true;
  }

  Place place_ = Place::begin;
  Place end_ = Place::options;  ///< Where the array ends.
  LineDetails details_{};
  std::optional<std::int64_t> amount_{};
  std::optional<Currency> currency_{};
  std::optional<std::int64_t> amount_was_{};
  std::optional<Currency> currency_was_{};
};

json text_or_nil(std::string_view text) { return text.empty() ? json() : json(text); }

}  // namespace

std::string to_msgpack(const LineDetails& details) {
  std::string bytes(details.price_was ? with_price_was : details.options.empty() ? without_options : with_options);
  // Not left to the library, which would write a small number shorter.
  const auto added_at =
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, details.added_at.time_since_epoch().count()));
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>((added_at >> shift) & 0xFF);

  json::to_msgpack(text_or_nil(details.name), bytes);
  json::to_msgpack(details.unit_price ? json(details.unit_price->amount_minor) : json(), bytes);
  json::to_msgpack(text_or_nil(details.unit_price ? details.unit_price->currency.code() : ""), bytes);
  json::to_msgpack(text_or_nil(details.metadata), bytes);
  if (!details.options.empty() || details.price_was) json::to_msgpack(text_or_nil(details.options), bytes);
  if (details.price_was) {
    json::to_msgpack(json(details.price_was->amount_minor), bytes);
    json::to_msgpack(json(details.price_was->currency.code()), bytes);
  }
  return bytes;
}

Result<LineDetails> line_details_from_msgpack(std::string_view bytes) {
  DetailsReader reader;
  if ((bytes.starts_with(without_options) || bytes.starts_with(with_options) || bytes.starts_with(with_price_was)) &&
      json::sax_parse(bytes, &reader, json::input_format_t::msgpack))
    if (auto details = reader.take()) return std::move(*details);
  return Error{Errc::corrupt, "a line's stored details cannot be decoded"};
}

}  // namespace cartd::format
