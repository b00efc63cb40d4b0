// Commands and users out of JSON.
#include "api/rest/json.h"
#include "util/json_document.h"

#include <optional>
#include <string>
#include <utility>

namespace cartd::rest {
namespace {

Error invalid(std::string detail, std::string_view member) {
  return Error{Errc::invalid, std::move(detail), pointer_to(member)};
}

/// `error`, met inside the member or element `name`, as it is seen from outside.
Error inside(std::string_view name, Error error) {
  error.pointer.insert(0, pointer_to(name));
  return error;
}

Error unknown(util::JsonValue member) {
  constexpr std::size_t longest_shown = 64;
  std::string detail = "unknown field";
  if (member.key().size() <= longest_shown) detail.append(": ").append(member.key());
  return invalid(std::move(detail), member.key());
}

Error missing(std::string_view name) { return invalid(std::string(name) + " is required", name); }

/// Many serializers write a member without a value as null.
bool is_left_out(util::JsonValue member) { return member.is(util::JsonKind::null); }

Result<util::JsonDocument> parse(std::string_view json) {
  auto document = util::JsonDocument::parse(json);
  if (!document) return Error{Errc::malformed, document.error()};
  return std::move(*document);
}

Result<util::JsonDocument> parse_object(std::string_view json) {
  auto document = parse(json);
  if (document && !document->root().is(util::JsonKind::object))
    return Error{Errc::invalid, "a JSON object is expected"};
  return document;
}

/// The string that `member` holds, or a fault that points to it.
Result<std::string_view> text_of(util::JsonValue member) {
  if (!member.is(util::JsonKind::string)) return invalid("a string is expected", member.key());
  return member.text();
}

Result<std::int64_t> integer_of(util::JsonValue member) {
  const auto value = member.integer();
  if (!value) return invalid("an integer without fraction or exponent is expected", member.key());
  return *value;
}

Result<std::string> metadata_of(util::JsonValue member) {
  if (!member.is(util::JsonKind::object)) return invalid("a JSON object is expected", member.key());
  std::string text;
  if (!member.empty()) append_json(text, member);
  return text;
}

template <class Rule>
Result<Name<Rule>> name_of(util::JsonValue member) {
  const auto text = text_of(member);
  if (!text) return text.error();
  auto name = Name<Rule>::parse(*text);
  if (!name) return inside(member.key(), name.error());
  return name;
}

Result<Money> read_price(util::JsonValue price) {
  if (!price.is(util::JsonKind::object))
    return Error{Errc::invalid, "an object of amount_minor and currency is expected"};
  std::optional<std::int64_t> amount;
  std::optional<Currency> currency;
  for (const util::JsonValue member : price) {
    if (member.key() == "amount_minor") {
      const auto value = integer_of(member);
      if (!value) return value.error();
      amount = *value;
    } else if (member.key() == "currency") {
      const auto code = text_of(member);
      if (!code) return code.error();
      const auto parsed = Currency::parse(*code);
      if (!parsed) return inside(member.key(), parsed.error());
      currency = *parsed;
    } else {
      return unknown(member);
    }
  }
  if (!amount) return missing("amount_minor");
  if (!currency) return missing("currency");
  return Money{*amount, *currency};
}

bool is_detail(std::string_view name) { return name == "name" || name == "unit_price" || name == "metadata"; }

/// Which members a line command takes.
struct Takes {
  bool op = false;
  bool sku = false;
  bool quantity = false;
  bool details = false;

