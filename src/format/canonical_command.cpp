#include "format/canonical_command.h"

#include "format/json_text.h"
#include "util/decimal.h"
#include "util/json_string.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace cartd::format {
namespace {

struct CanonicalJson {
  std::string& out;

  void open(std::string_view op) const { out.append(R"({"op":")").append(op).append("\""); }
  void sku(const Sku& sku) const {
    out += R"(,"sku":)";
    util::append_json_string(out, sku.str());
  }
  void quantity(std::int64_t quantity) const {
    out += R"(,"quantity":)";
    util::append_number(out, quantity);
  }
  void details(const std::optional<LineDetails>& details) const {
    if (!details) return;
    if (!details->name.empty()) {
      out += R"(,"name":)";
      util::append_json_string(out, details->name);
    }
    if (details->unit_price) {
      out += R"(,"unit_price":)";
      append_json_price(out, *details->unit_price);
    }
    // Details that are given and empty make a line bare, and so must show.
    if (!details->metadata.empty() || details->empty()) {
      out += R"(,"metadata":)";
      append_json_metadata(out, details->metadata);
    }
  }

  void operator()(const Add& add) const {
    open("add");
    sku(add.sku);
    quantity(add.quantity);
    details(add.details);
    out += '}';
  }
  void operator()(const Remove& remove) const {
    open("remove");
    sku(remove.sku);
    quantity(remove.quantity);
    out += '}';
  }
  void operator()(const RemoveLine& remove) const {
    open("remove_line");
    sku(remove.sku);
    out += '}';
  }
  void operator()(const Set& set) const {
    open("set");
    sku(set.sku);
    quantity(set.quantity);
    details(set.details);
    out += '}';
  }
  void operator()(const Clear&) const {
    open("clear");
    out += '}';
  }

  void operator()(const Batch& batch) const {
    out += '[';
    for (std::size_t i = 0; i < batch.commands.size(); ++i) {
      if (i > 0) out += ',';
      std::visit(*this, batch.commands[i]);
    }
    out += ']';
  }
  void operator()(const Annotate& annotate) const {
    open("annotate");
    if (annotate.metadata) {
      out += R"(,"metadata":)";
      append_json_metadata(out, *annotate.metadata);
    }
    if (annotate.owner) {
      out += R"(,"user_id":)";
      if (*annotate.owner) util::append_json_string(out, (*annotate.owner)->str());
      else out += "null";
    }
    out += '}';
  }
  void operator()(const Delete&) const {
    open("delete");
    out += '}';
  }
  void operator()(const Touch&) const {
    open("touch");
    out += '}';
  }
};

}  // namespace

std::string canonical_json(const Command& command) {
  std::string out;
  std::visit(CanonicalJson{out}, command);
  return out;
}

}  // namespace cartd::format
