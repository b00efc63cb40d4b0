#include "format/record.h"
#include "domain/generators.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>

namespace cartd::format {
namespace {

using namespace std::string_literals;

constexpr std::uint64_t a_token = 0x0102030405060708;
const CartId record_id = test::cart_id("123");

Time at(std::int64_t milliseconds) { return Time(Millis(milliseconds)); }

CartRecord full_record() {
  CartRecord record{Cart{record_id}};
  Cart& cart = record.cart;
  cart.owner = test::user_id("u1");
  cart.metadata = R"({"gift":true})";
  cart.version = 300;
  cart.created_at = at(1);
  cart.updated_at = at(2);
  cart.expires_at = at(3);
  const LineDetails details{"Mug", test::money(1299, "EUR"), R"({"a":1})", at(127)};
  cart.lines = {{test::sku("A"), 2, std::make_shared<const LineDetails>(details)}, {test::sku("B"), 128}};
  record.applied_sequences = {{7, 129}};
  record.keys = {{Idempotency{"0123456789abcdef", "fingerprin1"}, at(5)}};
  record.checkouts = {{CheckoutId::parse("abcdefghijklmnop").value(), CheckoutState::completed, at(6), at(7), at(8),
                       "0123456789ABCDEF", "fedcba9876543210"}};
  Transfer transfer{"transfer--------", test::cart_id("t"), MergePolicy::keep_target, {{test::sku("C"), 1}}};
  transfer.begun_at = at(9);
  transfer.forget_at = at(10);
  record.transfer = std::make_shared<const Transfer>(std::move(transfer));
  record.taken = {{"taken-----------", at(11)}};
  record.forget_at = at(256);
  return record;
}

bool is_no_record(std::string_view bytes) {
  const auto stored = record_from_bytes(record_id, bytes);
  return !stored && stored.error().code == Errc::corrupt;
}

TEST(StoredRecord, IsTheDocumentedLayout) {
  const std::string expected =
      "\x03"
      "\x01\x02\x03\x04\x05\x06\x07\x08"
      "\0\0\0\0\0\0\x01\0"
      "\x3f"
      "\xac\x02"
      "\x02u1"
      "\x0d{\"gift\":true}"
      "\x01\x02\x03"
      "\x02"
      "\x01"
      "A"
      "\x02\x0f\x7f\x03Mug\x93\x0a"
      "EUR\x07{\"a\":1}"
      "\x01"
      "B"
      "\x80\x01\0"
      "\x01\x07\x81\x01"
      "\x01"
      "0123456789abcdef"
      "fingerprin1\x05"
      "\x01"
      "\x10"
      "abcdefghijklmnop"
      "\x03\x06\x07\x08"
      "0123456789ABCDEF"
      "\x01"
      "fedcba9876543210"
      "\x1c\x01"
      "transfer--------"
      "\x01t\x02\x09\x0a\x01\x01"
      "C\x01\0\0"
      "\x01"
      "taken-----------\x0b"s;
  EXPECT_EQ(record_to_bytes(full_record(), a_token), expected);
}

TEST(StoredRecord, WithAKindIsOfALayoutOfItsOwn) {
  CartRecord record = full_record();
  const std::string without = record_to_bytes(record, a_token);
  record.cart.kind = kind_from("wishlist").value();
  std::string expected = without;
  expected[0] = '\x04';
  expected[17] = '\x7f';
  expected.insert(expected.find("\x01\x02\x03\x02\x01"
                                "A"),
                  "\x08wishlist");
  EXPECT_EQ(record_to_bytes(record, a_token), expected);
  EXPECT_EQ(record_from_bytes(record_id, expected)->record, record);
  std::string as_before = expected;
  as_before[0] = '\x03';
  EXPECT_TRUE(is_no_record(as_before)) << "that layout has no kind";
  std::string other = expected;
  other.replace(other.find("wishlist"), 8, "Wishlist");
  EXPECT_TRUE(is_no_record(other));
  std::string usual = expected;
  usual.replace(usual.find("\x08wishlist"), 9,
                "\x04"
                "cart");
  EXPECT_TRUE(is_no_record(usual)) << "that is no kind of its own";
}

TEST(StoredRecord, ComesBackAsItWas) {
  const auto stored = record_from_bytes(record_id, record_to_bytes(full_record(), a_token));
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->record, full_record());
  EXPECT_EQ(stored->token, a_token);
  const CartRecord empty{Cart{record_id}};
  EXPECT_EQ(record_from_bytes(record_id, record_to_bytes(empty, 1))->record, empty);
}

RC_GTEST_PROP(StoredRecord, AnyRecordComesBackAsItWas, ()) {
  CartRecord record{Cart{record_id}};
  Cart& cart = record.cart;
  for (const char* name : {"A", "B", "C", "D"}) {
    if (!*rc::gen::arbitrary<bool>()) continue;
    const Sku its_sku = test::sku(name);
    const LineId id = *rc::gen::arbitrary<bool>() ? LineId(its_sku) : LineId(its_sku, LineLabel::parse("red").value());
    Line line{id, *rc::gen::inRange<std::int64_t>(1, max_readable_quantity + 1)};
    if (*rc::gen::arbitrary<bool>()) line.details = std::make_shared<const LineDetails>(*test::any_details());
    cart.lines.push_back(std::move(line));
  }
  std::sort(cart.lines.begin(), cart.lines.end(), shown_before);
  cart.metadata = *test::any_metadata();
  cart.version =
      static_cast<std::uint64_t>(*rc::gen::inRange<std::int64_t>(0, std::numeric_limits<std::int64_t>::max()));
  if (*rc::gen::arbitrary<bool>()) cart.created_at = at(*rc::gen::inRange<std::int64_t>(0, 1LL << 45));
  if (*rc::gen::arbitrary<bool>()) cart.owner = test::user_id("u1");
  if (*rc::gen::arbitrary<bool>()) cart.kind = kind_from("saved").value();
  record.applied_sequences = {
      {*rc::gen::inRange<std::uint64_t>(0, 1ULL << 48), *rc::gen::inRange<std::uint64_t>(0, 1ULL << 53)}};
  const auto stored = record_from_bytes(record_id, record_to_bytes(record, a_token));
  RC_ASSERT(stored.has_value());
  RC_ASSERT(stored->record == record);
}

TEST(StoredRecord, CutOffAnywhereIsCorruptAndSoIsAByteTooMany) {
  const std::string bytes = record_to_bytes(full_record(), a_token);
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_TRUE(is_no_record(bytes.substr(0, size))) << size;
  EXPECT_TRUE(is_no_record(bytes + '\0'));
}

TEST(StoredRecord, AnotherLayoutIsCorruptAndHasNoHeader) {
  std::string bytes = record_to_bytes(full_record(), a_token);
  for (const char layout : {'\0', '\x05', '\xff'}) {
    bytes[0] = layout;
    EXPECT_TRUE(is_no_record(bytes));
    EXPECT_FALSE(record_header(bytes));
  }
}

TEST(StoredRecord, EarlierLayoutsHadNoTransfersAndTheFirstNoCheckouts) {
  CartRecord record = full_record();
  record.transfer.reset();
  record.taken.clear();
  std::string bytes = record_to_bytes(record, a_token);
  bytes[0] = '\x02';
  bytes.resize(bytes.size() - 2);
  const auto second = record_from_bytes(record_id, bytes);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->record, record);

