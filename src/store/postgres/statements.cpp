#include "store/postgres/statements.h"

#include <string>

namespace cartd::postgres {

// A time is milliseconds since 1970 in both directions, and timestamptz in the table, for people. A token is the
// unsigned number's bits as a signed one.
//
// A write compares in the statement that writes, so that there is no moment between the two. PostgreSQL looks at the
// condition again on the newest row when it had to wait for another writer of the row.
//
// $14 of the writes is the time by which a record is forgotten, null for the database's; $15 and $16 are cartd's clock
// and how much it may differ, or null: one that is far off would make carts expire at the wrong time, up to at once.

const Statement load_cart{"load_cart", Statement::Kind::read, R"(
SELECT (extract(epoch FROM clock_timestamp()) * 1000)::int8, layout, token, version, owner, metadata,
  (extract(epoch FROM created_at) * 1000)::int8, (extract(epoch FROM updated_at) * 1000)::int8,
  (extract(epoch FROM expires_at) * 1000)::int8, (extract(epoch FROM forget_at) * 1000)::int8, lines::text, replay,
  kind
FROM (VALUES (1)) AS one LEFT JOIN cartd.carts ON id = $1::text
)"};

// A time that is no number would end the whole page: it becomes one that no cart may have.
const Statement scan_carts{"scan_carts", Statement::Kind::read, R"(
SELECT (extract(epoch FROM clock_timestamp()) * 1000)::int8, layout, token, version, owner, metadata,
  CASE WHEN isfinite(created_at) THEN (extract(epoch FROM created_at) * 1000)::int8
    WHEN created_at IS NOT NULL THEN -1 END,
  CASE WHEN isfinite(updated_at) THEN (extract(epoch FROM updated_at) * 1000)::int8
    WHEN updated_at IS NOT NULL THEN -1 END,
  CASE WHEN isfinite(expires_at) THEN (extract(epoch FROM expires_at) * 1000)::int8
    WHEN expires_at IS NOT NULL THEN -1 END,
  CASE WHEN isfinite(forget_at) THEN (extract(epoch FROM forget_at) * 1000)::int8
    WHEN forget_at IS NOT NULL THEN -1 END,
  lines, replay, kind, id
FROM (
  SELECT *, sum(octet_length(lines) + octet_length(replay) + coalesce(octet_length(metadata), 0))
    OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
  FROM (
    SELECT layout, token, version, owner, metadata, created_at, updated_at, expires_at, forget_at,
      lines::text AS lines, replay, kind, id
    FROM cartd.carts WHERE id > $1::text ORDER BY id LIMIT $2::int8) AS next) AS counted
WHERE bytes_before IS NULL OR bytes_before < $3::int8
ORDER BY id
)"};

namespace {

// The carts that are looked at, by one of the indexes on the owner; of these, those that are shown, and the last one,
// by which the next page goes on. What somebody else may have written as lines counts as far as it makes sense.
std::string carts_of_owner_where(const char* condition) {
  return R"(
WITH looked_at AS MATERIALIZED (
  SELECT id, kind, version, created_at, updated_at, expires_at, layout,
    row_number() OVER (ORDER BY created_at DESC, id) AS place
  FROM (
    SELECT * FROM cartd.carts
    WHERE owner = $1::text AND isfinite(created_at))" +
         std::string(condition) + R"(
      AND created_at <= coalesce(to_timestamp($2::int8 / 1000.0), 'infinity')
      AND (created_at < coalesce(to_timestamp($2::int8 / 1000.0), 'infinity') OR id > $3::text)
    ORDER BY created_at DESC, id LIMIT $4::int8) AS next),
shown AS (
  SELECT * FROM looked_at
  WHERE expires_at > coalesce(to_timestamp($6::int8 / 1000.0), clock_timestamp()) AND isfinite(expires_at)
    AND layout <= 2
  ORDER BY place LIMIT $5::int8),
counted AS (
  SELECT id, count(*) AS lines, least(greatest(sum(CASE WHEN jsonb_typeof(line->'quantity') = 'number'
    THEN (line->>'quantity')::numeric ELSE 0 END), 0), 9e15)::int8 AS pieces
  FROM shown JOIN cartd.carts USING (id),
    jsonb_array_elements(CASE WHEN jsonb_typeof(carts.lines) = 'array' THEN carts.lines ELSE '[]' END) AS line
  GROUP BY id)
SELECT one.id, one.kind, one.version, (extract(epoch FROM one.created_at) * 1000)::int8,
  CASE WHEN isfinite(one.updated_at) THEN (extract(epoch FROM one.updated_at) * 1000)::int8 END,
  (extract(epoch FROM shown.expires_at) * 1000)::int8, coalesce(counted.lines, 0), coalesce(counted.pieces, 0),
  (shown.id IS NOT NULL)::int4::int8, (SELECT count(*) FROM looked_at)
FROM looked_at AS one LEFT JOIN shown USING (id) LEFT JOIN counted USING (id)
WHERE shown.id IS NOT NULL OR one.place = (SELECT max(place) FROM looked_at)
ORDER BY one.place
)";
}

