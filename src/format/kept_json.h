// Whole carts and users as JSON, as they are moved from one store to another, and their digests. Pure.
//
// A cart:
//   v           1: the version of this form
//   id          text
//   digest      what digest_of() says; may be left out
//   gone        true: nothing of it is left but what makes retries harmless; else left out
//   version     a whole number
//   created_at, updated_at, expires_at, forget_at   milliseconds since 1970
//   owner       text
//   kind        text; left out where it is "cart"
//   metadata    a text: that of a JSON object
//   lines       as in format/stored_lines.h
//   replay      base64url, without padding, of a record in the form of format/record.h that has only what is kept
//               against repetition: applied sequences, keys, notes of checkouts, transfers
//   checkouts   an array of texts: base64url of what format/checkout.h says
//   replaces    only in what is to be imported: the digest of a state that may be written over
//
// A user: v, id, digest, replaces; fields, as in format/stored_user.h.
//
// What is empty is left out. Every byte is looked at as hostile.
#pragma once

#include "domain/error.h"
#include "domain/kept_cart.h"
#include "domain/user.h"
#include "util/json_document.h"

#include <string>
#include <string_view>

namespace cartd::format {

/// 128 bits of a SHA-256 as 32 hexadecimal digits: the same for two carts that is_same() calls the same, whatever store
/// keeps them, and whatever version of cartd. `kept` comes from kept_at().
std::string digest_of(const KeptCart& kept);
std::string digest_of(const UserId& id, const UserFields& fields);

/// `kept` comes from kept_at().
void append_kept_json(std::string& out, const KeptCart& kept);
void append_kept_json(std::string& out, const UserId& id, const UserFields& fields);

struct ReadCart {
  KeptCart kept;
  std::string digest{};    ///< As digest_of() says, whether it was given or not.
  std::string replaces{};  ///< Empty: none was given.
};

struct ReadUser {
  UserId id;
  UserFields fields;
  std::string digest{};
  std::string replaces{};
};

/// Errc::invalid with the reason, in a sentence for people; also where a digest is given and is another one.
Result<ReadCart> kept_cart_from(util::JsonValue value);
Result<ReadUser> kept_user_from(util::JsonValue value);

/// The text member `id`, for saying which one cannot be read; empty: there is none.
std::string_view id_in(util::JsonValue value);

}  // namespace cartd::format
