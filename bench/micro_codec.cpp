// Carts and commands as JSON: our writer and reader beside Boost.JSON's own.
#include "api/rest/json.h"

#include <benchmark/benchmark.h>
#include <boost/json.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace {

using namespace cartd;
using namespace cartd::rest;
namespace json = boost::json;

constexpr CartStatus status{"primary"};
constexpr std::string_view detailed_add =
    R"({"sku":"SKU-10001","quantity":2,"name":"Mug","unit_price":{"amount_minor":1299,"currency":"EUR"},)"
    R"("metadata":{"colour":"blue"}})";

Cart sample(bool detailed) {
  Cart cart{CartId::parse("user-100000").value()};
  const Time now(Millis(1'800'000'000'000));
  cart.version = 7;
  cart.created_at = cart.updated_at = now;
  cart.expires_at = now + std::chrono::days(7);
  for (int i = 0; i < 5; ++i) {
    Line line{Sku::parse("SKU-" + std::to_string(10'000 + i)).value(), i + 1};
    if (detailed) {
      line.details = std::make_shared<LineDetails>(
          LineDetails{"Mug", Money{1299, Currency::parse("EUR").value()}, R"({"colour":"blue"})", now + Millis(i)});
    }
    cart.lines.push_back(std::move(line));
  }
  return cart;
}

void WriteCart(benchmark::State& state) {
  const Cart cart = sample(state.range(0) != 0);
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_json(out, cart, status);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(WriteCart)->ArgName("detailed")->Arg(0)->Arg(1)->MinTime(0.5);

// The peer writes the very same text from a value that is already built.
void BoostWriteCart(benchmark::State& state) {
  std::string text;
  append_json(text, sample(state.range(0) != 0), status);
  const json::value value = json::parse(text);
  std::string out;
  for (auto _ : state) {
    out = json::serialize(value);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(BoostWriteCart)->ArgName("detailed")->Arg(0)->Arg(1)->MinTime(0.5);

std::string_view add_text(const benchmark::State& state) {
  return state.range(0) != 0 ? detailed_add : R"({"sku":"SKU-10001","quantity":2})";
}

void ParseAdd(benchmark::State& state) {
  const std::string_view text = add_text(state);
  for (auto _ : state) {
    auto command = parse_add(text);
    if (!command) {
      state.SkipWithError(command.error().detail.c_str());
      break;
    }
    benchmark::DoNotOptimize(command);
  }
}
BENCHMARK(ParseAdd)->ArgName("detailed")->Arg(0)->Arg(1)->MinTime(0.5);

// The peer checks the text and builds a value; it judges nothing.
void BoostParseAdd(benchmark::State& state) {
  const std::string_view text = add_text(state);
  for (auto _ : state) {
    auto value = json::parse(text);
    benchmark::DoNotOptimize(value);
  }
}
BENCHMARK(BoostParseAdd)->ArgName("detailed")->Arg(0)->Arg(1)->MinTime(0.5);

}  // namespace
