#include "format/change.h"

#include "format/checkout.h"
#include "format/line_details.h"
#include "format/line_options.h"
#include "format/msgpack_writer.h"
#include "format/transfer.h"
#include "util/base64url.h"
#include "util/json_document.h"
#include "util/utf8.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cartd::format {
namespace {

using nlohmann::json;

// --- Writing ---------------------------------------------------------------------------------------------------------

using Writer = MsgpackWriter;

void write_price(Writer& out, const Money& price) {
  out.array(2);
  out.number(static_cast<std::uint64_t>(price.amount_minor));
  out.text(price.currency.code());
}

void write_idempotency(Writer& out, const std::optional<Idempotency>& idempotency) {
  if (idempotency) {
    out.text(idempotency->key);
    out.text(idempotency->fingerprint);
  } else {
    out.nil();
    out.nil();
  }
}

struct WriteLineCommand {
  Writer& out;

  void operator()(const Add& add) const { with_quantity("add", add.line, add.quantity, add.details); }
  void operator()(const Remove& remove) const {
    begin("remove", 3, remove.line);
    out.number(static_cast<std::uint64_t>(remove.quantity));
  }
  void operator()(const RemoveLine& remove) const { begin("remove_line", 2, remove.line); }
  void operator()(const Set& set) const { with_quantity("set", set.line, set.quantity, set.details); }
  void operator()(const Describe& describe) const {
    begin("describe", 3, describe.line);
    details(describe.details);
  }
  void operator()(const Reprice& reprice) const {
    begin("reprice", 3, reprice.line);
    write_price(out, reprice.unit_price);
  }
  void operator()(const Clear&) const {
    out.array(1);
    out.text("clear");
  }

 private:
  void begin(std::string_view kind, std::size_t elements, const LineId& line) const {
    out.array(elements);
    out.text(kind);
    out.text(line.str());
  }
  void with_quantity(std::string_view kind, const LineId& line, std::int64_t quantity,
                     const DetailsPatch& patch) const {
    begin(kind, 4, line);
    out.number(static_cast<std::uint64_t>(quantity));
    if (patch == DetailsPatch{}) out.nil();
    else details(patch);
  }
  void details(const DetailsPatch& patch) const {
    out.array(4);
    text_or_nil(patch.name);
    if (!patch.unit_price) {
      out.nil();
    } else if (!*patch.unit_price) {
      out.array(0);
    } else {
      write_price(out, **patch.unit_price);
    }
    if (patch.merges_metadata) out.array(1);
    text_or_nil(patch.metadata);
    if (patch.options.empty()) out.nil();
    else out.text(patch.options);
  }
  void text_or_nil(const std::optional<std::string>& text) const {
    if (text) out.text(*text);
    else out.nil();
  }
};

struct WriteCommand {
  Writer& out;

  void operator()(const Batch& batch) const {
    out.array(2);
    out.text("batch");
    out.array(batch.commands.size());
    for (const LineCommand& command : batch.commands) std::visit(WriteLineCommand{out}, command);
  }
  void operator()(const Annotate& annotate) const {
    out.array(annotate.kind ? 4 : 3);
    out.text("annotate");
    if (annotate.metadata) out.text(*annotate.metadata);
    else out.nil();
    if (!annotate.owner) out.nil();
    else if (*annotate.owner) out.text((*annotate.owner)->str());
    else out.text("");
    if (annotate.kind) out.text(*annotate.kind ? (*annotate.kind)->str() : "");
  }
  void operator()(const Delete&) const { kind("delete"); }
  void operator()(const Touch&) const { kind("touch"); }
  void operator()(const BeginCheckout& begin) const {
    out.array(5);
    out.text("begin_checkout");
    out.text(begin.id.str());
    out.number(begin.accepts_differences ? 1 : 0);
    out.text(begin.metadata);
    out.array(begin.offers.size());
    for (const Offer& offer : begin.offers) {
      out.array(3);
      out.text(offer.line.str());
      if (offer.unit_price) write_price(out, *offer.unit_price);
      else out.nil();
      if (offer.available) out.number(static_cast<std::uint64_t>(*offer.available));
      else out.nil();
    }
  }
  void operator()(const CompleteCheckout& complete) const {
    out.array(4);
    out.text("complete_checkout");
    out.bytes(checkout_to_bytes(*complete.checkout));
    out.text(complete.payment_ref);
    out.number(complete.is_strict ? 1 : 0);
  }
  void operator()(const AbortCheckout& abort) const {
    out.array(2);
    out.text("abort_checkout");
    out.text(abort.id.str());
  }
  void operator()(const BeginTransfer& begin) const {
    out.array(7);
    out.text("begin_transfer");
    out.text(begin.id);
    out.text(begin.target.str());
    out.text(to_string(begin.policy));
    wanted(begin.lines);
    write_idempotency(out, begin.key);
  }
  void operator()(const TakeTransfer& take) const {
    out.array(2);
    out.text("take_transfer");
    out.bytes(transfer_to_bytes(*take.transfer));
  }
  void operator()(const FinishTransfer& finish) const {
    out.array(3);
    out.text("finish_transfer");
    out.bytes(transfer_to_bytes(*finish.transfer));
    out.number(finish.was_taken ? 1 : 0);
  }

