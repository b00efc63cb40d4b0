#include "store/embedded/write.h"

#include "format/record.h"

namespace cartd::embedded {
namespace {

/// A record whose time is past is forgotten, whether it was dropped or not.
Verdict judge_token(const TokenIs& expected, Token token, Time forget_at) {
  const Token counts = forget_at > expected.now ? token : 0;
  return counts == expected.token ? Verdict::as_expected : Verdict::otherwise;
}

struct Judge {
  std::optional<std::string_view> found;

  Verdict operator()(const Anything&) const { return Verdict::as_expected; }

  Verdict operator()(const TokenIs& expected) const {
    if (!found) return judge(expected, nullptr);
    const auto header = format::record_header(*found);
    return header ? judge_token(expected, header->token, header->forget_at) : Verdict::undecodable;
  }

  Verdict operator()(const ValueIs& expected) const {
    return found == expected.value ? Verdict::as_expected : Verdict::otherwise;
  }
};

}  // namespace

Verdict judge(const TokenIs& expected, const Snapshot* found) {
  return found == nullptr ? judge_token(expected, 0, expected.now)
                          : judge_token(expected, found->token, found->record.forget_at);
}

Verdict judge(const Expectation& expected, std::optional<std::string_view> found) {
  return std::visit(Judge{found}, expected);
}

}  // namespace cartd::embedded