const std::string carts_of_owner_sql = carts_of_owner_where("");
const std::string carts_of_owner_and_kind_sql = carts_of_owner_where(" AND coalesce(kind, '') = $7::text");

const std::string update_cart = R"(
UPDATE cartd.carts SET layout = $3::int2, token = $4::int8, version = $5::int8, owner = $6::text, metadata = $7::text,
  created_at = to_timestamp($8::int8 / 1000.0), updated_at = to_timestamp($9::int8 / 1000.0),
  expires_at = to_timestamp($10::int8 / 1000.0), forget_at = to_timestamp($11::int8 / 1000.0),
  lines = $12::jsonb, replay = $13::bytea, kind = $17::text
WHERE id = $1::text AND token = $2::int8
  AND forget_at > coalesce(to_timestamp($14::int8 / 1000.0), clock_timestamp())
  AND ($15::int8 IS NULL OR abs((extract(epoch FROM clock_timestamp()) * 1000)::int8 - $15::int8) <= $16::int8)
)";

const std::string insert_cart = R"(
INSERT INTO cartd.carts (id, layout, token, version, owner, metadata, created_at, updated_at, expires_at, forget_at,
  lines, replay, kind)
SELECT $1::text, $3::int2, $4::int8, $5::int8, $6::text, $7::text,
  to_timestamp($8::int8 / 1000.0), to_timestamp($9::int8 / 1000.0), to_timestamp($10::int8 / 1000.0),
  to_timestamp($11::int8 / 1000.0), $12::jsonb, $13::bytea, $17::text
WHERE $2::int8 = 0
  AND ($15::int8 IS NULL OR abs((extract(epoch FROM clock_timestamp()) * 1000)::int8 - $15::int8) <= $16::int8)
ON CONFLICT (id) DO UPDATE SET layout = excluded.layout, token = excluded.token, version = excluded.version,
  owner = excluded.owner, metadata = excluded.metadata, created_at = excluded.created_at,
  updated_at = excluded.updated_at, expires_at = excluded.expires_at, forget_at = excluded.forget_at,
  lines = excluded.lines, replay = excluded.replay, kind = excluded.kind
WHERE carts.forget_at <= coalesce(to_timestamp($14::int8 / 1000.0), clock_timestamp())
)";

// The checkouts, in one step with the cart: `write` is one of the above.
std::string with_checkouts(const std::string& write) {
  return "WITH written AS (" + write + R"(RETURNING 1),
beside AS (
  SELECT * FROM jsonb_to_recordset($18::jsonb) AS one(id text, cart text, owner text, completed_at int8,
    payment_ref text, forget_at int8, lines jsonb, content text)),
gone AS (
  DELETE FROM cartd.checkouts USING beside
  WHERE checkouts.id = beside.id AND beside.content IS NULL AND EXISTS (SELECT FROM written)),
kept AS (
  INSERT INTO cartd.checkouts (id, layout, cart, owner, completed_at, payment_ref, forget_at, lines, content)
  SELECT id, 1, cart, owner, to_timestamp(completed_at / 1000.0), payment_ref, to_timestamp(forget_at / 1000.0), lines,
    decode(content, 'hex')
  FROM beside WHERE content IS NOT NULL AND EXISTS (SELECT FROM written)
  ON CONFLICT (id) DO UPDATE SET layout = excluded.layout, cart = excluded.cart, owner = excluded.owner,
    completed_at = excluded.completed_at, payment_ref = excluded.payment_ref, forget_at = excluded.forget_at,
    lines = excluded.lines, content = excluded.content)
SELECT count(*) FROM written
)";
}

const std::string update_cart_and_checkouts = with_checkouts(update_cart);
const std::string insert_cart_and_checkouts = with_checkouts(insert_cart);

}  // namespace

const Statement write_cart{"write_cart", Statement::Kind::write, update_cart.c_str()};
const Statement write_new_cart{"write_new_cart", Statement::Kind::write, insert_cart.c_str()};
const Statement write_cart_and_checkouts{"write_cart_and_checkouts", Statement::Kind::write,
                                         update_cart_and_checkouts.c_str()};
