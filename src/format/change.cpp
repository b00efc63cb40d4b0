#include "format/change.h"

#include "format/json_document.h"
#include "format/line_details.h"
#include "util/base64url.h"

#include <nlohmann/json.hpp>

#include <limits>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace cartd::format {
namespace {

using nlohmann::json;

// --- Writing ---------------------------------------------------------------------------------------------------------

json details_or_nil(const std::optional<LineDetails>& details) {
  if (!details) return {};
  const std::string bytes = to_msgpack(*details);
  return json::binary({bytes.begin(), bytes.end()});
}

struct WriteLineCommand {
  json operator()(const Add& add) const {
    return json::array({"add", add.sku.str(), add.quantity, details_or_nil(add.details)});
  }
  json operator()(const Remove& remove) const { return json::array({"remove", remove.sku.str(), remove.quantity}); }
  json operator()(const RemoveLine& line) const { return json::array({"remove_line", line.sku.str()}); }
  json operator()(const Set& set) const {
    return json::array({"set", set.sku.str(), set.quantity, details_or_nil(set.details)});
  }
  json operator()(const Clear&) const { return json::array({"clear"}); }
};

struct WriteCommand {
  json operator()(const Batch& batch) const {
    json commands = json::array();
    for (const LineCommand& command : batch.commands) commands.push_back(std::visit(WriteLineCommand{}, command));
    return json::array({"batch", std::move(commands)});
  }
  json operator()(const Annotate& annotate) const {
    const json metadata = annotate.metadata ? json(*annotate.metadata) : json();
    const json owner = annotate.owner ? json(*annotate.owner ? (*annotate.owner)->str() : "") : json();
    return json::array({"annotate", metadata, owner});
  }
  json operator()(const Delete&) const { return json::array({"delete"}); }
  json operator()(const Touch&) const { return json::array({"touch"}); }
};

// --- Reading ---------------------------------------------------------------------------------------------------------

// The command's array in the change's, the batch in the command's, a line command in the batch.
constexpr std::size_t deepest = 4;

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
    auto key = or_nil<std::string>();
    auto fingerprint = or_nil<std::string>();
    if (!version || !key || !fingerprint || key->has_value() != fingerprint->has_value()) return std::nullopt;
    std::optional<Idempotency> idempotency;
    if (*key) {
      if (!is_digest(**key, 16) || !is_digest(**fingerprint, 11)) return std::nullopt;
      idempotency = Idempotency{std::move(**key), std::move(**fingerprint)};
    }
    auto read = command();
    if (!read) return std::nullopt;
    return Change{std::move(*read), *version, std::move(idempotency)};
  }

 private:
  std::optional<Command> command() {
    const auto elements = array();
    const auto kind = next<std::string>();
    if (!elements || !kind) return std::nullopt;
    if (*kind == "batch" && *elements == 2) return batch();
    if (*kind == "annotate" && *elements == 3) return annotate();
    if (*kind == "delete" && *elements == 1) return Delete{};
    if (*kind == "touch" && *elements == 1) return Touch{};
    return std::nullopt;
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

  std::optional<Command> annotate() {
    auto metadata = or_nil<std::string>();
    const auto owner = or_nil<std::string>();
    if (!metadata || !owner) return std::nullopt;
    Annotate annotate;
    if (*metadata) {
      if (!(*metadata)->empty() && !is_json_object(**metadata)) return std::nullopt;
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
    return annotate;
  }

  std::optional<LineCommand> line_command() {
    const auto elements = array();
    const auto kind = next<std::string>();
    if (!elements || !kind) return std::nullopt;
    if (*kind == "clear" && *elements == 1) return Clear{};

    auto name = sku();
    if (!name) return std::nullopt;
    if (*kind == "remove_line" && *elements == 2) return RemoveLine{std::move(*name)};

    const auto count = quantity(*kind == "set" ? 0 : 1);
    if (!count) return std::nullopt;
    if (*kind == "remove" && *elements == 3) return Remove{std::move(*name), *count};

    auto about = details();
    if (!about) return std::nullopt;
    if (*kind == "add" && *elements == 4) return Add{std::move(*name), *count, std::move(*about)};
    if (*kind == "set" && *elements == 4) return Set{std::move(*name), *count, std::move(*about)};
    return std::nullopt;
  }

  std::optional<Sku> sku() {
    const auto text = next<std::string>();
    if (!text) return std::nullopt;
    auto parsed = Sku::parse(*text);
    if (!parsed) return std::nullopt;
    return std::move(*parsed);
  }

  std::optional<std::int64_t> quantity(std::uint64_t lowest) {
    const auto value = next<std::uint64_t>();
    if (!value || *value < lowest || *value > std::uint64_t{max_readable_quantity}) return std::nullopt;
    return static_cast<std::int64_t>(*value);
  }

  std::optional<std::optional<LineDetails>> details() {
    const auto bytes = or_nil<json::binary_t>();
    if (!bytes) return std::nullopt;
    if (!*bytes) return std::optional<LineDetails>();
    if ((*bytes)->has_subtype()) return std::nullopt;
    auto read = line_details_from_msgpack(std::string((*bytes)->begin(), (*bytes)->end()));
    if (!read) return std::nullopt;
    return std::move(*read);
  }

  std::optional<std::size_t> array() {
    const auto start = next<ArrayOf>();
    if (!start) return std::nullopt;
    return start->elements;
  }
  bool array(std::size_t elements) { return array() == elements; }

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
  const json version = change.expected_version ? json(*change.expected_version) : json();
  const json key = change.idempotency ? json(change.idempotency->key) : json();
  const json fingerprint = change.idempotency ? json(change.idempotency->fingerprint) : json();
  std::string bytes;
  json::to_msgpack(json::array({version, key, fingerprint, std::visit(WriteCommand{}, change.command)}), bytes);
  return bytes;
}

Result<Change> change_from_msgpack(std::string_view bytes) {
  Tokens tokens;
  if (json::sax_parse(bytes, &tokens, json::input_format_t::msgpack))
    if (auto change = ChangeReader(tokens.take()).change()) return std::move(*change);
  return Error{Errc::corrupt, "a stored change cannot be decoded"};
}

}  // namespace cartd::format
