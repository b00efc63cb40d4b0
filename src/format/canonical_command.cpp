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
  void operator()(const Reprice& reprice) const {
    open("reprice");
    line(reprice.line);
    out += R"(,"unit_price":)";
    append_json_price(out, reprice.unit_price);
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
    if (annotate.kind) {
      out += R"(,"kind":)";
      util::append_json_string(out, name_of(*annotate.kind));
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
  // What is asked for of a checkout is the same whichever id cartd gives it.
  void operator()(const BeginCheckout& begin) const {
    open("begin_checkout");
    out += R"(,"offers":[)";
    for (std::size_t i = 0; i < begin.offers.size(); ++i) {
      if (i > 0) out += ',';
      const Offer& offer = begin.offers[i];
      open("offer");
      line(offer.line);
      if (offer.unit_price) {
        out += R"(,"unit_price":)";
        append_json_price(out, *offer.unit_price);
      }
      if (offer.available) quantity(*offer.available);
      out += '}';
    }
    out += begin.accepts_differences ? R"(],"accept":true)" : R"(],"accept":false)";
    out += R"(,"metadata":)";
    append_json_metadata(out, begin.metadata);
    out += '}';
  }
  void operator()(const CompleteCheckout& complete) const {
    open("complete_checkout");
    checkout(complete.checkout->id);
    out += R"(,"payment_ref":)";
    util::append_json_string(out, complete.payment_ref);
    out += complete.is_strict ? R"(,"strict":true})" : R"(,"strict":false})";
  }
  void operator()(const AbortCheckout& abort) const {
    open("abort_checkout");
    checkout(abort.id);
    out += '}';
  }
  void operator()(const BeginTransfer& begin) const {
    open("begin_transfer");
    out += R"(,"transfer":)";
    util::append_json_string(out, begin.id);
    out += R"(,"target":)";
    util::append_json_string(out, begin.target.str());
    out.append(R"(,"policy":")").append(to_string(begin.policy)).append("\"");
    if (begin.lines) {
      out += R"(,"lines":[)";
      for (std::size_t i = 0; i < begin.lines->size(); ++i) {
        if (i > 0) out += ',';
        const WantedLine& wanted = (*begin.lines)[i];
        open("line");
        line(wanted.line);
        if (wanted.quantity) quantity(*wanted.quantity);
        out += '}';
      }
      out += ']';
    }
    out += '}';
  }
  void operator()(const TakeTransfer& take) const { transfer("take_transfer", take.transfer->id); }
  void operator()(const FinishTransfer& finish) const { transfer("finish_transfer", finish.transfer->id); }

 private:
  void transfer(std::string_view op, std::string_view id) const {
    open(op);
    out += R"(,"transfer":)";
    util::append_json_string(out, id);
    out += '}';
  }
  void checkout(const CheckoutId& id) const {
    out += R"(,"checkout":)";
    util::append_json_string(out, id.str());
  }
};

}  // namespace

std::string canonical_json(const Command& command) {
  std::string out;
  std::visit(CanonicalJson{out}, command);
  return out;
}

}  // namespace cartd::format
