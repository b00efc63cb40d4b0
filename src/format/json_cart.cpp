#include "format/json_cart.h"

#include "format/line_details.h"
#include "util/decimal.h"
#include "util/digest.h"
#include "util/json_document.h"
#include "util/json_string.h"
#include "util/utf8.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <utility>

namespace cartd::format {
namespace {

using util::JsonKind;
using util::JsonValue;

constexpr std::size_t most_lines = 10'000;  // The largest --max-lines.
constexpr std::size_t most_name_bytes = 4096;
// Metadata may nest as deep as in a request. It lies in an item, in the items, in the cart.
constexpr std::size_t depth = util::JsonDocument::max_depth + 3;

constexpr std::array<std::string_view, 4> cart_members{"cart_id", "user_id", "items", "metadata"};
constexpr std::array<std::string_view, 5> item_members{"product_id", "name", "price", "quantity", "metadata"};

Error corrupt(std::string why) { return {Errc::corrupt, std::move(why)}; }

std::optional<JsonValue> find(JsonValue object, std::string_view name) {
  for (const JsonValue member : object)
    if (member.key() == name && !member.is(JsonKind::null)) return member;
  return std::nullopt;
}

/// Services write ids as texts or as numbers.
std::optional<std::string_view> id_text(JsonValue value) {
  const bool is_id = value.is(JsonKind::string) || (value.is(JsonKind::number) && util::all_digits(value.text()));
  return is_id ? std::optional(value.text()) : std::nullopt;
}

/// The object's metadata, and in it the members that are none of `known`.
Result<std::string> metadata_in(JsonValue object, std::span<const std::string_view> known, const std::string& where) {
  std::string text;
  std::set<std::string_view> names;
  const auto add = [&](JsonValue member) {
    if (!names.insert(member.key()).second) return false;
    text += text.empty() ? '{' : ',';
    util::append_json_string(text, member.key());
    text += ':';
    util::append_json(text, member);
    return true;
  };
  if (const auto metadata = find(object, "metadata")) {
    if (!metadata->is(JsonKind::object)) return corrupt(where + "/metadata is not an object");
    for (const JsonValue member : *metadata) add(member);
  }
  for (const JsonValue member : object) {
    if (std::find(known.begin(), known.end(), member.key()) != known.end()) continue;
    if (!add(member)) return corrupt(where + " has a member that its metadata has, too");
  }
  if (text.empty()) return text;
  text += '}';
  if (!util::is_json_object(text)) return corrupt(where + " has metadata that nests too deep");
  return text;
}

Result<LineDetails> details_in(JsonValue item, const MinorUnit& prices, const std::string& where) {
  LineDetails details;
  if (const auto name = find(item, "name")) {
    if (!name->is(JsonKind::string)) return corrupt(where + "/name is not a text");
    details.name = name->text();
    if (details.name.size() > most_name_bytes) return corrupt(where + "/name is too long");
    if (util::has_control(details.name)) return corrupt(where + "/name has a control character");
  }
  if (const auto price = find(item, "price")) {
    if (!price->is(JsonKind::number) && !price->is(JsonKind::string))
      return corrupt(where + "/price is not a decimal number");
    const auto money = price_from_decimal(price->text(), prices);
    if (!money) return corrupt(where + "/price " + money.error().detail);
    details.unit_price = *money;
  }
  auto metadata = metadata_in(item, item_members, where);
  if (!metadata) return metadata.error();
  details.metadata = std::move(*metadata);
  return details;
}

/// The lines so far, by LineId::str().
class Lines {
 public:
  /// Answers what is wrong; empty: nothing.
  std::string add(const Sku& sku, LineDetails details, std::int64_t quantity) {
    const LineId plain(sku);
    const auto first = lines_.find(plain.str());
    if (first == lines_.end()) return insert(plain, std::move(details), quantity);
    if (first->second.details == details) return add_to(first->second, quantity);
    constexpr std::size_t characters = 22;  // As the labels of options.
    const LineId labelled(sku, *LineLabel::parse(util::digest(to_msgpack(details), characters)));
    const auto other = lines_.find(labelled.str());
    if (other != lines_.end()) return add_to(other->second, quantity);
    return insert(labelled, std::move(details), quantity);
  }

