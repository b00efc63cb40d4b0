// `cartctl outbox`: what waits for the store, and the changes that wait for an operator.
#pragma once

#include "apps/cartctl/http_client.h"
#include "apps/cartctl/options.h"

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::cartctl {

/// A change that was acknowledged and could not be replayed, as the server shows it.
struct Letter {
  std::string id;
  std::string text;  ///< The whole of it, as the server wrote it: JSON in one line.
};

struct LetterPage {
  std::vector<Letter> letters;
  std::string next_cursor;  ///< Leads to the next page; empty when this is the last one.
};

/// The dead letters in `body`, the answer to GET /v1/outbox; nothing when it is not one.
std::optional<LetterPage> read_letters(std::string_view body);

/// Sends a request and answers what came back; when nothing did, says why by itself.
using Ask = std::function<std::optional<HttpAnswer>(const HttpRequest&)>;

/// Does one of the outbox verbs. Exit code 0 when all of it was done, else 1.
int run_outbox(const Options& options, const Ask& ask, std::ostream& out, std::ostream& err);

}  // namespace cartd::cartctl
