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
  // Options stand for the label that is made of them.
  void line(const LineId& line, std::string_view options = "") const {
    out += R"(,"sku":)";
    util::append_json_string(out, line.sku());
    if (!options.empty()) {
      out.append(R"(,"options":)").append(options);
    } else if (line.has_label()) {
      out += R"(,"line":)";
      util::append_json_string(out, line.label());
    }
  }
  void quantity(std::int64_t quantity) const {
    out += R"(,"quantity":)";
    util::append_number(out, quantity);
  }
  void details(const DetailsPatch& details) const {
    if (details.name) {
      out += R"(,"name":)";
      util::append_json_string(out, *details.name);
    }
    if (details.unit_price) {
      out += R"(,"unit_price":)";
      if (*details.unit_price) append_json_price(out, **details.unit_price);
      else out += "null";
    }
    if (details.metadata) {
      out += R"(,"metadata":)";
      append_json_metadata(out, *details.metadata);
    }
  }
  // What takes metadata away, and what changes nothing of it, are not the same in a patch.
  void metadata_patch(const std::string& patch) const {
    out += R"(,"metadata":)";
    out += patch.empty() ? "null" : patch;
  }

  void operator()(const Add& add) const {
    open("add");
    line(add.line, add.details.options);
    quantity(add.quantity);
    details(add.details);
    out += '}';
  }
  void operator()(const Remove& remove) const {
    open("remove");
    line(remove.line);
    quantity(remove.quantity);
    out += '}';
  }
  void operator()(const RemoveLine& remove) const {
    open("remove_line");
    line(remove.line);
    out += '}';
  }
  void operator()(const Set& set) const {
    open("set");
    line(set.line, set.details.options);
    quantity(set.quantity);
    details(set.details);
    out += '}';
  }
  void operator()(const Describe& describe) const {
    open("describe");
    line(describe.line);
    DetailsPatch others = describe.details;
    others.metadata.reset();
    details(others);
    if (describe.details.metadata) metadata_patch(*describe.details.metadata);
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
    if (annotate.metadata) metadata_patch(*annotate.metadata);
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
