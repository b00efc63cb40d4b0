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

std::optional<SchemaFault> make_indexes(Session& session) {
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

std::optional<SchemaFault> judge(const Document& found) {
  const auto version = Fields(found).number("version");
  if (!version) return SchemaFault{false, "the document in cartd.schema has no version"};
  if (*version == schema_version) return std::nullopt;
  if (*version > schema_version)
    return SchemaFault{true, "cartd's collections in the database have version " + std::to_string(*version) +
                                 ", of a later cartd; this one knows version " + std::to_string(schema_version)};
  return SchemaFault{false, "cartd's collections in the database have no version that ever was"};
}

}  // namespace

std::optional<SchemaFault> ensure_schema(Session& session) {
  const auto found = session.run(find_version());
  if (!found) return fault_of(found.error());
  if (!found->found.empty()) return judge(found->found.front());
  if (auto fault = make_indexes(session)) return fault;
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
