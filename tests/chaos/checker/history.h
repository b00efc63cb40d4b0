// What clients asked of cartds and what they were told: the record that the checker examines.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cartd::test {

/// A time of the run: microseconds of a steady clock since it began.
using Moment = std::chrono::microseconds;

enum class Op {
  add,
  remove,
  set,
  remove_line,
  describe,
  clear,
  erase,
  annotate,
  read,
  // Straight in Redis, beside cartd.
  hincrby,
  hset,
  hdel,
  del,
};

enum class Outcome {
  acknowledged,  ///< Done, says the answer.
  refused,       ///< Surely not done: an error answer that says so, or nothing was sent.
  unknown,       ///< 504, or no answer to what was sent.
};

using Quantities = std::map<std::string, std::int64_t>;

/// A cart as somebody showed it.
struct CartView {
  std::uint64_t version = 0;
  Quantities quantities{};                       ///< By SKU.
  std::map<std::string, std::string> details{};  ///< By SKU, as JSON; a bare line has none.
  std::string owner{};                           ///< Empty: none.
  std::string metadata{};                        ///< As JSON; empty: none.
  std::string durability{};                      ///< As the API names it; empty when not told.
  bool degraded = false;
  bool partial = false;  ///< Only what is pending is known.
};

/// One request and what became of it. A command that is sent again under its key makes one exchange each time.
struct Exchange {
  int client = 0;
  int server = 0;  ///< Which cartd; it keeps its number when it is killed and started again.
  Op op = Op::read;
  std::string cart{};
  std::string sku{};
  std::int64_t n = 0;                       ///< Of add, remove, set, hincrby and hset.
  std::optional<std::string> details{};     ///< Of add and set, as in CartView; empty: the line becomes a bare one.
  std::optional<std::string> owner{};       ///< Of annotate; empty: the owner is taken away.
  std::optional<std::string> metadata{};    ///< Of annotate; empty: it is taken away.
  std::optional<std::uint64_t> expected{};  ///< If-Match.
  std::string key{};                        ///< The Idempotency-Key; empty: none.
  Moment start{};
  Moment end{};
  Outcome outcome = Outcome::unknown;
  int status = 0;                  ///< Of the answer; 0: there was none.
  std::optional<CartView> seen{};  ///< The cart in the answer.
  std::optional<std::uint64_t>
      version{};            ///< In an answer without a cart: of a deletion, or where If-Match did not match.
  bool degraded = false;    ///< The answer was given without the store's word.
  bool is_promised = true;  ///< False for what may be lost although it was acknowledged.
  std::optional<std::int64_t> reply{};  ///< Of Redis to hincrby, hset, hdel and del.
};

using UserFields = std::map<std::string, std::string>;

enum class UserOp { put, patch, erase, read };

/// One request about a user and what became of it.
struct UserExchange {
  int client = 0;
  int server = 0;
  UserOp op = UserOp::read;
  std::string user{};
  std::map<std::string, std::optional<std::string>> fields{};  ///< Of put and patch; nothing: taken away by a patch.
  Moment start{};
  Moment end{};
  Outcome outcome = Outcome::unknown;
  int status = 0;
  std::optional<UserFields> seen{};  ///< The user in the answer; without fields: there is none.
};

enum class PurchaseOp { add, erase, read, merge, move, begin, complete, abort, read_order, read_orders };

/// An order as somebody showed it.
struct OrderView {
  std::string id{};
  Quantities quantities{};  ///< What was ordered.
  Quantities missing{};     ///< How many of these the cart no longer held.
  std::string content{};    ///< What the checkout said, and how it was paid, as JSON.
  std::string text{};       ///< All that it says: besides, when it was completed, whether late, and what was missing.
  std::string completed_at{};
};

/// One request about the carts of a customer, between which pieces go: merges, moves, checkouts and orders, and what
/// belongs to them.
struct PurchaseExchange {
  int client = 0;
  int server = 0;
  PurchaseOp op = PurchaseOp::read;
  std::string customer{};
  std::string cart{};
  std::string target{};  ///< Of merge and move, from `cart`.
  std::string sku{};     ///< Of add and move.
  std::int64_t n = 0;
  std::string policy{};                         ///< Of merge; empty: sum.
  std::optional<std::uint64_t> from_version{};  ///< Of merge.
  std::string checkout{};                       ///< Of begin as answered; of complete, abort and read_order.
  std::string key{};
  Moment start{};
  Moment end{};
  Outcome outcome = Outcome::unknown;
  int status = 0;
  std::optional<CartView> seen{};          ///< The cart in the answer; of merge and move, the target.
  std::optional<std::uint64_t> version{};  ///< As of Exchange.
  std::vector<OrderView> orders{};         ///< In the answer.
  bool degraded = false;
  bool is_promised = true;
};

/// True for what a plain client of Redis does.
bool is_plain(Op op);
/// True when it was refused because the line to describe is not there.
bool lacks_line(const Exchange& exchange);

const char* to_string(Op op);
const char* to_string(UserOp op);
const char* to_string(PurchaseOp op);
const char* to_string(Outcome outcome);

/// Everything that was recorded in one run, in the order in which it ended. Any thread may call.
class History {
 public:
  void add(Exchange exchange);
  void add(UserExchange exchange);
  void add(PurchaseExchange exchange);
  /// Something that happened beside the clients: a fault, or that it was healed.
  void note(Moment when, std::string text);

  std::vector<Exchange> exchanges() const;
  std::vector<UserExchange> user_exchanges() const;
  std::vector<PurchaseExchange> purchase_exchanges() const;
  /// How many had this outcome so far.
  std::size_t count(Outcome outcome) const;

  /// One JSON object a line, for looking at a failed run: exchanges and notes by the time at which they ended.
  /// Throws std::runtime_error when the file cannot be written.
  void write(const std::filesystem::path& file) const;

 private:
  struct Note {
    Moment when;
    std::string text;
  };

  mutable std::mutex mutex_;
  std::vector<Exchange> exchanges_;
  std::vector<UserExchange> user_exchanges_;
  std::vector<PurchaseExchange> purchase_exchanges_;
  std::vector<Note> notes_;
  std::map<Outcome, std::size_t> counts_;
};

}  // namespace cartd::test