  record.checkouts.clear();
  bytes = record_to_bytes(record, a_token);
  bytes[0] = '\x01';
  bytes.resize(bytes.size() - 3);
  const auto first = record_from_bytes(record_id, bytes);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->record, record);
}

TEST(StoredRecord, TheHeaderSaysWhatACommitAndACompactionNeed) {
  const auto header = record_header(record_to_bytes(full_record(), a_token));
  ASSERT_TRUE(header);
  EXPECT_EQ(header->token, a_token);
  EXPECT_EQ(header->forget_at, at(256));
  EXPECT_TRUE(header->cart_exists);
  CartRecord gone{Cart{record_id}};
  gone.cart.version = 3;
  EXPECT_FALSE(record_header(record_to_bytes(gone, a_token))->cart_exists);
}

TEST(StoredRecord, ValuesThatNoRecordMayHaveAreCorrupt) {
  const auto with = [](auto change) {
    CartRecord record = full_record();
    change(record);
    return record_to_bytes(record, a_token);
  };
  EXPECT_FALSE(is_no_record(with([](CartRecord&) {})));
  EXPECT_TRUE(is_no_record(record_to_bytes(full_record(), 0))) << "no token";
  EXPECT_TRUE(is_no_record(with([](CartRecord& r) { r.cart.lines[1].quantity = 0; })));
  EXPECT_TRUE(is_no_record(with([](CartRecord& r) { r.cart.lines[1].quantity = max_readable_quantity + 1; })));
  EXPECT_TRUE(is_no_record(with([](CartRecord& r) { r.cart.lines[1].id = r.cart.lines[0].id; }))) << "twice";
  EXPECT_TRUE(is_no_record(with([](CartRecord& r) { r.cart.metadata = "[1]"; })));
  EXPECT_TRUE(is_no_record(with([](CartRecord& r) { r.checkouts.push_back(r.checkouts[0]); }))) << "twice";
  EXPECT_TRUE(is_no_record(with([](CartRecord& r) { r.checkouts[0].content = "not base64url!!!"; })));
  EXPECT_TRUE(is_no_record(with([](CartRecord& r) { r.checkouts[0].state = static_cast<CheckoutState>(4); })));
  EXPECT_TRUE(is_no_record(with([](CartRecord& r) { r.taken.push_back(r.taken[0]); }))) << "twice";
  EXPECT_TRUE(is_no_record(with([](CartRecord& r) { r.taken[0].id = "not base64url!!!"; })));
  EXPECT_TRUE(is_no_record(with([](CartRecord& r) { r.keys[0].idempotency.key = "not base64url!!!"; })));
  EXPECT_TRUE(is_no_record(with([](CartRecord& r) { r.applied_sequences[0].producer = std::uint64_t{1} << 48; })));
  const auto with_details = [&](LineDetails details) {
    return with([&](CartRecord& r) { r.cart.lines[0].details = std::make_shared<const LineDetails>(details); });
  };
  EXPECT_FALSE(is_no_record(with_details({}))) << "they say nothing, and are there";
  EXPECT_TRUE(is_no_record(with_details({"\x01", {}, {}})));
  EXPECT_TRUE(is_no_record(with_details({"\xff", {}, {}})));
  EXPECT_TRUE(is_no_record(with_details({{}, {}, "not JSON"})));
  EXPECT_TRUE(is_no_record(with_details({{}, test::money(max_unit_price + 1, "EUR"), {}})));
  EXPECT_FALSE(is_no_record(with_details({{}, {}, {}, {}, R"({"size":"L"})"})));
  EXPECT_FALSE(is_no_record(with_details({{}, {}, {}, {}, {}, test::money(5, "EUR")})));
  EXPECT_TRUE(is_no_record(with_details({{}, {}, {}, {}, {}, test::money(max_unit_price + 1, "EUR")})));
  EXPECT_TRUE(is_no_record(with_details({{}, {}, {}, {}, R"({"size": "L"})"}))) << "not in its canonical form";
}

TEST(StoredRecord, LinesInAnotherOrderComeBackInTheirOwn) {
  CartRecord record = full_record();
  std::swap(record.cart.lines[0], record.cart.lines[1]);
  EXPECT_EQ(record_from_bytes(record_id, record_to_bytes(record, a_token))->record, full_record());
}

TEST(StoredRecord, ACountThatIsALieReservesNothing) {
  CartRecord record{Cart{record_id}};
  std::string bytes = record_to_bytes(record, a_token);
  ASSERT_EQ(bytes.substr(18), "\0\0\0\0\0\0"s) << "version, sequences, keys, checkouts, transfer, transfers taken";
  bytes = bytes.substr(0, 19) + "\xff\xff\xff\xff\xff\xff\xff\xff\x7f\0\0\0\0"s;
  EXPECT_TRUE(is_no_record(bytes));
}

}  // namespace
}  // namespace cartd::format