  std::vector<Line> take() {
    std::vector<Line> lines;
    lines.reserve(lines_.size());
    for (auto& [text, entry] : lines_) {
      Line line{std::move(entry.id), entry.quantity};
      if (!entry.details.empty()) {
        entry.details.added_at = Time(Millis(entry.place));
        line.details = std::make_shared<const LineDetails>(std::move(entry.details));
      }
      lines.push_back(std::move(line));
    }
    std::sort(lines.begin(), lines.end(), shown_before);
    return lines;
  }

 private:
  struct Entry {
    LineId id;
    std::int64_t quantity;
    std::int64_t place;
    LineDetails details;
  };

  std::string insert(const LineId& id, LineDetails details, std::int64_t quantity) {
    if (lines_.size() == most_lines) return "/items has more lines than a cart may have";
    const auto place = static_cast<std::int64_t>(lines_.size());
    lines_.emplace(id.str(), Entry{id, quantity, place, std::move(details)});
    return {};
  }

  static std::string add_to(Entry& entry, std::int64_t quantity) {
    if (quantity > max_readable_quantity - entry.quantity) return "/items has too many pieces of a product";
    entry.quantity += quantity;
    return {};
  }

  std::map<std::string, Entry, std::less<>> lines_{};
};

Result<void> add_item(Lines& lines, JsonValue item, const MinorUnit& prices, const std::string& where) {
  if (!item.is(JsonKind::object)) return corrupt(where + " is not an object");
  const auto product = find(item, "product_id");
  const auto product_text = product ? id_text(*product) : std::nullopt;
  if (!product_text) return corrupt(where + "/product_id is not a text or a whole number");
  const auto sku = Sku::parse(*product_text);
  if (!sku) return corrupt(where + "/product_id is not a SKU: " + sku.error().detail);
  const auto quantity_member = find(item, "quantity");
  const auto quantity = quantity_member ? quantity_member->integer() : std::nullopt;
  if (!quantity) return corrupt(where + "/quantity is not a whole number");
  if (*quantity < 1 || *quantity > max_readable_quantity) return corrupt(where + "/quantity is out of range");
  auto details = details_in(item, prices, where);
  if (!details) return details.error();
  if (std::string why = lines.add(*sku, std::move(*details), *quantity); !why.empty()) return corrupt(std::move(why));
  return {};
}

Result<void> check_id(JsonValue cart, const CartId& id) {
  const auto member = find(cart, "cart_id");
  if (!member) return {};
  const auto text = id_text(*member);
  if (!text) return corrupt("/cart_id is not a text or a whole number");
  if (*text != id.str()) return corrupt("/cart_id is not the id in the key");
  return {};
}

Result<std::optional<UserId>> owner_in(JsonValue cart) {
  const auto member = find(cart, "user_id");
  if (!member) return std::optional<UserId>();
  const auto text = id_text(*member);
  if (!text) return corrupt("/user_id is not a text or a whole number");
  auto owner = UserId::parse(*text);
  if (!owner) return corrupt("/user_id is not a user id: " + owner.error().detail);
  return std::optional(std::move(*owner));
}

}  // namespace

Result<JsonCart> json_cart_from(std::string_view text, const CartId& id, const MinorUnit& prices) {
  if (text.size() > max_json_cart_bytes)
    return corrupt("is larger than " + std::to_string(max_json_cart_bytes) + " bytes");
  const auto document = util::JsonDocument::parse(text, depth);
  if (!document) return corrupt("cannot be read: " + document.error());
  const JsonValue root = document->root();
  if (!root.is(JsonKind::object)) return corrupt("is not a JSON object");
  if (const auto same = check_id(root, id); !same) return same.error();
  JsonCart cart;
  auto owner = owner_in(root);
  if (!owner) return owner.error();
  cart.owner = std::move(*owner);
  auto metadata = metadata_in(root, cart_members, "the object");
  if (!metadata) return metadata.error();
  cart.metadata = std::move(*metadata);
  const auto items = find(root, "items");
  if (!items || !items->is(JsonKind::array)) return corrupt("/items is not an array");
  Lines lines;
  std::size_t place = 0;
  for (const JsonValue item : *items) {
    const auto added = add_item(lines, item, prices, "/items/" + std::to_string(place++));
    if (!added) return added.error();
  }
  cart.lines = lines.take();
  return cart;
}

bool looks_like_json_cart(std::string_view text) {
  if (text.size() > max_json_cart_bytes) return false;
  const auto document = util::JsonDocument::parse(text, depth);
  if (!document || !document->root().is(JsonKind::object)) return false;
  const auto items = find(document->root(), "items");
  return items && items->is(JsonKind::array);
}

}  // namespace cartd::format
