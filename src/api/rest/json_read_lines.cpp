// Line commands out of JSON.
#include "api/rest/json.h"
#include "api/rest/json_lines.h"
#include "api/rest/json_members.h"
#include "format/line_options.h"

#include <optional>
#include <string>
#include <utility>

namespace cartd::rest {
namespace {

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
  bool line = false;
  bool quantity = false;
  bool details = false;
  bool options = false;
  bool price = false;
  bool patches = false;  ///< The details are a merge patch: null takes one away.

  bool knows(std::string_view name) const {
    return (op && name == "op") || (sku && name == "sku") || (line && name == "line") ||
           (quantity && name == "quantity") || (details && is_detail(name)) || (options && name == "options") ||
           (price && name == "unit_price");
  }
};

/// The members of any line command.
struct LineMembers {
  std::optional<Sku> sku{};
  std::optional<LineLabel> label{};
  std::optional<std::int64_t> quantity{};
  DetailsPatch details{};
};

/// Reads one member of the details into `details`.
Result<void> read_detail(util::JsonValue member, DetailsPatch& details) {
  if (member.key() == "name") {
    const auto name = text_of(member);
    if (!name) return name.error();
    details.name = *name;
  } else if (member.key() == "unit_price") {
    const auto price = read_price(member);
    if (!price) return inside(member.key(), price.error());
    details.unit_price = *price;
  } else if (member.key() == "metadata") {
    auto metadata = metadata_of(member);
    if (!metadata) return metadata.error();
    details.metadata = std::move(*metadata);
  } else {
    auto options = format::canonical_options(member);
    if (!options) return inside(member.key(), options.error());
    details.options = std::move(*options);
  }
  return {};
}

/// One member of a merge patch of the details (RFC 7396): null takes it away.
Result<void> read_detail_patch(util::JsonValue member, DetailsPatch& details) {
  const std::string_view name = member.key();
  if (name == "metadata") {
    auto patch = metadata_patch_of(member);
    if (!patch) return patch.error();
    details.metadata = std::move(*patch);
    details.merges_metadata = !details.metadata->empty();
    return {};
  }
  if (!member.is(util::JsonKind::null)) return read_detail(member, details);
  if (name == "name") details.name.emplace();
  else details.unit_price.emplace();
  return {};
}

Result<void> read_line_member(util::JsonValue member, LineMembers& members) {
  const std::string_view name = member.key();
  if (name == "sku") {
    auto sku = name_of<SkuRule>(member);
    if (!sku) return sku.error();
    members.sku = std::move(*sku);
  } else if (name == "line") {
    auto label = name_of<LineLabelRule>(member);
    if (!label) return label.error();
    members.label = std::move(*label);
  } else if (name == "quantity") {
    const auto quantity = integer_of(member);
    if (!quantity) return quantity.error();
    members.quantity = *quantity;
  } else if (name != "op") {
    return read_detail(member, members.details);
  }
  return {};
}

Result<LineMembers> read_line_members(util::JsonValue object, const Takes& takes) {
  LineMembers members;
  for (const util::JsonValue member : object) {
    if (!takes.knows(member.key())) return unknown(member);
    if (takes.patches && is_detail(member.key())) {
      if (auto read = read_detail_patch(member, members.details); !read) return read.error();
      continue;
    }
    if (is_left_out(member)) continue;
    if (auto read = read_line_member(member, members); !read) return read.error();
  }
  if (takes.sku && !members.sku) return missing("sku");
  return members;
}

/// Which line `members` name, of the SKU `sku`. The options make the label.
Result<LineId> line_of(const Sku& sku, const LineMembers& members) {
  const std::string& options = members.details.options;
  if (members.label && !options.empty())
    return invalid("a line is told apart by line or by options, not by both", "options");
  if (members.label) return LineId(sku, *members.label);
  if (!options.empty()) return LineId(sku, format::label_of_options(options));
  return LineId(sku);
}

Result<Add> add_of(LineId line, LineMembers&& members) {
  return Add{std::move(line), members.quantity.value_or(1), std::move(members.details)};
}

Result<Remove> remove_of(LineId line, LineMembers&& members) {
  return Remove{std::move(line), members.quantity.value_or(1)};
}

Result<RemoveLine> remove_line_of(LineId line, LineMembers&&) { return RemoveLine{std::move(line)}; }

Result<Set> set_of(LineId line, LineMembers&& members) {
  if (!members.quantity) return missing("quantity");
  return Set{std::move(line), *members.quantity, std::move(members.details)};
}

Result<Reprice> reprice_of(LineId line, LineMembers&& members) {
  if (!members.details.unit_price) return missing("unit_price");
  return Reprice{std::move(line), **members.details.unit_price};
}

Result<Describe> describe_of(LineId line, LineMembers&& members) {
  // Options only say which line it is.
  members.details.options.clear();
  if (members.details == DetailsPatch{}) return Error{Errc::invalid, "name, unit_price or metadata is required"};
  return Describe{std::move(line), std::move(members.details)};
}

/// Reads `object` with `takes` and makes the command from it with `make`.
template <class Make>
Result<LineCommand> read_with(util::JsonValue object, const Takes& takes, Make make) {
  auto members = read_line_members(object, takes);
  if (!members) return members.error();
  auto line = line_of(*members->sku, *members);
  if (!line) return line.error();
  auto command = make(std::move(*line), std::move(*members));
  if (!command) return command.error();
  return LineCommand(std::move(*command));
}

Result<LineCommand> read_clear(util::JsonValue object) {
  const auto members = read_line_members(object, {.op = true});
  if (!members) return members.error();
  return LineCommand(Clear{});
}

constexpr Takes line_and_patch{
    .op = true, .sku = true, .line = true, .details = true, .options = true, .patches = true};
constexpr Takes line_alone{.op = true, .sku = true, .line = true, .options = true};
constexpr Takes line_and_quantity{.op = true, .sku = true, .line = true, .quantity = true, .options = true};
constexpr Takes line_and_price{.op = true, .sku = true, .line = true, .options = true, .price = true};
constexpr Takes whole_line{.op = true, .sku = true, .line = true, .quantity = true, .details = true, .options = true};

Result<LineCommand> read_operation(util::JsonValue object) {
  if (!object.is(util::JsonKind::object)) return Error{Errc::invalid, "an object with an op is expected"};
  for (const util::JsonValue member : object) {
    if (member.key() != "op" || is_left_out(member)) continue;
    const auto op = text_of(member);
    if (!op) return op.error();
    if (*op == "add") return read_with(object, whole_line, add_of);
    if (*op == "remove") return read_with(object, line_and_quantity, remove_of);
    if (*op == "remove_line") return read_with(object, line_alone, remove_line_of);
    if (*op == "set") return read_with(object, whole_line, set_of);
    if (*op == "describe") return read_with(object, line_and_patch, describe_of);
    if (*op == "reprice") return read_with(object, line_and_price, reprice_of);
    if (*op == "clear") return read_clear(object);
    return invalid("op must be add, remove, remove_line, set, describe, reprice or clear", "op");
  }
  return missing("op");
}

Command batch_of_one(LineCommand command) {
  Batch batch;
  batch.commands.push_back(std::move(command));
  return batch;
}

}  // namespace

