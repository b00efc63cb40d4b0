// What a client says of checkouts, out of JSON.
#include "api/rest/json.h"
#include "api/rest/json_lines.h"
#include "api/rest/json_members.h"

#include <map>
#include <string>
#include <utility>

namespace cartd::rest {
namespace {

using Offers = std::map<LineId, Offer>;

/// A body may be left out where each of its members may.
Result<util::JsonDocument> parse_optional_object(std::string_view json) {
  return parse_object(json.empty() ? std::string_view("{}") : json);
}

Result<bool> flag_of(util::JsonValue member) {
  if (member.is(util::JsonKind::boolean)) return member.text() == "true";
  return invalid("true or false is expected", member.key());
}

/// Calls `take` with the offer of each line in the list `member`, and what is said of it there.
template <class Take>
Result<void> read_offers(util::JsonValue member, NamedLineMembers wanted, Offers& offers, Take take) {
  if (!member.is(util::JsonKind::array)) return invalid("an array is expected", member.key());
  std::size_t index = 0;
  for (const util::JsonValue element : member) {
    const std::string place = std::to_string(index++);
    auto line = read_named_line(element, wanted);
    if (!line) return inside(member.key(), inside(place, line.error()));
    Offer& offer = offers.emplace(line->line, Offer{line->line}).first->second;
    const Result<void> taken = take(offer, *line);
    if (!taken) return inside(member.key(), inside(place, taken.error()));
  }
  return {};
}

Result<void> take_price(Offer& offer, const NamedLine& line) {
  if (offer.unit_price) return Error{Errc::invalid, "the line has a price already"};
  offer.unit_price = line.unit_price;
  return {};
}

Result<void> take_available(Offer& offer, const NamedLine& line) {
  if (offer.available) return Error{Errc::invalid, "the line is named twice"};
  if (!line.quantity) return missing("quantity");
  offer.available = *line.quantity;
  return {};
}

Result<void> read_begin_member(util::JsonValue member, CheckoutRequest& request, Offers& offers) {
  const std::string_view name = member.key();
  if (name == "prices") return read_offers(member, NamedLineMembers::unit_price, offers, take_price);
  if (name == "available") return read_offers(member, NamedLineMembers::quantity, offers, take_available);
  if (name == "accept") {
    const auto accepts = flag_of(member);
    if (!accepts) return accepts.error();
    request.accepts_differences = *accepts;
  } else if (name == "metadata") {
    auto metadata = metadata_of(member);
    if (!metadata) return metadata.error();
    request.metadata = std::move(*metadata);
  } else {
    return unknown(member);
  }
  return {};
}

}  // namespace

Result<CheckoutRequest> parse_begin_checkout(std::string_view json) {
  const auto document = parse_optional_object(json);
  if (!document) return document.error();
  CheckoutRequest request;
  Offers offers;
  for (const util::JsonValue member : document->root()) {
    if (is_left_out(member)) continue;
    if (auto read = read_begin_member(member, request, offers); !read) return read.error();
  }
  for (auto& [line, offer] : offers) request.offers.push_back(std::move(offer));
  return request;
}

Result<Completion> parse_complete_checkout(std::string_view json) {
  const auto document = parse_optional_object(json);
  if (!document) return document.error();
  Completion completion;
  for (const util::JsonValue member : document->root()) {
    if (is_left_out(member)) continue;
    if (member.key() == "payment_ref") {
      const auto ref = name_of<PaymentRefRule>(member);
      if (!ref) return ref.error();
      completion.payment_ref = ref->str();
    } else if (member.key() == "strict") {
      const auto is_strict = flag_of(member);
      if (!is_strict) return is_strict.error();
      completion.is_strict = *is_strict;
    } else {
      return unknown(member);
    }
  }
  return completion;
}

}  // namespace cartd::rest
