#include "store/embedded/write.h"

#include "format/record.h"

namespace cartd::embedded {
namespace {

struct Judge {
  std::optional<std::string_view> found;

  Verdict operator()(const Anything&) const { return Verdict::as_expected; }

  Verdict operator()(const TokenIs& expected) const {
    Token token = 0;
    if (found) {
      const auto header = format::record_header(*found);
      if (!header) return Verdict::undecodable;
      if (header->forget_at > expected.now) token = header->token;
    }
    return token == expected.token ? Verdict::as_expected : Verdict::otherwise;
  }

  Verdict operator()(const ValueIs& expected) const {
    return found == expected.value ? Verdict::as_expected : Verdict::otherwise;
  }
};

}  // namespace

Verdict judge(const Expectation& expected, std::optional<std::string_view> found) {
  return std::visit(Judge{found}, expected);
}

}  // namespace cartd::embedded