Result<NamedLine> read_named_line(util::JsonValue object, NamedLineMembers wanted) {
  if (!object.is(util::JsonKind::object)) return Error{Errc::invalid, "an object with a sku is expected"};
  const bool price = wanted == NamedLineMembers::unit_price;
  auto members =
      read_line_members(object, {.sku = true, .line = true, .quantity = !price, .options = true, .price = price});
  if (!members) return members.error();
  auto line = line_of(*members->sku, *members);
  if (!line) return line.error();
  if (price && !members->details.unit_price) return missing("unit_price");
  return NamedLine{std::move(*line), members->quantity, members->details.unit_price.value_or(std::nullopt)};
}

Result<Command> parse_add(std::string_view json) {
  const auto document = parse_object(json);
  if (!document) return document.error();
  constexpr Takes takes{.sku = true, .line = true, .quantity = true, .details = true, .options = true};
  auto command = read_with(document->root(), takes, add_of);
  if (!command) return command.error();
  return batch_of_one(std::move(*command));
}

Result<Command> parse_set(const Sku& sku, std::optional<LineLabel> label, std::string_view json) {
  const auto document = parse_object(json);
  if (!document) return document.error();
  auto members = read_line_members(document->root(), {.quantity = true, .details = true, .options = true});
  if (!members) return members.error();
  members->label = std::move(label);
  auto line = line_of(sku, *members);
  if (!line) return line.error();
  auto command = set_of(std::move(*line), std::move(*members));
  if (!command) return command.error();
  return batch_of_one(std::move(*command));
}

Result<Command> parse_describe(LineId line, std::string_view json) {
  const auto document = parse_object(json);
  if (!document) return document.error();
  auto members = read_line_members(document->root(), {.details = true, .patches = true});
  if (!members) return members.error();
  auto command = describe_of(std::move(line), std::move(*members));
  if (!command) return command.error();
  return batch_of_one(std::move(*command));
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

}  // namespace cartd::rest
