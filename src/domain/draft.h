// A cart that is being changed: the lines of the one that was there, with edits on top. Used by decide() alone.
#pragma once

#include "domain/cart.h"
#include "domain/command.h"
#include "domain/edits.h"
#include "domain/error.h"
#include "domain/limits.h"
#include "domain/time.h"

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

namespace cartd {

class Draft {
 public:
  /// `base` and `limits` outlive it.
  Draft(const Cart& base, Time now, const Limits& limits)
      : base_(base), now_(now), limits_(limits), line_count_(base.lines.size()) {}

  /// The line as it is by now; quantity 0 where there is none. Valid until the next call.
  LineEdit& line(const LineId& id);

  /// Gives the line this quantity, above 0. Answers whether anything changed, or Errc::limit_exceeded.
  Result<bool> put(const LineId& id, std::int64_t quantity, const DetailsPatch& details);
  /// Of a line that is there. Answers whether anything changed.
  bool describe(LineEdit& line, const DetailsPatch& details);
  /// The shop's own price, of a line that is there: the line shows the one before it. Answers whether it is another
  /// one.
  bool reprice(LineEdit& line, const Money& price);
  /// Answers whether the line was there.
  bool drop(LineEdit& line);
  bool drop_all_lines();
  /// The decision is made on all lines of the cart.
  void take_up_all_lines();

  /// The most pieces that put() would take for the line; 0 where there is no room for one more.
  std::int64_t room_for(const LineId& id);

  std::size_t line_count() const { return line_count_; }
  const Limits& limits() const { return limits_; }

  /// Moves the lines' edits to `edits`.
  void finish(RecordEdits& edits);

 private:
  struct Entry {
    Entry(LineEdit its_edit, std::shared_ptr<const LineDetails> its_old_details)
        : edit(std::move(its_edit)), old_details(std::move(its_old_details)) {}
    LineEdit edit;
    std::shared_ptr<const LineDetails> old_details;
  };

  LineEdit& take_up(const Line& old);
  std::int64_t pieces_beside(const LineId& id) const;
  std::shared_ptr<const LineDetails> details_after(const std::shared_ptr<const LineDetails>& old,
                                                   const DetailsPatch& given) const;

  const Cart& base_;
  Time now_;
  const Limits& limits_;
  boost::container::small_vector<Entry, 1> lines_{};
  std::size_t line_count_;
  std::set<std::string, std::less<>> counted_skus_{};  ///< Of which other lines were counted, too.
  bool covers_all_lines_ = false;
};

}  // namespace cartd
