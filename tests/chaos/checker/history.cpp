#include "chaos/checker/history.h"

#include <nlohmann/json.hpp>

#include <fstream>
#include <stdexcept>
#include <utility>

namespace cartd::test {
namespace {

nlohmann::json line_of(const Exchange& exchange) {
  nlohmann::json line{{"client", exchange.client},
                      {"server", exchange.server},
                      {"op", to_string(exchange.op)},
                      {"cart", exchange.cart},
                      {"start_us", exchange.start.count()},
                      {"end_us", exchange.end.count()},
                      {"outcome", to_string(exchange.outcome)},
                      {"status", exchange.status}};
  if (!exchange.sku.empty()) line["sku"] = exchange.sku;
  if (exchange.n != 0) line["n"] = exchange.n;
  if (!exchange.key.empty()) line["key"] = exchange.key;
  if (exchange.seen) {
    line["seen"] = {{"version", exchange.seen->version},
                    {"quantities", exchange.seen->quantities},
                    {"durability", exchange.seen->durability},
                    {"degraded", exchange.seen->degraded},
                    {"partial", exchange.seen->partial}};
  }
  return line;
}

}  // namespace

const char* to_string(Op op) {
  switch (op) {
    case Op::add: return "add";
    case Op::remove: return "remove";
    case Op::set: return "set";
    case Op::remove_line: return "remove_line";
    case Op::clear: return "clear";
    case Op::erase: return "delete";
    case Op::read: return "read";
  }
  return "";
}

const char* to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::acknowledged: return "acknowledged";
    case Outcome::refused: return "refused";
    case Outcome::unknown: return "unknown";
  }
  return "";
}

void History::add(Exchange exchange) {
  const std::lock_guard lock(mutex_);
  ++counts_[exchange.outcome];
  exchanges_.push_back(std::move(exchange));
}

void History::note(Moment when, std::string text) {
  const std::lock_guard lock(mutex_);
  notes_.push_back({when, std::move(text)});
}

std::vector<Exchange> History::exchanges() const {
  const std::lock_guard lock(mutex_);
  return exchanges_;
}

std::size_t History::count(Outcome outcome) const {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(outcome);
  return found == counts_.end() ? 0 : found->second;
}

void History::write(const std::filesystem::path& file) const {
  const std::lock_guard lock(mutex_);
  std::multimap<Moment, nlohmann::json> lines;
  for (const Exchange& exchange : exchanges_) lines.emplace(exchange.end, line_of(exchange));
  for (const Note& note : notes_) lines.emplace(note.when, nlohmann::json{{"at_us", note.when.count()}, {"note", note.text}});
  std::ofstream out(file);
  for (const auto& [when, line] : lines) out << line.dump() << '\n';
  out.close();
  if (!out) throw std::runtime_error("the history cannot be written to " + file.string());
}

}  // namespace cartd::test
