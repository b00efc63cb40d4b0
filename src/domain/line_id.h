// Which line of a cart: a SKU, and a label where a cart may hold the SKU in several lines, such as one mug engraved and
// one plain.
#pragma once

#include "domain/error.h"
#include "domain/ids.h"

#include <compare>
#include <string>
#include <string_view>

namespace cartd {

/// Two lines are the same if SKU and label are, and a line without a label is one of its own. Immutable, freely copied
/// between threads.
class LineId {
 public:
  /// The line without a label.
  LineId(const Sku& sku) : text_(sku.str()) {}  // NOLINT(google-explicit-constructor): every SKU names a line.
  LineId(const Sku& sku, const LineLabel& label);

  /// What str() gave; Errc::invalid for anything else.
  static Result<LineId> parse(std::string_view text);

  /// The SKU, and with a label U+001F and the label: no SKU and no label has that character. Stores keep it so.
  const std::string& str() const { return text_; }
  std::string_view sku() const;
  /// Empty: there is none.
  std::string_view label() const;
  bool has_label() const { return text_.find(separator) != std::string::npos; }
  bool is_of(std::string_view sku) const;

  friend bool operator==(const LineId&, const LineId&) = default;
  /// Bytewise: lines of one SKU follow one another, that without a label first.
  friend std::strong_ordering operator<=>(const LineId& a, const LineId& b) { return a.text_.compare(b.text_) <=> 0; }

 private:
  static constexpr char separator = '\x1F';

  std::string text_;
};

}  // namespace cartd