 private:
  void wanted(const std::optional<std::vector<WantedLine>>& lines) const {
    if (!lines) return out.nil();
    out.array(lines->size());
    for (const WantedLine& one : *lines) {
      out.array(2);
      out.text(one.line.str());
      if (one.quantity) out.number(static_cast<std::uint64_t>(*one.quantity));
      else out.nil();
    }
  }
  void kind(std::string_view name) const {
    out.array(1);
    out.text(name);
  }
};

// --- Reading ---------------------------------------------------------------------------------------------------------

// The command's array in the change's, the batch in the command's, a line command in the batch, details in that, the
// price in these.
constexpr std::size_t deepest = 6;

struct Nil {};
struct ArrayOf {
  std::size_t elements;
};
using Token = std::variant<Nil, std::uint64_t, std::string, json::binary_t, ArrayOf>;

/// Notes what the parser meets, and stops it at the first thing that no change holds: so neither nesting nor a declared
/// length can cost anything.
class Tokens final : public nlohmann::json_sax<json> {
 public:
  std::vector<Token> take() { return std::move(tokens_); }

  bool null() override { return note(Nil{}); }
  bool number_unsigned(number_unsigned_t value) override { return note(std::uint64_t{value}); }
  bool number_integer(number_integer_t value) override { return value >= 0 && note(static_cast<std::uint64_t>(value)); }
  bool string(string_t& text) override { return note(std::move(text)); }
  bool binary(binary_t& bytes) override { return note(std::move(bytes)); }
  bool start_array(std::size_t elements) override { return ++depth_ <= deepest && note(ArrayOf{elements}); }
  bool end_array() override {
    --depth_;
    return true;
  }