  bool knows(std::string_view name) const {
    return (op && name == "op") || (sku && name == "sku") || (quantity && name == "quantity") ||
           (details && is_detail(name));
  }
};

/// The members of any line command.
struct LineMembers {
  std::optional<Sku> sku{};
  std::optional<std::int64_t> quantity{};
  std::optional<LineDetails> details{};
};

/// Reads one member of the details into `details`.
Result<void> read_detail(util::JsonValue member, LineDetails& details) {
  if (member.key() == "name") {
    const auto name = text_of(member);
    if (!name) return name.error();
    details.name = *name;
  } else if (member.key() == "unit_price") {
    const auto price = read_price(member);
    if (!price) return inside(member.key(), price.error());
    details.unit_price = *price;
  } else {
    auto metadata = metadata_of(member);
    if (!metadata) return metadata.error();
    details.metadata = std::move(*metadata);
  }
  return {};
}

Result<LineMembers> read_line_members(util::JsonValue object, const Takes& takes) {
  LineMembers members;
  for (const util::JsonValue member : object) {
    const std::string_view name = member.key();
    if (!takes.knows(name)) return unknown(member);
    if (is_left_out(member)) continue;
    if (name == "sku") {
      auto sku = name_of<SkuRule>(member);
      if (!sku) return sku.error();
      members.sku = std::move(*sku);
    } else if (name == "quantity") {
      const auto quantity = integer_of(member);
      if (!quantity) return quantity.error();
      members.quantity = *quantity;
    } else if (name != "op") {
      if (!members.details) members.details.emplace();
      if (auto read = read_detail(member, *members.details); !read) return read.error();
    }
  }
  if (takes.sku && !members.sku) return missing("sku");
  return members;
}

Result<Add> add_of(LineMembers&& members) {
  return Add{std::move(*members.sku), members.quantity.value_or(1), std::move(members.details)};
}

Result<Remove> remove_of(LineMembers&& members) {
  return Remove{std::move(*members.sku), members.quantity.value_or(1)};
}

Result<RemoveLine> remove_line_of(LineMembers&& members) { return RemoveLine{std::move(*members.sku)}; }

Result<Set> set_of(LineMembers&& members) {
  if (!members.quantity) return missing("quantity");
  return Set{std::move(*members.sku), *members.quantity, std::move(members.details)};
}

Result<Clear> clear_of(LineMembers&&) { return Clear{}; }

/// Reads `object` with `takes` and makes the command from it with `make`.
template <class Make>
Result<LineCommand> read_with(util::JsonValue object, const Takes& takes, Make make) {
  auto members = read_line_members(object, takes);
  if (!members) return members.error();
  auto command = make(std::move(*members));
  if (!command) return command.error();
  return LineCommand(std::move(*command));
}

Result<LineCommand> read_operation(util::JsonValue object) {
  if (!object.is(util::JsonKind::object)) return Error{Errc::invalid, "an object with an op is expected"};
  for (const util::JsonValue member : object) {
    if (member.key() != "op" || is_left_out(member)) continue;
    const auto op = text_of(member);
    if (!op) return op.error();
    if (*op == "add") return read_with(object, {.op = true, .sku = true, .quantity = true, .details = true}, add_of);
    if (*op == "remove") return read_with(object, {.op = true, .sku = true, .quantity = true}, remove_of);
    if (*op == "remove_line") return read_with(object, {.op = true, .sku = true}, remove_line_of);
    if (*op == "set") return read_with(object, {.op = true, .sku = true, .quantity = true, .details = true}, set_of);
    if (*op == "clear") return read_with(object, {.op = true}, clear_of);
    return invalid("op must be add, remove, remove_line, set or clear", "op");
  }
  return missing("op");
}

Command batch_of_one(LineCommand command) {
  Batch batch;
  batch.commands.push_back(std::move(command));
  return batch;
}

}  // namespace

Result<Command> parse_add(std::string_view json) {
  const auto document = parse_object(json);
  if (!document) return document.error();
  auto command = read_with(document->root(), {.sku = true, .quantity = true, .details = true}, add_of);
  if (!command) return command.error();
  return batch_of_one(std::move(*command));
}

Result<Command> parse_set(Sku sku, std::string_view json) {
  const auto document = parse_object(json);
  if (!document) return document.error();
  auto members = read_line_members(document->root(), {.quantity = true, .details = true});
  if (!members) return members.error();
  members->sku = std::move(sku);
  auto command = set_of(std::move(*members));
  if (!command) return command.error();
  return batch_of_one(std::move(*command));
}

Result<Command> parse_annotate(std::string_view json) {
  const auto document = parse_object(json);
  if (!document) return document.error();
  Annotate annotate;
  for (const util::JsonValue member : document->root()) {
    if (member.key() == "metadata") {
      auto metadata = member.is(util::JsonKind::null) ? Result<std::string>(std::string()) : metadata_of(member);
      if (!metadata) return metadata.error();
      annotate.metadata = std::move(*metadata);
    } else if (member.key() != "user_id") {
      return unknown(member);
    } else if (member.is(util::JsonKind::null)) {
      annotate.owner.emplace();
    } else {
      auto owner = name_of<UserIdRule>(member);
      if (!owner) return owner.error();
      annotate.owner.emplace(std::move(*owner));
    }
  }
  if (!annotate.metadata && !annotate.owner) return Error{Errc::invalid, "metadata or user_id is required"};
  return Command(std::move(annotate));
}

Result<Command> parse_batch(std::string_view json) {
  const auto document = parse(json);
  if (!document) return document.error();
  if (!document->root().is(util::JsonKind::array)) return Error{Errc::invalid, "an array of commands is expected"};
  if (document->root().empty()) return Error{Errc::invalid, "at least one command is expected"};
  Batch batch;
  for (const util::JsonValue element : document->root()) {
    auto command = read_operation(element);
    if (!command) return inside(std::to_string(batch.commands.size()), command.error());
    batch.commands.push_back(std::move(*command));
  }
  return Command(std::move(batch));
}

Result<UserFields> parse_user(std::string_view json) {
  const auto document = parse_object(json);
  if (!document) return document.error();
  UserFields fields;
  for (const util::JsonValue member : document->root()) {
    if (is_left_out(member)) continue;
    const auto value = text_of(member);
    if (!value) return value.error();
    fields.emplace(member.key(), *value);
  }
  return fields;
}

Result<UserPatch> parse_user_patch(std::string_view json) {
  const auto document = parse_object(json);
  if (!document) return document.error();
  UserPatch patch;
  for (const util::JsonValue member : document->root()) {
    std::optional<std::string>& value = patch[std::string(member.key())];
    if (member.is(util::JsonKind::null)) continue;
    if (!member.is(util::JsonKind::string)) return invalid("a string or null is expected", member.key());
    value.emplace(member.text());
  }
  return patch;
}

}  // namespace cartd::rest
