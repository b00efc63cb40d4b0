#include "format/transfer.h"
#include "domain/generators.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace cartd::format {
namespace {

using namespace std::string_literals;

Transfer whole_transfer() {
  Transfer transfer{"transfer--------", test::cart_id("t"), MergePolicy::replace, {{test::sku("C"), 1}}};
  transfer.key = Idempotency{"0123456789abcdef", "fingerprin1"};
  transfer.begun_at = Time(Millis(9));
  transfer.forget_at = Time(Millis(10));
  return transfer;
}

bool is_no_transfer(std::string_view bytes) {
  const auto read = transfer_from_bytes(bytes);
  return !read && read.error().code == Errc::corrupt;
}

TEST(StoredTransfer, IsTheDocumentedLayout) {
  EXPECT_EQ(transfer_to_bytes(whole_transfer()),
            "\x01"
            "transfer--------"
            "\x01t\x04\x09\x0a\x01\x01"
            "C\x01\0\x01"
            "0123456789abcdef"
            "fingerprin1"s);
}

TEST(StoredTransfer, AnEarlierOneIsBehindIt) {
  Transfer transfer = whole_transfer();
  transfer.earlier = std::make_shared<const Transfer>(whole_transfer());
  const std::string one = transfer_to_bytes(whole_transfer());
  EXPECT_EQ(transfer_to_bytes(transfer), '\x02' + one.substr(1) + static_cast<char>(one.size()) + one);
}

TEST(StoredTransfer, MoreThanThereMayBeAreCorrupt) {
  Transfer transfer = whole_transfer();
  for (std::size_t count = 1; count < max_transfers_under_way; ++count) {
    Transfer later = whole_transfer();
    later.earlier = std::make_shared<const Transfer>(std::move(transfer));
    transfer = std::move(later);
  }
  EXPECT_FALSE(is_no_transfer(transfer_to_bytes(transfer)));
  Transfer last = whole_transfer();
  last.earlier = std::make_shared<const Transfer>(std::move(transfer));
  EXPECT_TRUE(is_no_transfer(transfer_to_bytes(last)));
}

RC_GTEST_PROP(StoredTransfer, AnyOneComesBackAsItWas, ()) {
  const Transfer transfer = *test::any_transfer();
  const auto read = transfer_from_bytes(transfer_to_bytes(transfer));
  RC_ASSERT(read.has_value());
  RC_ASSERT(**read == transfer);
}

TEST(StoredTransfer, CutOffAnywhereIsCorruptAndSoIsAByteTooMany) {
  const std::string bytes = transfer_to_bytes(whole_transfer());
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_TRUE(is_no_transfer(bytes.substr(0, size))) << size;
  EXPECT_TRUE(is_no_transfer(bytes + '\0'));
}

TEST(StoredTransfer, ValuesThatNoneMayHaveAreCorrupt) {
  const std::string bytes = transfer_to_bytes(whole_transfer());
  const auto with = [&](std::size_t at, char byte) {
    std::string changed = bytes;
    changed[at] = byte;
    return changed;
  };
  EXPECT_TRUE(is_no_transfer(with(0, '\x02'))) << "another layout";
  EXPECT_TRUE(is_no_transfer(with(1, '!'))) << "an id that is no digest";
  EXPECT_TRUE(is_no_transfer(with(18, '{'))) << "no cart's name";
  EXPECT_TRUE(is_no_transfer(with(19, '\x05'))) << "no policy";
  EXPECT_TRUE(is_no_transfer(with(25, '\0'))) << "no pieces";
  EXPECT_TRUE(is_no_transfer(with(27, '\x02'))) << "neither a key nor none";
  EXPECT_TRUE(is_no_transfer(with(28, '!'))) << "a key that is no digest";
}

}  // namespace
}  // namespace cartd::format
