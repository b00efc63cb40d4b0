// cartctl's command line.
#pragma once

#include "redis/protocol/tls_options.h"

#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cartd::cartctl {

enum class Verb {
  help,
  version,
  get,
  add,
  remove,
  set,
  describe,
  clear,
  erase,
  annotate,
  reprice,
  merge,
  move,
  checkout_begin,
  checkout_list,
  checkout_show,
  checkout_complete,
  checkout_abort,
  orders,
  order,
  owner_carts,
  user_get,
  user_put,
  user_patch,
  user_erase,
  outbox_show,
  outbox_export,
  outbox_retry,
  outbox_drop,
  checkpoint,
  export_all,
  import_all,
  migrate,
  doctor,
};

struct Options {
  Verb verb = Verb::help;
  std::string url = "http://127.0.0.1:8080";
  bool json = false;
  std::string help_text{};  ///< With Verb::help.

  std::string id{};  ///< The cart's or the user's.
  std::string sku{};
  std::optional<std::string> line{};
  std::optional<std::string> line_options{};  ///< JSON text.
  std::optional<std::int64_t> quantity{};
  std::optional<std::string> name{};
  std::optional<std::int64_t> price{};  ///< Minor units.
  std::optional<std::string> currency{};
  std::optional<std::string> metadata{};  ///< JSON text.
  bool no_name = false;
  bool no_price = false;
  bool no_metadata = false;
  std::optional<std::string> user{};
  bool no_user = false;
  std::optional<std::string> kind{};    ///< Of a cart, or of those to list.
  std::optional<std::int64_t> limit{};  ///< How many carts to list …
  std::optional<std::string> cursor{};  ///< … behind which.
  std::optional<std::uint64_t> if_match{};
  std::optional<std::string> idempotency_key{};

  std::string other_cart{};                       ///< From which lines come, or to which they go.
  std::optional<std::string> policy{};            ///< Of a merge.
  std::optional<std::uint64_t> source_version{};  ///< Only if the other cart has it.

  std::string checkout{};                           ///< A checkout's id, or its order's.
  std::map<std::string, std::int64_t> prices{};     ///< By SKU; minor units of `currency`.
  std::map<std::string, std::int64_t> available{};  ///< Pieces by SKU.
  bool accept = false;
  std::optional<std::string> payment_ref{};
  bool strict = false;

  std::map<std::string, std::string> fields{};  ///< Of a user.
  std::vector<std::string> unset{};             ///< Fields to take away.
  bool with_cart = false;                       ///< Delete the user's cart too.

  std::vector<std::string> letters{};  ///< Ids of dead letters.
  bool all_letters = false;            ///< All there are, instead.

  std::string file{};          ///< Of export and import; "-": standard output or input.
  std::string state{};         ///< The file in which import and migrate note what is done; empty: none.
  bool resume = false;         ///< Go on with an export that was cut off.
  std::uint64_t requests = 8;  ///< Under way at once.
  std::string from{};          ///< URLs of cartds.
  std::string to{};
  bool follow = false;       ///< Passes until somebody stops it.
  std::uint64_t passes = 0;  ///< At most; 0: until one finds nothing new.

  std::string redis_url{};
  redis::TlsOptions tls{};      ///< Beside the URL.
  std::uint64_t sample = 1000;  ///< How many carts the doctor looks at.
};

/// The value of an environment variable, if it is set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The options, or one line for the user without any secret.
boost::system::result<Options, std::string> parse_options(const std::vector<std::string>& arguments,
                                                          const Environment& environment);

}  // namespace cartd::cartctl
