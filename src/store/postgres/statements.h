// The statements of the store, which every session has prepared. docs/postgresql-layout.md says what the tables hold.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace cartd::postgres {

struct Statement {
  enum class Kind { read, write };

  const char* name;  ///< By which it is prepared.
  Kind kind;
  const char* sql;
};

/// $1 the id. One row, whether there is such a cart or not: now, then the columns that row_from() reads.
extern const Statement load_cart;
/// $1 an id, $2 how many, $3 bytes: carts behind that id, by id, until one begins beyond so many bytes. The columns of
/// load_cart, and the id. The first one is there however large.
extern const Statement scan_carts;
/// $1 an owner: those carts of it that are there, the newest first, behind the one made at $2 (or null) with the id $3.
/// At most $4 are looked at, and $5 shown; $6 is this machine's clock, or null for the database's. Of each: id, kind,
/// version, created_at, updated_at, expires_at, lines, pieces; then whether it is shown (the last one that was looked
/// at is there in any case), and how many were looked at. The second one: of the kind $7, "" being the usual one.
extern const Statement carts_of_owner;
extern const Statement carts_of_owner_and_kind;
/// Writes a cart that is there with the token $2; the parameters are those of write_parameters(). Answers the number of
/// rows written.
extern const Statement write_cart;
/// The same for a cart of which there is no record, or one whose time is past.
extern const Statement write_new_cart;
/// The same, each with what becomes of checkouts beside the cart, $18, as checkout_parameter() says. Answers the number
/// of carts written as a row.
extern const Statement write_cart_and_checkouts;
extern const Statement write_new_cart_and_checkouts;
/// $1 the id: layout, content.
extern const Statement find_checkout;
/// Deletes at most $1 checkouts whose time is past: how many.
extern const Statement forget_checkouts;
/// Deletes at most $1 records whose time is past and that nobody is writing: how many, and how many had a cart.
extern const Statement forget_carts;

/// $1 the id: layout, token, fields.
extern const Statement find_user;
/// The same as scan_carts of users: id, layout, fields.
extern const Statement scan_users;
/// $1 the id, $2 layout, $3 token, $4 fields: whatever was there.
extern const Statement put_user;
/// The same if there is none, or if its token is $5.
extern const Statement put_new_user;
extern const Statement put_known_user;
/// $1 the id; with a token as $2, only if it is that.
extern const Statement erase_user;
extern const Statement erase_known_user;

/// Whether the database takes writes, and its clock: read_only, now.
extern const Statement check_database;

extern const std::array<const Statement*, 19> all_statements;

}  // namespace cartd::postgres
