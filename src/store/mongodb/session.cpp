#include "store/mongodb/session.h"

#include <mongoc/mongoc.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

namespace cartd::mongodb {
namespace {

struct Close {
  void operator()(mongoc_collection_t* collection) const { mongoc_collection_destroy(collection); }
  void operator()(mongoc_cursor_t* cursor) const { mongoc_cursor_destroy(cursor); }
};
using CollectionPtr = std::unique_ptr<mongoc_collection_t, Close>;
using CursorPtr = std::unique_ptr<mongoc_cursor_t, Close>;

/// A reply of libmongoc, which is initialized by whatever it is given to.
struct Reply {
  ~Reply() { bson_destroy(&bson); }
  bson_t bson = BSON_INITIALIZER;
};

/// One line without the password, should any library repeat it.
std::string cleaned(std::string text, const std::string& password) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (!password.empty())
    for (auto at = text.find(password); at != std::string::npos; at = text.find(password, at))
      text.replace(at, password.size(), "***");
  return text;
}

bool has_field(const bson_t* reply, const char* name) { return reply != nullptr && bson_has_field(reply, name); }

Source source_of(const bson_error_t& error, const bson_t* reply) {
  if (has_field(reply, "writeConcernErrors") || has_field(reply, "writeConcernError")) return Source::unconfirmed;
  switch (error.domain) {
    case MONGOC_ERROR_SERVER_SELECTION:
    case MONGOC_ERROR_POOL: return Source::not_sent;
    case MONGOC_ERROR_STREAM:
      return error.code == MONGOC_ERROR_STREAM_CONNECT || error.code == MONGOC_ERROR_STREAM_NAME_RESOLUTION
                 ? Source::not_sent
                 : Source::connection;
    case MONGOC_ERROR_CLIENT:
      return error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE || error.code == MONGOC_ERROR_CLIENT_GETNONCE ||
                     error.code == MONGOC_ERROR_CLIENT_NOT_READY
                 ? Source::not_sent
                 : Source::client;
    case MONGOC_ERROR_SASL:
    case MONGOC_ERROR_SCRAM: return Source::not_sent;
    case MONGOC_ERROR_SERVER: return Source::server;
    case MONGOC_ERROR_WRITE_CONCERN: return Source::unconfirmed;
    case MONGOC_ERROR_BSON:
    case MONGOC_ERROR_COMMAND: return Source::client;
    default: return Source::connection;  // Such as an answer that is none.
  }
}

std::int64_t number_in(const bson_t& reply, const char* name) {
  bson_iter_t at;
  return bson_iter_init_find(&at, &reply, name) && BSON_ITER_HOLDS_NUMBER(&at) ? bson_iter_as_int64(&at) : 0;
}

mongoc_collection_t* collection_of(mongoc_client_t* client, const std::string& database, const char* name) {
  return mongoc_client_get_collection(client, database.c_str(), name);
}

}  // namespace

Session::Session(mongoc_client_pool_t& pool, Options options)
    : pool_(pool), options_(std::move(options)), client_(mongoc_client_pool_pop(&pool)) {}

Session::~Session() { mongoc_client_pool_push(&pool_, client_); }

boost::system::result<Answer, DriverError> Session::find(const Operation& operation) {
  const CollectionPtr collection(collection_of(client_, options_.database, operation.collection));
  Document options;
  options.number("limit", operation.most).number("maxTimeMS", options_.read_time.count());
  options.number("batchSize", operation.most).flag("singleBatch", true);
  Document order;
  order.number("_id", 1);
  if (operation.order.size() > Document().size()) options.document("sort", operation.order);
  else if (operation.by_id) options.document("sort", order);
  if (operation.body.size() > Document().size()) options.document("projection", operation.body);
  const CursorPtr cursor(
      mongoc_collection_find_with_opts(collection.get(), operation.filter.get(), options.get(), nullptr));
  Answer answer;
  const bson_t* next = nullptr;
  while (mongoc_cursor_next(cursor.get(), &next)) answer.found.emplace_back(BsonPtr(bson_copy(next)));
  bson_error_t error{};
  const bson_t* reply = nullptr;
  if (mongoc_cursor_error_document(cursor.get(), &error, &reply))
    return DriverError{source_of(error, reply), error.code, cleaned(error.message, options_.password)};
  return answer;
}

boost::system::result<Answer, DriverError> Session::run(const Operation& operation) {
  if (operation.kind == Operation::Kind::find) return find(operation);
  const CollectionPtr collection(collection_of(client_, options_.database, operation.collection));
  mongoc_collection_t* const target = collection.get();
  Reply reply;
  bson_error_t error{};
  bool is_done = false;
  Document upsert;
  upsert.flag("upsert", true);
  const bson_t* const filter = operation.filter.get();
  const bson_t* const body = operation.body.get();
  switch (operation.kind) {
    case Operation::Kind::insert:
      is_done = mongoc_collection_insert_one(target, body, nullptr, &reply.bson, &error);
      break;
    case Operation::Kind::replace:
      is_done = mongoc_collection_replace_one(target, filter, body, upsert.get(), &reply.bson, &error);
      break;
    case Operation::Kind::update:
      is_done = mongoc_collection_update_one(target, filter, body, nullptr, &reply.bson, &error);
      break;
    case Operation::Kind::erase:
      is_done = mongoc_collection_delete_many(target, filter, nullptr, &reply.bson, &error);
      break;
    case Operation::Kind::find: break;
  }
  if (is_done)
    return Answer{{},
                  number_in(reply.bson, "insertedCount") + number_in(reply.bson, "matchedCount") +
                      number_in(reply.bson, "upsertedCount") + number_in(reply.bson, "deletedCount")};
  const Source source = source_of(error, &reply.bson);
  if (source == Source::server && error.code == MONGOC_ERROR_DUPLICATE_KEY) return Answer{{}, 0, true};
  return DriverError{source, error.code, cleaned(error.message, options_.password)};
}

boost::system::result<Document, DriverError> Session::command(const Document& command, bool is_write) {
  Reply reply;
  bson_error_t error{};
  const char* const name = options_.database.c_str();
  const bool is_done =
      is_write ? mongoc_client_write_command_with_opts(client_, name, command.get(), nullptr, &reply.bson, &error)
               : mongoc_client_command_simple(client_, name, command.get(), nullptr, &reply.bson, &error);
  if (is_done) return Document(BsonPtr(bson_copy(&reply.bson)));
  return DriverError{source_of(error, &reply.bson), error.code, cleaned(error.message, options_.password)};
}

}  // namespace cartd::mongodb
