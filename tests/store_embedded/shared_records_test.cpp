// What is read while a record is written must not stay in memory as if it were current.
#include "store/embedded/shared_records.h"

#include "domain/generators.h"

#include <gtest/gtest.h>

#include <memory>

namespace cartd::embedded {
namespace {

class SharedRecordsTest : public testing::Test {
 protected:
  SnapshotPtr snapshot(Token token) const {
    auto made = std::make_shared<Snapshot>(CartRecord{Cart{id_}});
    made->token = token;
    return made;
  }
  Token token_in_memory() {
    const SnapshotPtr found = records_.find(id_);
    return found ? found->token : 0;
  }

  const CartId id_ = test::cart_id("a");
  SharedRecords records_{std::size_t{1} << 20};
};

TEST_F(SharedRecordsTest, KeepsWhatWasReadAndWhatWasWritten) {
  records_.put_read(id_, snapshot(1), records_.moment(id_));
  EXPECT_EQ(token_in_memory(), 1U);
  records_.begin_write(id_);
  EXPECT_EQ(token_in_memory(), 1U);
  records_.end_write(id_, snapshot(2));
  EXPECT_EQ(token_in_memory(), 2U);
}

TEST_F(SharedRecordsTest, AReadThatAWriteOvertookIsNotKept) {
  const auto before = records_.moment(id_);
  records_.begin_write(id_);
  const auto during = records_.moment(id_);
  records_.put_read(id_, snapshot(1), before);
  records_.put_read(id_, snapshot(1), during);
  EXPECT_EQ(token_in_memory(), 0U);
  records_.end_write(id_, snapshot(2));
  records_.put_read(id_, snapshot(1), before);
  records_.put_read(id_, snapshot(1), during);
  EXPECT_EQ(token_in_memory(), 2U);
  records_.put_read(id_, snapshot(3), records_.moment(id_));
  EXPECT_EQ(token_in_memory(), 3U);
}

TEST_F(SharedRecordsTest, AWriteThatFailedChangesNothing) {
  records_.put_read(id_, snapshot(1), records_.moment(id_));
  records_.begin_write(id_);
  records_.end_write(id_, nullptr);
  EXPECT_EQ(token_in_memory(), 1U);
}

}  // namespace
}  // namespace cartd::embedded