const Statement write_new_cart_and_checkouts{"write_new_cart_and_checkouts", Statement::Kind::write,
                                             insert_cart_and_checkouts.c_str()};

const Statement carts_of_owner{"carts_of_owner", Statement::Kind::read, carts_of_owner_sql.c_str()};
const Statement carts_of_owner_and_kind{"carts_of_owner_and_kind", Statement::Kind::read,
                                        carts_of_owner_and_kind_sql.c_str()};

const Statement find_checkout{"find_checkout", Statement::Kind::read,
                              "SELECT layout, content FROM cartd.checkouts WHERE id = $1::text"};

const Statement forget_checkouts{"forget_checkouts", Statement::Kind::write, R"(
WITH past AS MATERIALIZED (
  SELECT id FROM cartd.checkouts
  WHERE forget_on <= (clock_timestamp() AT TIME ZONE 'UTC')::date AND forget_at <= clock_timestamp()
  ORDER BY forget_on LIMIT $1::int8 FOR UPDATE SKIP LOCKED),
gone AS (DELETE FROM cartd.checkouts USING past WHERE checkouts.id = past.id RETURNING 1)
SELECT count(*) FROM gone
)"};

// forget_on is the indexed one: it changes once a day, so that most writes leave the indexes alone.
const Statement forget_carts{"forget_carts", Statement::Kind::write, R"(
WITH past AS MATERIALIZED (
  SELECT id FROM cartd.carts
  WHERE forget_on <= (clock_timestamp() AT TIME ZONE 'UTC')::date AND forget_at <= clock_timestamp()
  ORDER BY forget_on LIMIT $1::int8 FOR UPDATE SKIP LOCKED),
gone AS (DELETE FROM cartd.carts USING past WHERE carts.id = past.id RETURNING carts.created_at)
SELECT count(*), count(created_at) FROM gone
)"};

const Statement find_user{"find_user", Statement::Kind::read,
                          "SELECT layout, token, fields::text FROM cartd.users WHERE id = $1::text"};

const Statement scan_users{"scan_users", Statement::Kind::read, R"(
SELECT id, layout, fields FROM (
  SELECT *, sum(octet_length(fields)) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    AS bytes_before
  FROM (
    SELECT id, layout, fields::text AS fields FROM cartd.users WHERE id > $1::text ORDER BY id LIMIT $2::int8) AS next)
  AS counted
WHERE bytes_before IS NULL OR bytes_before < $3::int8
ORDER BY id
)"};

const Statement put_user{"put_user", Statement::Kind::write, R"(
INSERT INTO cartd.users (id, layout, token, fields) VALUES ($1::text, $2::int2, $3::int8, $4::jsonb)
ON CONFLICT (id) DO UPDATE SET layout = excluded.layout, token = excluded.token, fields = excluded.fields
)"};

const Statement put_new_user{"put_new_user", Statement::Kind::write, R"(
INSERT INTO cartd.users (id, layout, token, fields)
SELECT $1::text, $2::int2, $3::int8, $4::jsonb WHERE $5::int8 = 0 ON CONFLICT (id) DO NOTHING
)"};

const Statement put_known_user{"put_known_user", Statement::Kind::write, R"(
UPDATE cartd.users SET layout = $2::int2, token = $3::int8, fields = $4::jsonb
WHERE id = $1::text AND token = $5::int8
)"};

const Statement erase_user{"erase_user", Statement::Kind::write, "DELETE FROM cartd.users WHERE id = $1::text"};

const Statement erase_known_user{"erase_known_user", Statement::Kind::write,
                                 "DELETE FROM cartd.users WHERE id = $1::text AND token = $2::int8"};

const Statement check_database{"check_database", Statement::Kind::read, R"(
SELECT (current_setting('transaction_read_only') = 'on')::int4::int8,
  (extract(epoch FROM clock_timestamp()) * 1000)::int8
)"};

const std::array<const Statement*, 19> all_statements{&scan_carts,
                                                      &carts_of_owner,
                                                      &carts_of_owner_and_kind,
                                                      &scan_users,
                                                      &write_cart_and_checkouts,
                                                      &write_new_cart_and_checkouts,
                                                      &find_checkout,
                                                      &forget_checkouts,
                                                      &load_cart,
                                                      &write_cart,
                                                      &write_new_cart,
                                                      &forget_carts,
                                                      &find_user,
                                                      &put_user,
                                                      &put_new_user,
                                                      &put_known_user,
                                                      &erase_user,
                                                      &erase_known_user,
                                                      &check_database};

}  // namespace cartd::postgres
