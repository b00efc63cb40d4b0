#include "domain/line_id.h"

namespace cartd {

LineId::LineId(const Sku& sku, const LineLabel& label) : text_(sku.str()) {
  text_ += separator;
  text_ += label.str();
}

Result<LineId> LineId::parse(std::string_view text) {
  const std::size_t end = text.find(separator);
  Result<Sku> sku = Sku::parse(text.substr(0, end));
  if (!sku) return sku.error();
  if (end == std::string_view::npos) return LineId(*sku);
  const Result<LineLabel> label = LineLabel::parse(text.substr(end + 1));
  if (!label) return label.error();
  return LineId(*sku, *label);
}

std::string_view LineId::sku() const { return std::string_view(text_).substr(0, text_.find(separator)); }

std::string_view LineId::label() const {
  const std::size_t end = text_.find(separator);
  return end == std::string::npos ? std::string_view() : std::string_view(text_).substr(end + 1);
}

bool LineId::is_of(std::string_view sku) const {
  const std::string_view text = text_;
  return text.size() > sku.size() ? text[sku.size()] == separator && text.starts_with(sku) : text == sku;
}

}  // namespace cartd