  bool boolean(bool) override { return false; }
  bool number_float(number_float_t, const string_t&) override { return false; }
  bool start_object(std::size_t) override { return false; }
  bool key(string_t&) override { return false; }
  bool end_object() override { return false; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  bool note(Token token) {
    tokens_.push_back(std::move(token));
    return true;
  }

  std::vector<Token> tokens_;
  std::size_t depth_ = 0;
};

bool is_digest(std::string_view text, std::size_t size) { return text.size() == size && util::is_base64url(text); }

/// Takes the tokens of one change in order. Each function answers nothing when the next tokens are not what it reads;
/// then nothing further may be asked. As the parser has closed every array, an array's count and its elements agree.
class ChangeReader {
 public:
  explicit ChangeReader(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  std::optional<Change> change() {
    if (!array(4)) return std::nullopt;
    const auto version = or_nil<std::uint64_t>();
    auto key = version ? idempotency() : std::nullopt;
    auto read = key ? command() : std::nullopt;
    if (!read) return std::nullopt;
    return Change{std::move(*read), *version, std::move(*key)};
  }

 private:
  /// A key and its fingerprint, or nil for both.
  std::optional<std::optional<Idempotency>> idempotency() {
    using Key = std::optional<Idempotency>;
    auto key = or_nil<std::string>();
    auto fingerprint = or_nil<std::string>();
    if (!key || !fingerprint || key->has_value() != fingerprint->has_value()) return std::nullopt;
    if (!*key) return Key();
    if (!is_digest(**key, 16) || !is_digest(**fingerprint, 11)) return std::nullopt;
    return Key(Idempotency{std::move(**key), std::move(**fingerprint)});
  }

  std::optional<std::string> transfer_id() {
    auto id = next<std::string>();
    if (!id || !is_digest(*id, 16)) return std::nullopt;
    return id;
  }

  std::optional<Command> begin_transfer() {
    auto id = transfer_id();
    const auto target_text = id ? next<std::string>() : std::nullopt;
    if (!target_text) return std::nullopt;
    auto target = CartId::parse(*target_text);
    const auto policy_text = target ? next<std::string>() : std::nullopt;
    const auto policy = policy_text ? merge_policy_from(*policy_text) : std::nullopt;
    if (!policy) return std::nullopt;
    BeginTransfer begin{std::move(*id), std::move(*target), *policy};
    if (!wanted(begin.lines)) return std::nullopt;
    auto key = idempotency();
    if (!key) return std::nullopt;
    begin.key = std::move(*key);
    return begin;
  }

  bool wanted(std::optional<std::vector<WantedLine>>& lines) {
    if (next<Nil>()) return true;
    const auto count = array();
    if (!count || *count == 0) return false;
    lines.emplace();
    for (std::size_t i = 0; i < *count; ++i) {
      auto line = array(2) ? line_id() : std::nullopt;
      if (!line) return false;
      WantedLine one{std::move(*line)};
      if (!next<Nil>() && !(one.quantity = quantity(1))) return false;
      lines->push_back(std::move(one));
    }
    return true;
  }

  std::shared_ptr<const Transfer> transfer() {
    const auto bytes = next<json::binary_t>();
    if (!bytes || bytes->has_subtype()) return nullptr;
    auto transfer = transfer_from_bytes(std::string(bytes->begin(), bytes->end()));
    return transfer ? std::move(*transfer) : nullptr;
  }

  std::optional<Command> take_transfer() {
    auto taken = transfer();
    if (!taken) return std::nullopt;
    return TakeTransfer{std::move(taken)};
  }

  std::optional<Command> finish_transfer() {
    auto finished = transfer();
    const auto was_taken = finished ? flag() : std::nullopt;
    if (!was_taken) return std::nullopt;
    return FinishTransfer{std::move(finished), *was_taken};
  }

  std::optional<Command> command() {
    const auto elements = array();
    const auto kind = next<std::string>();
    if (!elements || !kind) return std::nullopt;
    if (*kind == "batch" && *elements == 2) return batch();
    if (*kind == "annotate" && (*elements == 3 || *elements == 4)) return annotate(*elements == 4);
    if (*kind == "delete" && *elements == 1) return Delete{};
    if (*kind == "touch" && *elements == 1) return Touch{};
    if (*kind == "begin_checkout" && *elements == 5) return begin_checkout();
    if (*kind == "complete_checkout" && *elements == 4) return complete_checkout();
    if (*kind == "abort_checkout" && *elements == 2) return abort_checkout();
    if (*kind == "begin_transfer" && *elements == 7) return begin_transfer();
    if (*kind == "take_transfer" && *elements == 2) return take_transfer();
    if (*kind == "finish_transfer" && *elements == 3) return finish_transfer();
    return std::nullopt;
  }

  std::optional<CheckoutId> checkout_id() {
    const auto text = next<std::string>();
    if (!text) return std::nullopt;
    auto id = CheckoutId::parse(*text);
    return id ? std::optional(std::move(*id)) : std::nullopt;
  }

  std::optional<bool> flag() {
    const auto value = next<std::uint64_t>();
    return value && *value <= 1 ? std::optional(*value == 1) : std::nullopt;
  }

  std::optional<Command> begin_checkout() {
    auto id = checkout_id();
    const auto accepts = id ? flag() : std::nullopt;
    auto metadata = accepts ? next<std::string>() : std::nullopt;
    if (!metadata || (!metadata->empty() && !util::is_json_object(*metadata))) return std::nullopt;
    const auto count = array();
    if (!count) return std::nullopt;
    BeginCheckout begin{std::move(*id), {}, *accepts, std::move(*metadata)};
    for (std::size_t i = 0; i < *count; ++i) {
      if (!array(3)) return std::nullopt;
      auto line = line_id();
      if (!line) return std::nullopt;
      Offer offer{std::move(*line)};
      if (!next<Nil>() && !(offer.unit_price = price())) return std::nullopt;
      if (!next<Nil>()) {
        const auto available = quantity(0);
        if (!available) return std::nullopt;
        offer.available = *available;
      }
      begin.offers.push_back(std::move(offer));
    }
    return begin;
  }

  std::optional<Command> complete_checkout() {
    const auto bytes = next<json::binary_t>();
    if (!bytes || bytes->has_subtype()) return std::nullopt;
    auto checkout = checkout_from_bytes(std::string(bytes->begin(), bytes->end()));
    auto payment_ref = checkout ? next<std::string>() : std::nullopt;
    if (!payment_ref || (!payment_ref->empty() && !PaymentRef::parse(*payment_ref))) return std::nullopt;
    const auto is_strict = flag();
    if (!is_strict) return std::nullopt;
    return CompleteCheckout{std::move(*checkout), std::move(*payment_ref), *is_strict};
  }

  std::optional<Command> abort_checkout() {
    auto id = checkout_id();
    if (!id) return std::nullopt;
    return AbortCheckout{std::move(*id)};
  }

  std::optional<Command> batch() {
    const auto elements = array();
    if (!elements || *elements == 0) return std::nullopt;
    Batch batch;
    for (std::size_t i = 0; i < *elements; ++i) {
      auto read = line_command();
      if (!read) return std::nullopt;
      batch.commands.push_back(std::move(*read));
    }
    return batch;
  }

  std::optional<Command> annotate(bool has_kind) {
    auto metadata = or_nil<std::string>();
    const auto owner = or_nil<std::string>();
    if (!metadata || !owner) return std::nullopt;
    Annotate annotate;
    if (*metadata) {
      if (!(*metadata)->empty() && !util::is_json_object(**metadata)) return std::nullopt;
      annotate.metadata = std::move(**metadata);
    }
    if (*owner) {
      annotate.owner.emplace();
      if (!(*owner)->empty()) {
        auto id = UserId::parse(**owner);
        if (!id) return std::nullopt;
        *annotate.owner = std::move(*id);
      }
    }
    if (has_kind) {
      const auto name = next<std::string>();
      auto kind = name ? kind_from(name->empty() ? usual_kind : *name) : std::optional<CartKind>();
      if (!name || !kind) return std::nullopt;
      annotate.kind = std::move(*kind);
    }
    return annotate;
  }

  std::optional<LineCommand> line_command() {
    const auto elements = array();
    const auto kind = next<std::string>();
    if (!elements || !kind) return std::nullopt;
    if (*kind == "clear" && *elements == 1) return Clear{};

    auto id = line_id();
    if (!id) return std::nullopt;
    if (*kind == "remove_line" && *elements == 2) return RemoveLine{std::move(*id)};
    if (*kind == "describe" && *elements == 3) {
      auto patch = details();
      if (!patch) return std::nullopt;
      return Describe{std::move(*id), std::move(*patch)};
    }

    if (*kind == "reprice" && *elements == 3) {
      const auto its_price = price();
      if (!its_price) return std::nullopt;
      return Reprice{std::move(*id), *its_price};
    }

    const auto count = quantity(*kind == "set" ? 0 : 1);
    if (!count) return std::nullopt;
    if (*kind == "remove" && *elements == 3) return Remove{std::move(*id), *count};

    auto patch = next<Nil>() ? std::optional(DetailsPatch{}) : details();
    if (!patch) return std::nullopt;
    if (*kind == "add" && *elements == 4) return Add{std::move(*id), *count, std::move(*patch)};
    if (*kind == "set" && *elements == 4) return Set{std::move(*id), *count, std::move(*patch)};
    return std::nullopt;
  }

  std::optional<LineId> line_id() {
    const auto text = next<std::string>();
    if (!text) return std::nullopt;
    auto parsed = LineId::parse(*text);
    if (!parsed) return std::nullopt;
    return std::move(*parsed);
  }

  std::optional<std::int64_t> quantity(std::uint64_t lowest) {
    const auto value = next<std::uint64_t>();
    if (!value || *value < lowest || *value > std::uint64_t{max_readable_quantity}) return std::nullopt;
    return static_cast<std::int64_t>(*value);
  }

  std::optional<DetailsPatch> details() {
    if (const auto bytes = next<json::binary_t>()) return whole_details(*bytes);
    if (!array(4)) return std::nullopt;
    auto name = or_nil<std::string>();
    auto price = unit_price();
    const bool merges_metadata = next_is_array() && array(1);
    auto metadata = or_nil<std::string>();
    auto options = or_nil<std::string>();
    if (!name || !price || !metadata || (merges_metadata && !*metadata) || !options) return std::nullopt;
    if (*name && (!util::is_utf8(**name) || util::has_control(**name))) return std::nullopt;
    if (*metadata && !(*metadata)->empty() && !util::is_json_object(**metadata)) return std::nullopt;
    if (*options && !is_line_options(**options)) return std::nullopt;
    return DetailsPatch{std::move(*name), *price, std::move(*metadata), merges_metadata, options->value_or("")};
  }

  /// Version 1: details that replace the line's.
  static std::optional<DetailsPatch> whole_details(const json::binary_t& bytes) {
    if (bytes.has_subtype()) return std::nullopt;
    auto read = line_details_from_msgpack(std::string(bytes.begin(), bytes.end()));
    if (!read) return std::nullopt;
    return DetailsPatch{std::move(read->name), read->unit_price, std::move(read->metadata)};
  }

  /// What DetailsPatch::unit_price is.
  std::optional<std::optional<std::optional<Money>>> unit_price() {
    using Patch = std::optional<std::optional<Money>>;
    if (next<Nil>()) return Patch();
    const auto elements = array();
    if (elements == 0) return Patch(std::optional<Money>());
    const auto price = elements == 2 ? price_members() : std::nullopt;
    if (!price) return std::nullopt;
    return Patch(*price);
  }

  std::optional<Money> price() { return array(2) ? price_members() : std::nullopt; }

  std::optional<Money> price_members() {
    const auto amount = next<std::uint64_t>();
    const auto code = amount && *amount <= std::uint64_t{max_unit_price} ? next<std::string>() : std::nullopt;
    if (!code) return std::nullopt;
    const auto currency = Currency::parse(*code);
    return currency ? std::optional(Money{static_cast<std::int64_t>(*amount), *currency}) : std::nullopt;
  }

  std::optional<std::size_t> array() {
    const auto start = next<ArrayOf>();
    if (!start) return std::nullopt;
    return start->elements;
  }
  bool array(std::size_t elements) { return array() == elements; }
  bool next_is_array() const { return place_ != tokens_.size() && std::holds_alternative<ArrayOf>(tokens_[place_]); }

  template <class T>
  std::optional<T> next() {
    if (place_ == tokens_.size()) return std::nullopt;
    T* const value = std::get_if<T>(&tokens_[place_]);
    if (value == nullptr) return std::nullopt;
    ++place_;
    return std::move(*value);
  }

  template <class T>
  std::optional<std::optional<T>> or_nil() {
    if (next<Nil>()) return std::optional<T>();
    auto value = next<T>();
    if (!value) return std::nullopt;
    return value;
  }

  std::vector<Token> tokens_;
  std::size_t place_ = 0;
};

}  // namespace

std::string to_msgpack(const Change& change) {
  std::string bytes;
  bytes.reserve(64);  // Mostly enough.
  Writer out(bytes);
  out.array(4);
  if (change.expected_version) out.number(*change.expected_version);
  else out.nil();
  write_idempotency(out, change.idempotency);
  std::visit(WriteCommand{out}, change.command);
  return bytes;
}

Result<Change> change_from_msgpack(std::string_view bytes) {
  Tokens tokens;
  if (json::sax_parse(bytes, &tokens, json::input_format_t::msgpack))
    if (auto change = ChangeReader(tokens.take()).change()) return std::move(*change);
  return Error{Errc::corrupt, "a stored change cannot be decoded"};
}

}  // namespace cartd::format
