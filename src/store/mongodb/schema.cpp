#include "store/mongodb/schema.h"

#include <utility>

namespace cartd::mongodb {
namespace {

constexpr std::string_view schema_id = "cartd";

SchemaFault fault_of(const DriverError& error) {
  // Whoever cannot be reached is no matter of the schema.
  if (error.source != Source::server) return {false, failure_of(true, error).error.detail, error.text};
  return {false, "the collections of cartd cannot be read or made in the database", error.text};
}

/// Of documents that are to be deleted. Where the server has such indexes it deletes them itself.
Document deletion_index(const char* collection, bool by_server) {
  Document key;
  key.number("forget_on", 1);
  Document index;
  index.document("key", key).text("name", "forget_on");
  if (by_server) index.number("expireAfterSeconds", 0);
  Document indexes;
  indexes.document("0", index);
  Document command;
  command.text("createIndexes", collection).array("indexes", indexes);
  return command;
}

/// Of an owner's carts, the newest first, of all kinds or of one. None of these fields changes with a cart's lines.
Document owner_indexes() {
  Document key;
  key.number("owner", 1).number("created_at", -1).number("_id", 1);
  Document all_kinds;
  all_kinds.document("key", key).text("name", "owner");
  Document key_with_kind;
  key_with_kind.number("owner", 1).number("kind", 1).number("created_at", -1).number("_id", 1);
  Document one_kind;
  one_kind.document("key", key_with_kind).text("name", "owner_kind");
  Document indexes;
  indexes.document("0", all_kinds).document("1", one_kind);
  Document command;
  command.text("createIndexes", collection::carts).array("indexes", indexes);
  return command;
}

std::optional<SchemaFault> make_indexes(Session& session) {
  if (const auto made = session.command(owner_indexes(), true); !made) return fault_of(made.error());
  for (const char* collection : {collection::carts, collection::checkouts}) {
    const auto made = session.command(deletion_index(collection, true), true);
    if (made) continue;
    if (made.error().source != Source::server) return fault_of(made.error());
    // It may not know the option, or the index may be there with another one.
    const auto plain = session.command(deletion_index(collection, false), true);
    constexpr std::uint32_t index_options_conflict = 85;
    if (!plain && (plain.error().source != Source::server || plain.error().code != index_options_conflict))
      return fault_of(plain.error());
  }
  return std::nullopt;
}

Operation find_version() {
  Operation operation{Operation::Kind::find, collection::schema};
  operation.filter.text("_id", schema_id);
  return operation;
}

std::optional<std::int64_t> version_in(const Document& found) { return Fields(found).number("version"); }

bool is_earlier(const Document& found) {
  const auto version = version_in(found);
  return version && *version >= 1 && *version < schema_version;
}

std::optional<SchemaFault> judge(const Document& found) {
  const auto version = version_in(found);
  if (!version) return SchemaFault{false, "the document in cartd.schema has no version"};
  if (*version == schema_version) return std::nullopt;
  if (*version > schema_version)
    return SchemaFault{true, "cartd's collections in the database have version " + std::to_string(*version) +
                                 ", of a later cartd; this one knows version " + std::to_string(schema_version)};
  return SchemaFault{false, "cartd's collections in the database have no version that ever was"};
}

/// Of what an earlier cartd made. Where a later one was faster, the version stays.
std::optional<SchemaFault> raise_version(Session& session) {
  Operation update{Operation::Kind::update, collection::schema};
  Document earlier;
  earlier.number("$lt", schema_version);
  update.filter.text("_id", schema_id).document("version", earlier);
  Document set;
  set.number("version", schema_version);
  update.body.document("$set", set);
  const auto written = session.run(update);
  if (!written) return fault_of(written.error());
  const auto now = session.run(find_version());
  if (!now) return fault_of(now.error());
  return now->found.empty() ? std::nullopt : judge(now->found.front());
}

}  // namespace

std::optional<SchemaFault> ensure_schema(Session& session) {
  const auto found = session.run(find_version());
  if (!found) return fault_of(found.error());
  if (!found->found.empty() && !is_earlier(found->found.front())) return judge(found->found.front());
  if (auto fault = make_indexes(session)) return fault;
  if (!found->found.empty()) return raise_version(session);
  Operation insert{Operation::Kind::insert, collection::schema};
  insert.body.text("_id", schema_id).number("version", schema_version);
  const auto written = session.run(insert);
  if (!written) return fault_of(written.error());
  if (!written->is_duplicate) return std::nullopt;
  // Another cartd was faster.
  const auto theirs = session.run(find_version());
  if (!theirs) return fault_of(theirs.error());
  return theirs->found.empty() ? std::nullopt : judge(theirs->found.front());
}

}  // namespace cartd::mongodb
